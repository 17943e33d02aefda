// SPDX-License-Identifier: MIT
// what: what Xen's drivers ask the HVM interface is answered from the start info page; events come
//      by callback
// why: the interface is not for PV guests
// files: sys/arch/xen/xen/hypervisor.c sys/arch/xen/x86/pvh_consinit.c
// match: 5..12
// when: sys/arch/i386/include/frameasm.h has /intrfastexit/
@@ expression list es; @@
- HYPERVISOR_hvm_op(es)
+ pv_hvm_op(es)

@@ @@
- !xen_feature(XENFEAT_hvm_callback_vector)
+ 0
