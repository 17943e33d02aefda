/* SPDX-License-Identifier: MIT */
/*
 * Which bits a page-table entry of a guest may carry.
 *
 *   63  62    52 51      44 43                12 11   9 8 7 6 5 4   3   2 1 0
 *  +---+--------+----------+--------------------+------+-+-+-+-+---+---+-+-+-+
 *  |NX |   0    |    0     |  frame             | avail|G|S|D|A|PCD|PWT|U|W|P|
 *  +---+--------+----------+--------------------+------+-+-+-+-+---+---+-+-+-+
 *
 * Everything is a whitelist: a bit that nobody thought of is refused.  S is
 * PAT in an L1 and "large page" in an L2, which no guest gets (XSA-148).  G
 * would outlive the flushes that the type system relies on.  Cache attributes
 * are for an L1 alone.  The rest is what Xen takes from a 32-bit guest: RW, US,
 * A and D also in an L3, because kernels that treat all levels alike set them.
 */
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"

uint64_t l1_forbidden, l2_forbidden, l3_forbidden;
uint64_t l1_harmless, l2_harmless;
uint32_t l1_forbidden_high;

#define L1_ALLOWED \
	(PTE_P | PTE_RW | PTE_US | PTE_PWT | PTE_PCD | PTE_A | PTE_D | PTE_PAT | PTE_AVAIL)
#define L2_ALLOWED (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL)
/* The processor has none but P here, and runs from a copy that has no more (cr3.c). */
#define L3_ALLOWED (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL)

/*
 * nx: PTE_NX when the processor has it switched on, else 0.  phys_bits: width
 * of a machine address.  mfn_t has 32 bits, so 44 is the most we can tell apart.
 */
void entry_masks_init(uint64_t nx, uint32_t phys_bits)
{
	uint64_t frame = ((1ULL << MIN(phys_bits, 44)) - 1) & PTE_ADDR_MASK;

	l1_forbidden = ~(L1_ALLOWED | frame | nx);
	l1_forbidden_high = l1_forbidden >> 32;
	l2_forbidden = ~(L2_ALLOWED | frame | nx);
	l3_forbidden = ~(L3_ALLOWED | frame);

	/* US: the hole has no entries in guest tables, so all a guest maps is its own affair. */
	l1_harmless = PTE_A | PTE_D | PTE_US | PTE_AVAIL | nx;
	l2_harmless = PTE_A | PTE_D | PTE_US | PTE_AVAIL | nx;
}

static mfn_t kept[8];
static uint32_t nr_kept;

/* At boot, once for each. */
void io_frame_keep(mfn_t m)
{
	if (nr_kept < ARRAY_SIZE(kept))
		kept[nr_kept++] = m;
}

/*
 * The interrupt controllers and the range that turns writes into interrupts
 * belong to the hypervisor; other frames that are not RAM may be mapped by a
 * domain that owns the hardware, or was given them (DESIGN 5).
 */
bool io_frame_ok(const struct domain *d, mfn_t m)
{
	if (!TRUST_CHECK(25, 10, d->privileged || ranges_have(&d->mm.iomem, m.n)))
		return false;
	for (uint32_t i = 0; i < nr_kept; i++)
		if (!TRUST_CHECK(1, 11, !mfn_eq(m, kept[i])))
			return false;
	return TRUST_CHECK(1, 10,
			   (m.n < 0xfec00 || m.n > 0xfec0f) && (m.n < 0xfee00 || m.n > 0xfeeff));
}
