/* SPDX-License-Identifier: MIT */
/* Segment descriptors, drawn as the processor reads them, and what guests may have of them. */
#ifndef RINGONE_CPU_DESCRIPTOR_H
#define RINGONE_CPU_DESCRIPTOR_H

#include "trust.h"
#include "types.h"

/*
 *  63      56 55 54 53 52 51   48 47 46 45 44 43  40 39             16 15         0
 * +----------+--+--+--+--+-------+--+-----+--+------+-----------------+------------+
 * |base 31-24|G |DB|L |  |lim    |P | DPL |S | type |  base 23-0      | limit 15-0 |
 * |          |  |  |  |  |19-16  |  |     |  |      |                 |            |
 * +----------+--+--+--+--+-------+--+-----+--+------+-----------------+------------+
 */
#define DESC_A         (1ULL << 40) /* accessed */
#define DESC_RW        (1ULL << 41) /* data: writable, code: readable */
#define DESC_EC        (1ULL << 42) /* data: expand down, code: conforming */
#define DESC_CODE      (1ULL << 43)
#define DESC_S         (1ULL << 44) /* code or data, not a system descriptor */
#define DESC_TYPE(d)   ((uint32_t)((d) >> 40) & 15)
#define DESC_DPL_SHIFT 45
#define DESC_DPL(d)    ((uint32_t)((d) >> DESC_DPL_SHIFT) & 3)
#define DESC_P         (1ULL << 47)
#define DESC_DB        (1ULL << 54) /* 32-bit; with DESC_EC: up to 4 GiB */
#define DESC_G         (1ULL << 55) /* limit in pages */

/* The interface's selectors, for builds without its headers (unit tests on a 64-bit host). */
#ifndef FLAT_RING1_CS
#define FLAT_RING1_CS           0xe019
#define FLAT_RING3_CS           0xe02b
#define FIRST_RESERVED_GDT_BYTE (14 * 4096)
#endif

static inline uint32_t desc_base(uint64_t d)
{
	return (uint32_t)(d >> 16 & 0xffffff) | (uint32_t)(d >> 32 & 0xff000000);
}

/* The 20-bit field as it stands. */
static inline uint32_t desc_limit_field(uint64_t d)
{
	return (uint32_t)(d & 0xffff) | (uint32_t)(d >> 32 & 0xf0000);
}

/* Last offset of an expand-up segment, in bytes; of an expand-down one, the offset below its first. */
static inline uint32_t desc_limit(uint64_t d)
{
	uint32_t limit = desc_limit_field(d);

	return d & DESC_G ? limit << 12 | 0xfff : limit;
}

static inline uint64_t desc_set_limit_field(uint64_t d, uint32_t field)
{
	d &= ~0x000f00000000ffffULL;
	return d | (field & 0xffff) | (uint64_t)(field & 0xf0000) << 32;
}

/* Is [offset, offset + bytes), bytes > 0, inside the code or data segment? */
static inline bool desc_inside(uint64_t d, uint32_t offset, uint32_t bytes)
{
	uint32_t last = offset + bytes - 1, limit = desc_limit(d);

	if (last < offset)
		return false;
	if ((d & (DESC_CODE | DESC_EC)) == DESC_EC)
		return offset > limit && (d & DESC_DB || last <= 0xffff);
	return last <= limit;
}

bool descriptor_check(uint64_t *desc, uint32_t end);

/* The upper half's bits, and sizes that are exact without DESC_G. */
#define DESC_HIGH(bit)   ((uint32_t)((bit) >> 32))
#define DESC_BYTE_LIMITS (1U << 20)

/*
 * What descriptor_check() does for plain descriptors, in place, in halves: a
 * present segment of the guest's own privilege, code or growing upwards, whose
 * base is not near the end.  False: nothing is changed, and it has to be asked.
 */
static inline __attribute__((always_inline)) bool descriptor_plain(uint32_t *low, uint32_t *high,
								   uint32_t end)
{
	uint32_t l = *low, h = *high, base, last;

	if ((h & DESC_HIGH(DESC_P | DESC_S)) != DESC_HIGH(DESC_P | DESC_S) ||
	    !TRUST_CHECK(16, 6, h & DESC_HIGH(3ULL << DESC_DPL_SHIFT)) ||
	    (h & DESC_HIGH(DESC_CODE | DESC_EC)) == DESC_HIGH(DESC_EC))
		return false;
	base = ((l >> 16 | h << 16) & 0xffffff) | (h & 0xff000000);
	if (!TRUST_CHECK(17, 60, base < end - DESC_BYTE_LIMITS))
		return false;
	*high = h | DESC_HIGH(DESC_A);
	if (!(h & DESC_HIGH(DESC_G)))
		return true;
	last = ((end - base) >> 12) - 1;
	if (!TRUST_CHECK(17, 61, ((l & 0xffff) | (h & 0xf0000)) <= last)) {
		*low = (l & 0xffff0000) | (last & 0xffff);
		*high = (h & 0xfff0ffff) | (last & 0xf0000) | DESC_HIGH(DESC_A);
	}
	return true;
}

bool gate_selector_ok(uint32_t sel);
uint64_t desc_longest(uint64_t d, uint32_t end);
uint64_t desc_lowest(uint64_t d);

#endif
