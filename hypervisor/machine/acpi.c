/* SPDX-License-Identifier: MIT */
/*
 * The few things of ACPI that are static tables (ACPI 6.5, section 5.2): where
 * interrupts arrive, which registers switch the machine off and reset it.  All
 * that needs ACPI's byte code is the first domain's affair.
 */
#include "machine.h"
#include "boot.h"
#include "lib.h"
#include "mm/mm.h"
#include "say/say.h"
#include "x86.h"

#define HEADER     36    /* signature, length, revision, checksum, who made it */
#define MAX_TABLE  65536 /* more is not believed */
#define MAX_DSDT   (4U << 20)
#define LONGEST_S5 32 /* bytes of byte code that s5_find() may have to see together */

#define FADT_DSDT        40
#define FADT_PM1A_CNT    64
#define FADT_PM1B_CNT    68
#define FADT_FLAGS       112
#define FADT_RESET_REG   116
#define FADT_RESET_VALUE 128
#define FADT_BYTES       129 /* as far as we read */
#define RESET_REG_SUP    (1U << 10)
#define SPACE_IO         1

#define PM1_SLP_EN 0x2000

struct madt machine_madt;
static uint16_t pm1a_cnt, pm1b_cnt, reset_port;
static uint8_t reset_value;
static uint8_t s5_a, s5_b;
static bool knows_s5;

static uint32_t read32(paddr_t at)
{
	uint32_t v;

	boot_read(at, &v, sizeof(v));
	return v;
}

static uint32_t field(const uint8_t *table, uint32_t offset)
{
	uint32_t v;

	memcpy(&v, table + offset, sizeof(v));
	return v;
}

static bool sums_to_zero(const uint8_t *p, uint32_t bytes)
{
	uint8_t sum = 0;

	while (bytes--)
		sum += *p++;
	return !sum;
}

static bool is_rsdp(const uint8_t *p)
{
	return !memcmp(p, "RSD PTR ", 8) && sums_to_zero(p, 20);
}

/* On a 16-byte boundary of [from, to), says the specification. */
static bool scan_for_rsdp(paddr_t from, paddr_t to, uint8_t *rsdp)
{
	for (; from < to; from += 16) {
		boot_read(from, rsdp, 8);
		if (memcmp(rsdp, "RSD PTR ", 8))
			continue;
		boot_read(from, rsdp, sizeof(boot_info.rsdp));
		if (is_rsdp(rsdp))
			return true;
	}
	return false;
}

/* The loader's copy, or where a BIOS leaves it: in its extended data area or its ROM. */
static bool find_rsdp(uint8_t *rsdp)
{
	uint16_t ebda_segment;
	paddr_t ebda;

	if (boot_info.has_rsdp && is_rsdp(boot_info.rsdp)) {
		memcpy(rsdp, boot_info.rsdp, sizeof(boot_info.rsdp));
		return true;
	}
	boot_read(0x40e, &ebda_segment, sizeof(ebda_segment));
	ebda = (paddr_t)ebda_segment << 4;
	if (ebda >= 0x80000 && ebda < 0xa0000 && scan_for_rsdp(ebda, ebda + 1024, rsdp))
		return true;
	return scan_for_rsdp(0xe0000, 0x100000, rsdp);
}

/* A copy of the table at `at` on the heap, NULL when it is not whole.  heap_free() it. */
static uint8_t *read_table(paddr_t at, uint32_t *bytes)
{
	uint8_t *table;

	*bytes = read32(at + 4);
	if (*bytes < HEADER || *bytes > MAX_TABLE)
		return NULL;
	table = heap_alloc(*bytes);
	if (!table)
		return NULL;
	boot_read(at, table, *bytes);
	if (sums_to_zero(table, *bytes))
		return table;
	printk(LOG_WARN, "ACPI table %c%c%c%c at 0x%llx has a wrong checksum; ignored\n", table[0],
	       table[1], table[2], table[3], at);
	heap_free(table);
	return NULL;
}

