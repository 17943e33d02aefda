/* SPDX-License-Identifier: MIT */
/* Page faults: memory comes when it is touched, and is copied when it is shared and written. */
#include "paging.h"

#define FAULT_PRESENT 1
#define FAULT_WRITE   2

/* 1 where @va is heap or stack of the current process: a zeroed page may appear there. */
static int may_appear(uint32_t va)
{
	if (va >= STACK_TOP - STACK_SIZE && va < STACK_TOP)
		return 1;
	return va >= current->image_end && va < current->brk;
}

/* The last one to hold a shared page keeps it; everyone before gets a copy. */
static void copy_on_write(uint32_t va, pte_t *e)
{
	uint32_t old = entry_phys(*e), flags = (*e & PTE_FLAGS & ~PTE_COW) | PTE_W;

	if (frame_refs(old) > 1) {
		uint32_t new = frame_alloc();

		memcpy(to_virt(new), to_virt(old), PAGE_SIZE);
		space_map(current->space, va, new, flags);
		frame_put(old);
	} else {
		space_map(current->space, va, old, flags);
	}
}

/* 1 when the access can be tried again. */
static int resolve(uint32_t va, uint32_t error)
{
	pte_t *e;

	if (!current || va >= KERNEL_BASE)
		return 0;
	if (!(error & FAULT_PRESENT)) {
		if (!may_appear(va))
			return 0;
		space_map(current->space, va & -PAGE_SIZE, frame_alloc(), PTE_W | PTE_U);
		return 1;
	}
	e = space_entry(current->space, va, 0);
	if (!(error & FAULT_WRITE) || !e || !(*e & PTE_COW))
		return 0;
	copy_on_write(va & -PAGE_SIZE, e);
	return 1;
}

void page_fault(struct frame *f)
{
	uint32_t va = read_cr2();

	if (resolve(va, f->error) || fixup(f))
		return;
	if (!from_user(f))
		panic("page fault on %8x (error %x) at %8x", va, f->error, f->eip);
	print("process %u: page fault on %8x\n", current->pid, va);
	task_exit(128 + 14);
}
