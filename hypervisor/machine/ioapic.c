/* SPDX-License-Identifier: MIT */
/*
 * The IO-APICs: each pin of theirs has an entry that says which vector of
 * which processor it raises, and when (Intel 82093AA data sheet).
 *
 *   63       56 55           17   16    15     14      13      12    11 10  8 7     0
 *  +-----------+---------------+------+-------+------+--------+------+--+----+-------+
 *  | processor |       0       | mask | level | rIRR | low    | busy |0 | 0  | vector|
 *  +-----------+---------------+------+-------+------+--------+------+--+----+-------+
 *
 * rIRR: a level interrupt was accepted and the local APIC's EOI has not come
 * back yet.  Pins of all chips together are numbered as "global system
 * interrupts" (GSI); each chip's own begin at its gsi_base.
 */
#include "machine.h"
#include "mm/mm.h"
#include "say/say.h"

#define REG_SELECT 0x00
#define REG_WINDOW 0x10

#define IOAPIC_VERSION 0x01
#define IOAPIC_ENTRY   IOAPIC_FIRST_ENTRY

#define ENTRY_LOW    IOAPIC_ENTRY_LOW
#define ENTRY_LEVEL  IOAPIC_ENTRY_LEVEL
#define ENTRY_MASKED (1U << 16)

static struct {
	uint32_t address, gsi_base, pins;
} chips[MAX_IOAPICS];
static uint32_t nr_chips;

static volatile uint32_t *reg(uint32_t chip, uint32_t offset)
{
	return (volatile uint32_t *)(FIX_IOAPIC + chip * PAGE_SIZE +
				     (chips[chip].address & (PAGE_SIZE - 1)) + offset);
}

static uint32_t read_reg(uint32_t chip, uint32_t index)
{
	*reg(chip, REG_SELECT) = index;
	return *reg(chip, REG_WINDOW);
}

static void write_reg(uint32_t chip, uint32_t index, uint32_t value)
{
	*reg(chip, REG_SELECT) = index;
	*reg(chip, REG_WINDOW) = value;
}

/* Every pin masked: what the firmware left there has no handler here. */
void ioapic_init(const struct madt *m)
{
	for (uint32_t i = 0; i < m->nr_ioapics; i++) {
		uint32_t chip = nr_chips++;

		chips[chip].address = m->ioapics[i].address;
		chips[chip].gsi_base = m->ioapics[i].gsi_base;
		map_hypervisor_page(FIX_IOAPIC + chip * PAGE_SIZE,
				    paddr_to_mfn(m->ioapics[i].address & PAGE_MASK),
				    PTE_P | PTE_RW | PTE_PCD | PTE_PWT);
		io_frame_keep(paddr_to_mfn(m->ioapics[i].address));
		chips[chip].pins = (read_reg(chip, IOAPIC_VERSION) >> 16 & 0xff) + 1;
		for (uint32_t pin = 0; pin < chips[chip].pins; pin++)
			write_reg(chip, IOAPIC_ENTRY + 2 * pin, ENTRY_MASKED);
		printk(LOG_INFO, "IO-APIC at 0x%x: interrupts %u to %u\n", chips[chip].address,
		       chips[chip].gsi_base, chips[chip].gsi_base + chips[chip].pins - 1);
	}
}

bool ioapic_present(void)
{
	return nr_chips != 0;
}

/* False: no chip has that pin. */
static bool find_pin(uint32_t gsi, uint32_t *chip, uint32_t *pin)
{
	for (uint32_t i = 0; i < nr_chips; i++) {
		if (gsi < chips[i].gsi_base || gsi - chips[i].gsi_base >= chips[i].pins)
			continue;
		*chip = i;
		*pin = gsi - chips[i].gsi_base;
		return true;
	}
	return false;
}

bool ioapic_has(uint32_t gsi)
{
	uint32_t chip, pin;

	return find_pin(gsi, &chip, &pin);
}

void ioapic_route(uint32_t gsi, uint8_t vector, uint32_t apic_id, bool level, bool low)
{
	uint32_t chip, pin;

	if (!find_pin(gsi, &chip, &pin))
		return;
	write_reg(chip, IOAPIC_ENTRY + 2 * pin, ENTRY_MASKED);
	write_reg(chip, IOAPIC_ENTRY + 2 * pin + 1, apic_id << 24);
	write_reg(chip, IOAPIC_ENTRY + 2 * pin,
		  ENTRY_MASKED | vector | (level ? ENTRY_LEVEL : 0) | (low ? ENTRY_LOW : 0));
}

void ioapic_mask(uint32_t gsi, bool masked)
{
	uint32_t chip, pin, low;

	if (!find_pin(gsi, &chip, &pin))
		return;
	low = read_reg(chip, IOAPIC_ENTRY + 2 * pin);
	write_reg(chip, IOAPIC_ENTRY + 2 * pin, masked ? low | ENTRY_MASKED : low & ~ENTRY_MASKED);
}

/* The GSI of the pin that register `index` of the chip at `address` belongs to; false: no such pin. */
bool ioapic_find_pin(paddr_t address, uint32_t index, uint32_t *gsi)
{
	for (uint32_t i = 0; i < nr_chips; i++) {
		if (chips[i].address != address || index < IOAPIC_ENTRY ||
		    index >= IOAPIC_ENTRY + 2 * chips[i].pins)
			continue;
		*gsi = chips[i].gsi_base + (index - IOAPIC_ENTRY) / 2;
		return true;
	}
	return false;
}

bool ioapic_read_register(paddr_t address, uint32_t index, uint32_t *value)
{
	for (uint32_t i = 0; i < nr_chips; i++) {
		if (chips[i].address != address || index >= IOAPIC_ENTRY + 2 * chips[i].pins)
			continue;
		*value = read_reg(i, index);
		return true;
	}
	return false;
}
