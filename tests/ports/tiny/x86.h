/* SPDX-License-Identifier: MIT */
#ifndef X86_H
#define X86_H

/* One function for each instruction that C has no words for. */
#include <stdint.h>

#define EFLAGS_IF 0x200 /* interrupts are delivered */

static inline void irq_disable(void)
{
	asm volatile("cli" : : : "memory");
}

static inline void irq_enable(void)
{
	asm volatile("sti" : : : "memory");
}

/* Sleeps until an interrupt has been handled. Call with interrupts off; returns with them off. */
static inline void wait_for_interrupt(void)
{
	asm volatile("sti; hlt; cli" : : : "memory");
}

static inline void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* The address that the last page fault was about. */
static inline uint32_t read_cr2(void)
{
	uint32_t value;

	asm volatile("movl %%cr2, %0" : "=r"(value));
	return value;
}

/* Uses the tables whose top level is at physical address @phys; forgets all old translations. */
static inline void load_cr3(uint32_t phys)
{
	asm volatile("movl %0, %%cr3" : : "r"(phys) : "memory");
}

/* Forgets the translation of one page. */
static inline void flush_page(uint32_t va)
{
	asm volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* What lgdt and lidt read. */
struct table_pointer {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

static inline void load_gdt(void *table, uint32_t bytes)
{
	struct table_pointer p = { bytes - 1, (uint32_t)table };

	asm volatile("lgdt %0" : : "m"(p));
}

static inline void load_idt(void *table, uint32_t bytes)
{
	struct table_pointer p = { bytes - 1, (uint32_t)table };

	asm volatile("lidt %0" : : "m"(p));
}

static inline void load_task(uint16_t selector)
{
	asm volatile("ltr %0" : : "r"(selector));
}

#endif
