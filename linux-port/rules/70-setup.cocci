// SPDX-License-Identifier: MIT
// what: no fast system call entries; as much memory as PAE reaches; a p2m in the way is fatal
// why: system calls come through int 0x80; MAXMEM means low memory here; the builder puts the
//      p2m behind the kernel, where no memory map has had a hole yet
// files: arch/x86/xen/setup.c
// gone: xen_enable_sysenter xen_enable_syscall xen_relocate_p2m
// match: 4
@@ identifier f = { xen_enable_sysenter, xen_enable_syscall }; @@
- void f(...) { ... }

@@ identifier f = { xen_enable_sysenter, xen_enable_syscall }; @@
- f();

@@ @@
 xen_get_pages_limit(...)
 {
	...
-	limit = MAXMEM / PAGE_SIZE;
+	limit = GB(64) / PAGE_SIZE;
	...
 }

@@ @@
- xen_relocate_p2m();
+ panic("hypervisor placed the p2m list where the memory map has a hole");
