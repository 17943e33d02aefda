/* SPDX-License-Identifier: MIT */
/*
 * Interrupt lines of the machine, whichever chip they end at: an IO-APIC where
 * there is one, the pair of 8259s otherwise, the local APIC itself for
 * messages.
 *
 * The way of a level interrupt: handler masks the line and ends the interrupt
 * at the local APIC; event to the domain; the domain's driver makes the device
 * let go and says EOI; the line is unmasked, and if the device asks again by
 * then, it all begins anew.  An edge needs no mask: it is over when it is seen.
 */
#include "internal.h"
#include "pirq.h"
#include "boot.h"
#include "domain/domain.h"
#include "event/event.h"
#include "lib.h"
#include "machine/machine.h"
#include "mm/mm.h"
#include "regs.h"
#include "say/say.h"
#include "x86.h"

#define FIRST_VECTOR 0x30  /* behind the 8259s' sixteen */
#define LAST_VECTOR  0xef  /* below the local APIC's own */
#define ELCR         0x4d0 /* of the 8259s: which lines are level triggered */
#define NOT_A_LINE   0xffff

struct line {
	struct domain *domain; /* NULL: not connected */
	uint16_t pirq;
	uint8_t vector; /* 0: none yet */
	bool level, low;
	bool set_up;     /* trigger and polarity were told, not guessed */
	bool awaits_end; /* masked until line_end() */
	bool msi_used;
};

static struct line lines[NR_LINES];
static uint16_t line_of_vector[256];
static uint32_t noted[NR_LINES / 32]; /* lines whose events are still to be raised */

static bool is_msi(uint32_t nr)
{
	return nr >= NR_GSIS;
}

bool line_exists(uint32_t gsi)
{
	if (ioapic_present())
		return gsi < NR_GSIS && ioapic_has(gsi);
	/* Line 2 is the wire from the second 8259 to the first. */
	return gsi < ISA_LINES && gsi != 2;
}

/* The serial console's own interrupt stays with the 8259s, where machine/irq.c looks for it. */
static bool line_is_ours(uint32_t gsi)
{
	return gsi == machine_madt.isa[serial_irq_line()].gsi;
}

static void mask(uint32_t nr, bool masked)
{
	if (is_msi(nr))
		return;
	if (ioapic_present())
		ioapic_mask(nr, masked);
	else if (masked)
		pic_mask(nr);
	else
		pic_unmask(nr);
}

static void end_at_chip(uint32_t nr)
{
	if (is_msi(nr) || ioapic_present())
		lapic_eoi();
	else
		pic_eoi(nr);
}

/* ---- from the device ---- */

/*
 * The 8259s give vectors to lines that were never asserted: only the lowest
 * line of each chip, and then nothing is in service (machine/irq.c).
 */
static bool ghost_of_pic(uint32_t nr)
{
	if (is_msi(nr) || ioapic_present() || (nr & 7) != 7 || pic_in_service() & (1U << nr))
		return false;
	if (nr == 15)
		pic_eoi_cascade();
	return true;
}

static void line_interrupt(struct cpu_user_regs *regs)
{
	uint32_t nr = line_of_vector[regs->entry_vector & 0xff];
	struct line *l = &lines[nr];

	if (ghost_of_pic(nr))
		return;
	if (!l->domain) { /* it was on its way when the line was disconnected */
		mask(nr, true);
		end_at_chip(nr);
		return;
	}
	if (l->level) {
		mask(nr, true);
		l->awaits_end = true;
	}
	end_at_chip(nr);
	set_bit(nr, noted);
	this_cpu()->softirq |= SOFTIRQ_PIRQ;
}

static void raise(struct line *l)
{
	struct domain *d = l->domain;
	const struct pirq *p;

	if (!d)
		return;
	p = &d->pirqs.table[l->pirq];
	if (p->port)
		port_set_pending(d, p->port);
}

void lines_softirq(void)
{
	for (uint32_t w = 0; w < ARRAY_SIZE(noted); w++) {
		uint32_t word = __atomic_exchange_n(&noted[w], 0, __ATOMIC_SEQ_CST);

		for (; word; word &= word - 1)
			raise(&lines[w * 32 + __builtin_ctz(word)]);
	}
}

/* ---- set up ---- */

