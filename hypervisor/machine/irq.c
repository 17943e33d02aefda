/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of the machine.  A handler does two things: tell the controller,
 * and leave a note in cpu->softirq; the work waits until nothing is half done
 * (cpu/cpu.h, "Interrupts").
 */
#include "machine.h"
#include "mm/mm.h"
#include "regs.h"
#include "x86.h"
#include "say/say.h"

#define SPURIOUS_2 15

static uint32_t nr_spurious, nr_unexpected;
uint64_t lapic_timer_taken;

static void timer_interrupt(struct cpu_user_regs *regs)
{
	lapic_eoi();
	lapic_timer_taken = rdtsc();
	this_cpu()->softirq |= SOFTIRQ_TIMER;
}

/* COM1 is line 4 and COM2 line 3; only the one that console= chose is switched on at the chip. */
static void serial_irq(uint32_t irq)
{
	serial_interrupt();
	pic_eoi(irq);
}

static void com1_interrupt(struct cpu_user_regs *regs)
{
	serial_irq(4);
}

static void com2_interrupt(struct cpu_user_regs *regs)
{
	serial_irq(3);
}

/* Named once, then only counted: a line that screams must not fill the console. */
static void complain(const char *what, uint32_t which)
{
	static uint32_t named[8];

	if (which < 256 && !(named[which / 32] & (1U << which % 32))) {
		named[which / 32] |= 1U << which % 32;
		printk(LOG_WARN, "%s %u; ignored from now on\n", what, which);
	}
}

/*
 * A masked line can still speak: when a request vanishes before it is taken,
 * the 8259 reports its lowest line, 7 or 15, without an in-service bit.  Such
 * a ghost must not be ended, or a real one would be.
 */
static void unexpected_pic_interrupt(struct cpu_user_regs *regs)
{
	uint32_t active = pic_in_service(), irq;

	if (!active) {
		nr_spurious++;
		return;
	}
	irq = __builtin_ctz(active);
	nr_unexpected++;
	complain("nobody asked for interrupt line", irq);
	pic_mask(irq);
	pic_eoi(irq);
}

static void maybe_spurious_second(struct cpu_user_regs *regs)
{
	if (pic_in_service() & (1U << SPURIOUS_2)) {
		unexpected_pic_interrupt(regs);
		return;
	}
	nr_spurious++;
	pic_eoi_cascade(); /* the first chip did accept the second one's call */
}

/* The APIC's own ghost: there is nothing in service, so there is nothing to end. */
static void apic_spurious(struct cpu_user_regs *regs)
{
	nr_spurious++;
}

static void unexpected_apic_interrupt(struct cpu_user_regs *regs)
{
	nr_unexpected++;
	complain("nobody asked for APIC vector", regs->entry_vector & 0xff);
	lapic_eoi();
}

/* With one processor there is nobody to send it; it only makes the way out look again. */
static void ipi_interrupt(struct cpu_user_regs *regs)
{
	lapic_eoi();
	this_cpu()->softirq |= SOFTIRQ_SCHED;
}

void irq_init(void)
{
	pic_init();
	lapic_init();
	this_cpu()->apic_id = lapic_id();

	for (uint32_t v = 0x30; v < 0x100; v++)
		if (v != 0x80 && v != 0x82) /* the guests' own gates: system call, hypercall */
			set_int_handler(v, unexpected_apic_interrupt);
	for (uint32_t irq = 0; irq < 16; irq++)
		set_int_handler(IRQ_BASE_VECTOR + irq, unexpected_pic_interrupt);
	set_int_handler(IRQ_BASE_VECTOR + 3, com2_interrupt);
	set_int_handler(IRQ_BASE_VECTOR + 4, com1_interrupt);
	set_int_handler(IRQ_BASE_VECTOR + SPURIOUS_2, maybe_spurious_second);
	set_int_handler(LAPIC_TIMER_VECTOR, timer_interrupt);
	set_int_handler(LAPIC_IPI_VECTOR, ipi_interrupt);
	set_int_handler(LAPIC_SPURIOUS_VECTOR, apic_spurious);
	pic_unmask(3);
	pic_unmask(4);
}

void irq_eoi(void)
{
	lapic_eoi();
}

void irq_unmask_pic(uint32_t irq)
{
	pic_unmask(irq);
}
