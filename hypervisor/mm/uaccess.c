/* SPDX-License-Identifier: MIT */
/*
 * Copies to and from the memory of the guest that called.
 *
 * Ring 0 sees the guest's addresses as the guest does, but no segment limit
 * holds it back: so every range is checked against the hole here (TRUST 8).
 * A page that is missing, or a read-only one that is to be written (CR0.WP is
 * always set, so tables are safe from us too), faults; the exception table
 * then tells the fault handler where to carry on.
 */
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"

/*
 * May the current guest name this range?  A length of 0 is fine wherever it
 * starts outside the hole.
 */
bool guest_range_ok(gva_t va, uint32_t bytes)
{
	return range_below(va.a, bytes, guest_range_end(current->domain));
}

uint32_t copy_from_guest_raw(void *dst, gva_t src, uint32_t bytes)
{
	if (unlikely(!guest_range_ok(src, bytes)))
		return bytes;
	return copy_guest_bytes(dst, (const void *)src.a, bytes);
}

uint32_t copy_to_guest_raw(gva_t dst, const void *src, uint32_t bytes)
{
	if (unlikely(!guest_range_ok(dst, bytes)))
		return bytes;
	return copy_guest_bytes((void *)dst.a, src, bytes);
}
