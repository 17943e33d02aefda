/* SPDX-License-Identifier: MIT */
#ifndef PV_GUEST_H
#define PV_GUEST_H

/*
 * What the rules put in place of tiny's own instructions. Needs only stdint.h, because x86.h
 * includes it: whoever needs the hypervisor's structures includes ringone/shim.h.
 *
 *	start.c		from the hypervisor's entry to kernel_main(), console, power
 *	cpu.c		interrupt flag, trap table, descriptors
 *	mmu.c		page tables
 *	event.c		events and the clock
 *
 * "Physical" is tiny's numbering of its memory, which begins at 0 and has no holes; "machine"
 * is the processor's.
 */
#include <stdint.h>

/* start.c */
void pv_console_write(const char *text, uint32_t len);
void pv_power_off(void);

/* cpu.c */
void pv_irq_disable(void);
void pv_irq_enable(void);
void pv_wait_for_interrupt(void);
uint32_t pv_fault_address(void);
void pv_load_gdt(void *table, uint32_t bytes);
void pv_load_idt(const void *table, uint32_t bytes);
void pv_set_kernel_stack(uint32_t top);

/* mmu.c */
uint64_t pv_to_machine(uint32_t phys);
uint32_t pv_to_phys(uint64_t machine);
void pv_load_cr3(uint32_t phys);
void pv_flush_page(uint32_t va);
void pv_set_entry(uint64_t *at, uint64_t value);
void *pv_table_begin(void *page);
void pv_table_end(void *page);
uint64_t pv_kernel_half_create(uint64_t l3_entry);
void pv_kernel_half_destroy(uint64_t l3_entry);
void pv_pin(const void *l3);
void pv_unpin(const void *l3);
void *pv_first_tables(void);
void pv_map_rest(uint32_t top);

/* event.c */
void pv_events(void (*interrupt)(unsigned int line));
void pv_timer_init(uint32_t period_ns);

/* Between the files of the port. */
struct start_info;
struct shared_info;

extern struct start_info *pv_start_info;
extern struct shared_info *pv_shared;

void pv_mmu_init(void);
void pv_map_page(void *va, uint64_t entry); /* replaces the kernel's mapping of one page */
void pv_must(const char *what, long error); /* panics on a refusal */

#endif
