/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_BSD_H
#define RINGONE_BSD_H

/*
 * What the files of this folder give to a port, and to each other. They are compiled in the kernel's
 * tree, below the port's own folder, and begin with "../pvvar.h": a port's header that includes this
 * one behind what the system has of its own, which is
 *
 *	KERNBASE, VM_MAX_KERNEL_ADDRESS		where the kernel's addresses begin and end
 *	struct gate_descriptor, region_descriptor; GSEL(), GUFS_SEL, GUGS_SEL, NIDT
 *	HYPERVISOR_*(), start_info_t and the rest of Xen's interface
 *	PV_PTE(va)	the entry that maps @va, to be read
 *	PV_TABLES	first-level tables that the kernel may have while it starts
 */
#include <bsd/event.h>

/* An answer that leaves no way on. */
#define PV_MUST(what, call)                \
	do {                               \
		long rc_ = (call);         \
		if (rc_ != 0)              \
			pv_die(what, rc_); \
	} while (0)

/* pv_begin.c: from the builder's address space to the kernel's own */
extern unsigned long *pv_p2m;                 /* the machine frame of each frame of ours */
extern unsigned long pv_frames;               /* how many those are */
extern unsigned int pv_next_pfn;              /* frames from here on are free */
extern unsigned int pv_old_first, pv_old_end; /* frames of the builder's page tables */
extern uint64_t pv_l1[];                      /* machine addresses of first-level tables */
extern uint32_t pv_features;                  /* RINGONE_FEATURE_* */
void pv_die(const char *what, long rc) __attribute__((__noreturn__));
long pv_update_va(unsigned long va, uint64_t pte);
void pv_begin(start_info_t *si);
uint64_t pv_machine(unsigned int pfn);
uint64_t *pv_show(uint64_t ma);
uint64_t pv_take_frame(void);
void pv_map(unsigned int pfn, uint64_t pte);
void pv_map_image(unsigned int first, unsigned int end);
void pv_use_root(uint64_t root);

/* pv_tables.c: tables of the processor, traps, the next thread */
extern unsigned int pv_cr2; /* of the last page fault whose frame had it */
unsigned int pv_fault_address(void);
void pv_read_only(void *page);
void pv_load_gdt(const struct region_descriptor *r);
void pv_load_ldt(void *table, unsigned int entries);
void pv_set_descriptor(unsigned int i, uint64_t d);
int pv_descriptor_call(multicall_entry_t *c, unsigned int i, uint64_t d);
extern char pv_upcall[], pv_failsafe[], pv_page[]; /* ways in: pv_exit.S, and the port's */
void pv_load_traps(const void *gates, void (*change)(trap_info_t *));

/* CPUID's bits of features whose use would be the hypervisor's business, or need a register that is:
 * VME, PSE, MCE, APIC, SEP, MTRR, PGE, MCA, PAT, PSE-36, ACPI; MONITOR, PCID, XSAVE, OSXSAVE. */
#define PV_NOT_EDX 0x00437a8aU
#define PV_NOT_ECX 0x0c020008U

/* pv_queue.c: what waits for the hypervisor */
void pv_queue_update(volatile void *pte, uint64_t value);
void pv_queue_op(unsigned int cmd, unsigned long arg);
void pv_queue_page(unsigned int cmd, unsigned long mfn, unsigned long from);
void pv_queue_thread(unsigned long stack, const void *fs, const void *gs);
int pv_queued(volatile void *pte);
extern int pv_removed;      /* an entry that waits takes the place of another */
extern unsigned int pv_ops; /* operations that wait */

/* Kinds of what waits, bits of pv_waits. */
#define PV_WAIT_PAGES   1
#define PV_WAIT_ENTRIES 2
#define PV_WAIT_OPS     4
#define PV_WAIT_THREAD  8

#endif
