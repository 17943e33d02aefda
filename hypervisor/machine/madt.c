/* SPDX-License-Identifier: MIT */
/*
 * ACPI's table of interrupt controllers ("APIC", the MADT): which IO-APICs
 * there are, and which of the sixteen ISA lines are wired otherwise than
 * straight (ACPI 6.5, section 5.2.12).  The table is firmware's work: lengths
 * are checked, what is not understood is passed over.
 */
#include "machine.h"
#include "lib.h"

#define MADT_HEADER   44 /* table header, local APIC address, flags */
#define MADT_LAPIC    0
#define MADT_IOAPIC   1
#define MADT_OVERRIDE 2

/* Flags of an override: two bits of polarity, two of trigger mode. */
#define POLARITY(f) ((f)&3)
#define TRIGGER(f)  ((f) >> 2 & 3)
#define LOW_ACTIVE  3
#define BY_LEVEL    3

static uint32_t word32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void add_ioapic(struct madt *m, const uint8_t *e)
{
	if (m->nr_ioapics == MAX_IOAPICS) {
		m->dropped++;
		return;
	}
	m->ioapics[m->nr_ioapics++] = (struct madt_ioapic){
		.id = e[2],
		.address = word32(e + 4),
		.gsi_base = word32(e + 8),
	};
}

/* Bus 0 is ISA; there is no other. */
static void add_override(struct madt *m, const uint8_t *e)
{
	uint32_t gsi = word32(e + 4);
	uint16_t flags = e[8] | e[9] << 8;

	if (e[2] != 0 || e[3] >= ISA_LINES || gsi > 0xffff) {
		m->dropped++;
		return;
	}
	m->isa[e[3]] = (struct isa_line){
		.gsi = gsi,
		.level = TRIGGER(flags) == BY_LEVEL,
		.low = POLARITY(flags) == LOW_ACTIVE,
	};
}

bool madt_parse(const uint8_t *table, uint32_t bytes, struct madt *m)
{
	static const uint8_t least[] = {
		[MADT_LAPIC] = 8, [MADT_IOAPIC] = 12, [MADT_OVERRIDE] = 10
	};
	uint32_t pos = MADT_HEADER;

	memset(m, 0, sizeof(*m));
	for (uint32_t i = 0; i < ISA_LINES; i++) /* ISA as it always was: edge, active high */
		m->isa[i].gsi = i;
	if (bytes < MADT_HEADER)
		return false;

	while (pos + 2 <= bytes) {
		const uint8_t *e = table + pos;
		uint32_t length = e[1];

		if (length < 2 || length > bytes - pos)
			return false;
		if (e[0] < ARRAY_SIZE(least) && length >= least[e[0]]) {
			if (e[0] == MADT_IOAPIC)
				add_ioapic(m, e);
			else if (e[0] == MADT_OVERRIDE)
				add_override(m, e);
			else if (!m->nr_lapics++)
				m->first_acpi_id = e[2];
		}
		pos += length;
	}
	return true;
}
