// SPDX-License-Identifier: MIT
// what: the time-stamp counter's rate is what the hypervisor says; another hypervisor's port is
//      not asked
// why: there is no other clock to measure it with, and port I/O is not for guests
// files: sys/x86/x86/tsc.c sys/x86/x86/identcpu.c
// match: 3
@@ @@
- if (vm_guest == VM_GUEST_VMWARE) { tsc_freq_vmware(); return; }
+ tsc_freq = pv_tsc_hz();
+ return;

@@ expression a, r; @@
- vmware_hvcall(a, r);
+ r[1] = 0;