/* The byte code is looked through in pieces, each with the end of the one before it. */
static void read_dsdt(paddr_t at)
{
	static uint8_t piece[1024];
	uint32_t bytes = read32(at + 4);

	if (bytes > MAX_DSDT)
		return;
	for (uint32_t pos = HEADER; pos < bytes && !knows_s5; pos += sizeof(piece) - LONGEST_S5) {
		uint32_t n = MIN(bytes - pos, sizeof(piece));

		boot_read(at + pos, piece, n);
		knows_s5 = s5_find(piece, n, &s5_a, &s5_b);
	}
}

static void read_fadt(const uint8_t *t, uint32_t bytes)
{
	if (bytes < FADT_PM1B_CNT + 4)
		return;
	pm1a_cnt = field(t, FADT_PM1A_CNT);
	pm1b_cnt = field(t, FADT_PM1B_CNT);
	if (field(t, FADT_DSDT))
		read_dsdt(field(t, FADT_DSDT));
	if (bytes < FADT_BYTES || !(field(t, FADT_FLAGS) & RESET_REG_SUP) ||
	    t[FADT_RESET_REG] != SPACE_IO)
		return;
	reset_port = field(t, FADT_RESET_REG + 4);
	reset_value = t[FADT_RESET_VALUE];
}

static void read_one(paddr_t at)
{
	uint8_t signature[4], *table;
	uint32_t bytes;

	boot_read(at, signature, sizeof(signature));
	if (memcmp(signature, "APIC", 4) && memcmp(signature, "FACP", 4))
		return;
	table = read_table(at, &bytes);
	if (!table)
		return;
	if (signature[0] == 'F')
		read_fadt(table, bytes);
	else if (!madt_parse(table, bytes, &machine_madt))
		printk(LOG_WARN,
		       "ACPI's interrupt controller table is damaged; used as far as it can be read\n");
	heap_free(table);
}

void acpi_init(void)
{
	uint8_t rsdp[sizeof(boot_info.rsdp)], *root;
	uint32_t bytes, step;
	paddr_t at;
	bool wide;

	madt_parse(NULL, 0, &machine_madt);
	if (!find_rsdp(rsdp)) {
		printk(LOG_INFO, "no ACPI tables\n");
		return;
	}
	/* Revision 2 has 64-bit pointers beside the old ones. */
	wide = rsdp[15] >= 2 && (field(rsdp, 24) || field(rsdp, 28));
	at = wide ? field(rsdp, 24) | (paddr_t)field(rsdp, 28) << 32 : field(rsdp, 16);
	root = read_table(at, &bytes);
	if (!root)
		return;
	step = wide ? 8 : 4;
	for (uint32_t pos = HEADER; pos + step <= bytes; pos += step)
		read_one(field(root, pos) | (wide ? (paddr_t)field(root, pos + 4) << 32 : 0));
	heap_free(root);
}

static void write_pm1(uint16_t port, uint16_t value)
{
	if (port)
		outw(port, value);
}

/*
 * a, b: what PM1a_CNT and PM1b_CNT shall hold; the sleep type first, then the
 * same with the bit that acts (section 4.8.3.2).  Comes back when the machine
 * did not go to sleep; false: it has no such registers.
 */
bool acpi_sleep(uint16_t a, uint16_t b)
{
	if (!pm1a_cnt)
		return false;
	write_pm1(pm1a_cnt, a & ~PM1_SLP_EN);
	write_pm1(pm1b_cnt, b & ~PM1_SLP_EN);
	write_pm1(pm1a_cnt, a | PM1_SLP_EN);
	write_pm1(pm1b_cnt, b | PM1_SLP_EN);
	for (int i = 0; i < 1000000; i++)
		cpu_relax();
	return true;
}

#define SLEEP_TYPE_SHIFT 10

/* By ourselves, for a domain that cannot; comes back where ACPI knows no way. */
void acpi_power_off(void)
{
	if (knows_s5)
		acpi_sleep(s5_a << SLEEP_TYPE_SHIFT | PM1_SLP_EN,
			   s5_b << SLEEP_TYPE_SHIFT | PM1_SLP_EN);
}

void acpi_reset(void)
{
	if (reset_port)
		outb(reset_port, reset_value);
}
