/* SPDX-License-Identifier: MIT */
/*
 * From the builder's address space to the kernel's own: frames, a window onto them, and the first
 * tables. The builder has mapped frame n at KERNBASE + n pages, and so will the kernel.
 */
#include "../pvvar.h"

#include <ringone/discover.h>

#define PAGE   4096
#define TABLE  512                          /* entries of a page table */
#define MAPPED (1ULL | 2 | 1 << 5 | 1 << 6) /* present, writable, accessed, dirty */

char pv_shared[PAGE] __attribute__((__aligned__(PAGE)));
static char window[PAGE] __attribute__((__aligned__(PAGE)));

unsigned long *pv_p2m, pv_frames;
unsigned int pv_next_pfn, pv_old_first, pv_old_end;
uint64_t pv_l1[PV_TABLES];
uint32_t pv_features;
static uint64_t shared;

/* Not every tree has a function for each. */
static long hypercall(unsigned int nr, unsigned long a, unsigned long b, unsigned long c,
		      unsigned long d)
{
	long ret;

	__asm__ volatile("shll $5, %%eax; addl $hypercall_page, %%eax; call *%%eax"
			 : "=a"(ret), "+b"(a), "+c"(b), "+d"(c), "+S"(d)
			 : "0"(nr)
			 : "memory", "cc");
	return ret;
}

void pv_die(const char *what, long rc)
{
	struct sched_shutdown down = { .reason = SHUTDOWN_crash };
	char text[120];
	int n;

	n = snprintf(text, sizeof(text), "pv: %s failed: %ld, called from %p\n", what, rc,
		     __builtin_return_address(0));
	hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, n, (unsigned long)text, 0);
	hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&down, 0, 0);
	for (;;)
		;
}

/* Writes the entry for @va, whatever address space is loaded; 0 or a negative error number. */
long pv_update_va(unsigned long va, uint64_t pte)
{
	return hypercall(__HYPERVISOR_update_va_mapping, va, (uint32_t)pte, pte >> 32, UVMF_INVLPG);
}

uint64_t pv_machine(unsigned int pfn)
{
	return (uint64_t)pv_p2m[pfn] * PAGE;
}

/* First of all: the shared page, events masked; who is underneath; which frames are ours. */
void pv_begin(start_info_t *si)
{
	pv_p2m = (unsigned long *)si->mfn_list;
	pv_frames = si->nr_pages;
	shared = si->shared_info;
	PV_MUST("the shared page", pv_update_va((unsigned long)pv_shared, shared | MAPPED));
	pv_disable_intr();
	pv_features = ringone_features();
	pv_old_first = (si->pt_base - KERNBASE) / PAGE;
	pv_old_end = pv_old_first + si->nr_pt_frames;
	pv_next_pfn = pv_old_end;
}

/* The page at @ma, writable, until the next is shown; 0 closes the window. */
uint64_t *pv_show(uint64_t ma)
{
	PV_MUST("the window", pv_update_va((unsigned long)window, ma ? ma | MAPPED : 0));
	return (uint64_t *)window;
}

/* The machine address of the next free frame, zeroed, mapped nowhere but in the window. */
uint64_t pv_take_frame(void)
{
	uint64_t ma;

	if (pv_next_pfn >= pv_frames)
		pv_die("memory for the first page tables", pv_next_pfn);
	/* the builder may have mapped it; where it has not, there is nothing to undo */
	(void)pv_update_va(KERNBASE + pv_next_pfn * PAGE, 0);
	ma = pv_machine(pv_next_pfn++);
	memset(pv_show(ma), 0, PAGE);
	return ma;
}

/* The kernel's new entry for frame @pfn's address is @pte. */
void pv_map(unsigned int pfn, uint64_t pte)
{
	pv_show(pv_l1[pfn / TABLE])[pfn % TABLE] = pte;
}

/* Frames @first to before @end at their addresses, but for the builder's tables. */
void pv_map_image(unsigned int first, unsigned int end)
{
	unsigned int pfn = first, page = ((unsigned long)pv_shared - KERNBASE) / PAGE;
	uint64_t *w;

	while (pfn < end) {
		w = pv_show(pv_l1[pfn / TABLE]);
		do {
			if (pfn < pv_old_first || pfn >= pv_old_end)
				w[pfn % TABLE] = (pfn == page ? shared : pv_machine(pfn)) | MAPPED;
		} while (++pfn < end && pfn % TABLE != 0);
	}
}

/* The tables below @root are the kernel's from now on. */
void pv_use_root(uint64_t root)
{
	struct mmuext_op op[2];

	(void)pv_show(0);
	op[0].cmd = MMUEXT_PIN_L3_TABLE;
	op[0].arg1.mfn = root / PAGE;
	op[1].cmd = MMUEXT_NEW_BASEPTR;
	op[1].arg1.mfn = root / PAGE;
	PV_MUST("the kernel's address space", HYPERVISOR_mmuext_op(op, 2, NULL, DOMID_SELF));
	/* not every hypervisor has pinned the builder's */
	op[0].cmd = MMUEXT_UNPIN_TABLE;
	op[0].arg1.mfn = pv_machine(pv_old_first) / PAGE;
	(void)HYPERVISOR_mmuext_op(op, 1, NULL, DOMID_SELF);
}
