/* SPDX-License-Identifier: MIT */
/*
 * The few chips that a hypervisor cannot do without: interrupt controllers, a
 * clock to calibrate by, the battery clock, and the registers that end it all.
 */
#ifndef RINGONE_MACHINE_H
#define RINGONE_MACHINE_H

#include "types.h"

/* ---- machine/pic.c: the pair of 8259s; lines 0..15 arrive at IRQ_BASE_VECTOR + line ---- */

void pic_init(void); /* remapped, every line masked */
void pic_mask(uint32_t irq);
void pic_unmask(uint32_t irq);
void pic_eoi(uint32_t irq);
uint32_t pic_in_service(void); /* bit per line that was accepted and not ended yet */
void pic_eoi_cascade(void);    /* after a spurious IRQ 15 the first chip still waits */

/* ---- machine/lapic.c ---- */

void lapic_init(void); /* panics where there is none */
void lapic_eoi(void);
uint32_t lapic_id(void);
void lapic_timer_start(uint32_t ticks); /* one shot; 0 stops it */
uint32_t lapic_timer_left(void);        /* ticks until it fires */
extern uint64_t lapic_timer_taken;      /* TSC at its last interrupt; 0: that is known already */

/* ---- machine/pit.c: 1.193182 MHz, the one frequency every PC agrees on ---- */

#define PIT_HZ 1193182U

void pit_start(void); /* channel 2 counts down from 65535, silently */
uint16_t pit_count(void);

/* ---- machine/cmos.c ---- */

uint64_t cmos_seconds(void); /* battery clock, seconds since 1970, taken as UTC */
/* Seconds since 1970 of a Gregorian date: year in full, month 1..12, day 1..31. */
uint64_t date_to_seconds(uint32_t year, uint32_t month, uint32_t day, uint32_t hour,
			 uint32_t minute, uint32_t second);

/* ---- machine/acpi.c, madt.c: the machine's tables ---- */

#define MAX_IOAPICS 8
#define ISA_LINES   16

struct madt_ioapic {
	uint32_t address, gsi_base;
	uint8_t id;
};

struct isa_line { /* where an ISA line arrives, and how it speaks */
	uint16_t gsi;
	bool level, low;
};

struct madt {
	struct madt_ioapic ioapics[MAX_IOAPICS];
	uint32_t nr_ioapics, nr_lapics;
	uint32_t first_acpi_id; /* ACPI's number of the first processor listed */
	uint32_t dropped;       /* entries that made no sense or found no room */
	struct isa_line isa[ISA_LINES];
};
extern struct madt machine_madt; /* without ACPI: no IO-APICs, ISA lines straight */

void acpi_init(void);
/* False: cut short; what stands before the damage is in *m. */
bool madt_parse(const uint8_t *table, uint32_t bytes, struct madt *m);
bool acpi_sleep(uint16_t pm1a, uint16_t pm1b); /* false: no such registers; comes back on failure */
void acpi_power_off(void);                     /* likewise */
bool s5_find(const uint8_t *aml, uint32_t n, uint8_t *a, uint8_t *b); /* machine/s5.c */
void acpi_reset(void); /* comes back where ACPI knows no way */

/* ---- machine/ioapic.c: pins are numbered by GSI; one that no chip has is ignored ---- */

void ioapic_init(const struct madt *m); /* every pin masked */
bool ioapic_present(void);
bool ioapic_has(uint32_t gsi);
void ioapic_route(uint32_t gsi, uint8_t vector, uint32_t apic_id, bool level,
		  bool low); /* masked */
void ioapic_mask(uint32_t gsi, bool masked);
/* Register `index` of the chip at that address; false: no such chip or register. */
bool ioapic_find_pin(paddr_t address, uint32_t index, uint32_t *gsi);
#define IOAPIC_FIRST_ENTRY 0x10       /* register: low half of pin 0; the high half follows */
#define IOAPIC_ENTRY_LOW   (1U << 13) /* of an entry */
#define IOAPIC_ENTRY_LEVEL (1U << 15)
bool ioapic_read_register(paddr_t address, uint32_t index, uint32_t *value);

/* ---- machine/irq.c ---- */

void irq_init(void); /* PIC remapped and masked, LAPIC on */
void irq_eoi(void);
void irq_unmask_pic(uint32_t irq);
#define IRQ_BASE_VECTOR       0x20 /* PIC 0x20..0x2f */
#define LAPIC_TIMER_VECTOR    0xf0
#define LAPIC_IPI_VECTOR      0xf1
#define LAPIC_SPURIOUS_VECTOR 0xff

/* ---- machine/end.c ---- */

/*
 * How the machine ends.  With `debugexit` on the command line the emulator is
 * told: power-off leaves QEMU with status 0, a crash of the first domain with
 * 35, a panic with 67, and Bochs in every case.
 */
enum machine_end { MACHINE_POWEROFF, MACHINE_REBOOT, MACHINE_DOMAIN_CRASHED, MACHINE_PANIC };
void machine_end(enum machine_end how) __noreturn;

#endif
