// SPDX-License-Identifier: MIT
// what: functions that write many entries open a batch, and end it before they let go of their lock
// why: an entry into the hypervisor costs more than the store. None of these functions reads an entry
//      that it has written, but for those that rule 40 sends at once. A window need not be found
//      closed: its entry may wait
// files: sys/i386/i386/pmap.c sys/vm/vm_fault.c
// match: 20..40
@@ identifier f = { pmap_remove, pmap_enter, pmap_enter_object, pmap_copy, pmap_remove_pages }; @@
 f(...)
 {
	<...
(
	rw_wlock(&pvh_global_lock);
+	pv_batch_begin();
|
+	pv_batch_end();
	rw_wunlock(&pvh_global_lock);
)
	...>
 }

@@ @@
 pmap_protect(...)
 {
	<...
(
	PMAP_LOCK(pmap);
+	pv_batch_begin();
|
+	pv_batch_end();
	PMAP_UNLOCK(pmap);
)
	...>
 }

// the new addresses are used at once, whatever batch this is part of
@@ expression e; @@
 pmap_qenter(...)
 {
	...
	oldpte = 0;
+	pv_batch_begin();
	...
	if (e)
		pmap_invalidate_range(...);
+	pv_batch_end();
+	pv_flush();
 }

@@ @@
 pmap_qremove(...)
 {
	...
	va = sva;
+	pv_batch_begin();
	...
	pmap_invalidate_range(...);
+	pv_batch_end();
 }

@@ expression a, s, e; @@
- for (a = s; a < e; a += PAGE_SIZE)
-	invlpg(a);
+ pv_invlpg_range(s, e);

@@ expression w; expression list es; @@
(
- if (*w->CMAP1) panic(es);
|
- if (*w->CMAP2) panic(es);
|
- if (*w->CMAP1 != 0) panic(es);
|
- if (*w->CMAP2 != 0) panic(es);
|
- if (*CMAP3) panic(es);
)

@@ typedef u_int; expression w; @@
- invlcaddr(w->CADDR1);
+ pv_invlpg_later((u_int)w->CADDR1);

// a fault: its page and those around it
@@ expression list es, ps; expression result, m, w; @@
+ pv_batch_begin();
  result = pmap_enter(es);
- if (result != KERN_SUCCESS)
+ if (result != KERN_SUCCESS) {
+	pv_batch_end();
	goto fast_failed;
+ }
  ...
  if (!w)
	vm_fault_prefault(ps);
+ pv_batch_end();

@@ expression list es, ps; expression e; @@
+ pv_batch_begin();
  pmap_enter(es);
  if (e)
	vm_fault_prefault(ps);
+ pv_batch_end();