static int take_vector(uint32_t nr)
{
	for (uint32_t v = FIRST_VECTOR; v <= LAST_VECTOR; v++) {
		if (v == 0x80 || v == 0x82 || line_of_vector[v] != NOT_A_LINE)
			continue;
		line_of_vector[v] = nr;
		lines[nr].vector = v;
		set_int_handler(v, line_interrupt);
		return 0;
	}
	return -XEN_ENOSPC;
}

int line_setup(uint32_t gsi, bool level, bool low)
{
	struct line *l = &lines[gsi];

	if (!line_exists(gsi))
		return -XEN_EINVAL;
	if (l->set_up || line_is_ours(gsi))
		return -XEN_EEXIST;
	l->level = level;
	l->low = low;
	l->set_up = true;
	if (l->domain)
		pirq_eoi_mark(l->domain, l->pirq);
	if (l->domain && ioapic_present()) {
		ioapic_route(gsi, l->vector, this_cpu()->apic_id, level, low);
		if (!l->awaits_end)
			ioapic_mask(gsi, false);
	}
	return 0;
}

static int route(uint32_t nr)
{
	struct line *l = &lines[nr];
	int rc;

	if (is_msi(nr))
		return 0; /* the message itself names vector and processor */
	if (!ioapic_present()) {
		/* The vector is fixed, and so is, by the board's register, how the line speaks. */
		if (!l->set_up)
			l->level = inb(ELCR + nr / 8) & (1U << (nr & 7));
		line_of_vector[IRQ_BASE_VECTOR + nr] = nr;
		set_int_handler(IRQ_BASE_VECTOR + nr, line_interrupt);
		return 0;
	}
	rc = l->vector ? 0 : take_vector(nr);
	if (!rc)
		ioapic_route(nr, l->vector, this_cpu()->apic_id, l->level, l->low);
	return rc;
}

int line_connect(uint32_t nr, struct domain *d, uint32_t pirq)
{
	struct line *l = &lines[nr];
	int rc;

	if (l->domain || (!is_msi(nr) && line_is_ours(nr)))
		return -XEN_EBUSY;
	rc = route(nr);
	if (rc)
		return rc;
	l->domain = d;
	l->pirq = pirq;
	l->awaits_end = false;
	mask(nr, false);
	return 0;
}

void line_disconnect(uint32_t nr)
{
	mask(nr, true);
	lines[nr].domain = NULL;
	lines[nr].awaits_end = false;
	clear_bit(nr, noted);
}

bool line_needs_eoi(uint32_t nr)
{
	return lines[nr].level;
}

void line_end(uint32_t nr)
{
	struct line *l = &lines[nr];

	if (!l->awaits_end)
		return;
	l->awaits_end = false;
	mask(nr, false);
}

int line_alloc_msi(uint8_t *vector)
{
	for (uint32_t nr = NR_GSIS; nr < NR_LINES; nr++) {
		struct line *l = &lines[nr];

		if (l->msi_used)
			continue;
		if (!l->vector && take_vector(nr))
			break;
		l->msi_used = true;
		*vector = l->vector;
		return nr;
	}
	return -XEN_ENOSPC;
}

/* The vector stays the line's: a late message finds a handler that ends it. */
void line_free_msi(uint32_t nr)
{
	lines[nr].msi_used = false;
}

void lines_init(void)
{
	acpi_init();
	if (!options.noapic)
		ioapic_init(&machine_madt);
	for (uint32_t v = 0; v < ARRAY_SIZE(line_of_vector); v++)
		line_of_vector[v] = NOT_A_LINE;
	/* PCI's lines are level triggered and active low unless somebody says otherwise. */
	for (uint32_t gsi = ISA_LINES; gsi < NR_GSIS; gsi++)
		lines[gsi].level = lines[gsi].low = true;
	for (uint32_t irq = 0; irq < ISA_LINES; irq++) {
		const struct isa_line *isa = &machine_madt.isa[irq];

		if (isa->gsi >= NR_GSIS)
			continue;
		lines[isa->gsi].level = isa->level;
		lines[isa->gsi].low = isa->low;
	}
	if (!ioapic_present())
		printk(LOG_INFO, "no IO-APIC: interrupts through the 8259s\n");
}
