/* SPDX-License-Identifier: MIT */
/*
 * What a guest may have in its GDT and LDT (TRUST 16, 17).
 *
 * Ring 1 is supervisor to the MMU: segment limits alone keep a guest out of
 * the hole.  So no descriptor leaves here that could reach `end`, the first
 * address behind the M2P, whatever its DPL:
 *
 *   expand-up, code		base + limit < end		limit cut
 *   expand-down, 32-bit	offsets (limit, 4 GiB) wrap to	limit raised
 *				[base + limit + 1 - 4 GiB, base), so base <= end
 *				and base + limit + 1 >= 4 GiB
 *   expand-down, 16-bit	base + 64 KiB <= end		else not present
 *
 * A segment of which nothing would be left is made not present, which any
 * process may ask for and no kernel has to be prepared for (set_thread_area).
 * DPL 0 becomes 1.  The accessed bit is set, since the processor must never
 * want to write to a guest's descriptor page.  Of the system descriptors only
 * call gates into ring 1 or above exist.
 *
 * Pure: knows no guest, runs in the unit tests.
 */
#include "descriptor.h"
#include "trust.h"

#define TYPE_NONE      0x0
#define TYPE_CALL_GATE 0xc

/* The longest expand-up limit for a segment at `base` below `end`. */
uint64_t desc_longest(uint64_t d, uint32_t end)
{
	uint32_t room = end - desc_base(d);

	if (room <= DESC_BYTE_LIMITS)
		return desc_set_limit_field(d & ~DESC_G, room - 1);
	return desc_set_limit_field(d | DESC_G, (room >> 12) - 1);
}

/* The expand-down form that reaches from 0 (or just above) to base. */
uint64_t desc_lowest(uint64_t d)
{
	return desc_set_limit_field(d | DESC_G, ~desc_base(d) >> 12);
}

static uint64_t cut_up(uint64_t d, uint32_t end)
{
	uint32_t base = desc_base(d);

	if (!TRUST_CHECK(17, 2, base < end))
		return d & ~DESC_P;
	if (!TRUST_CHECK(17, 3, desc_limit(d) <= end - 1 - base))
		return desc_longest(d, end);
	return d;
}

static uint64_t cut_down(uint64_t d, uint32_t end)
{
	uint32_t base = desc_base(d);

	if (!(d & DESC_DB)) {
		if (!TRUST_CHECK(17, 4, base < end && end - base > 0xffff))
			return d & ~DESC_P;
		return d;
	}
	if (!TRUST_CHECK(17, 5, base <= end))
		return d & ~DESC_P;
	if (!TRUST_CHECK(17, 6, desc_limit(d) >= ~base))
		return desc_lowest(d);
	return d;
}

/*
 * May a gate lead to this code selector?  The RPL does not count there, so our
 * own segments must be out of reach (TRUST 20); everything else that a guest
 * can name has a DPL above 0.
 */
bool gate_selector_ok(uint32_t sel)
{
	uint32_t entry = sel & 0xfff8;

	if (!(sel & 0xfffc))
		return false;
	return (sel & 4) || entry < FIRST_RESERVED_GDT_BYTE || entry == (FLAT_RING1_CS & ~7) ||
	       entry == (FLAT_RING3_CS & ~7);
}

static bool gate_ok(uint64_t d)
{
	if (DESC_TYPE(d) == TYPE_NONE)
		return true;
	return TRUST_CHECK(16, 3, DESC_TYPE(d) == TYPE_CALL_GATE) &&
	       TRUST_CHECK(20, 1, gate_selector_ok(d >> 16 & 0xffff));
}

/* Make *desc safe for a guest whose segments end below `end`, or refuse it. */
bool descriptor_check(uint64_t *desc, uint32_t end)
{
	uint64_t d = *desc;

	if (!(d & DESC_P))
		return true; /* cannot be loaded */
	if (!(d & DESC_S))
		return gate_ok(d);
	if (!TRUST_CHECK(16, 4, DESC_DPL(d) != 0))
		d |= 1ULL << DESC_DPL_SHIFT;
	d |= DESC_A;
	if ((d & (DESC_CODE | DESC_EC)) == DESC_EC)
		d = cut_down(d, end);
	else
		d = cut_up(d, end);
	*desc = d;
	return true;
}
