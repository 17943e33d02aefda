/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_WIRE_BLOCK_H
#define RINGONE_WIRE_BLOCK_H

/*
 * The entries of a block device's ring as a 32-bit guest lays them out ("x86_32-abi", io/blkif.h),
 * written down with their bytes so that a back end of any word size can read them:
 *
 *	request    0 operation  1 segments  2 device  4 id (8)  12 sector (8)  20 segment[11], 8 each
 *	discard    0 operation  1 flags     2 device  4 id (8)  12 sector (8)  20 sectors (8)
 *	indirect   0 6  1 operation  2 segments  4 id (8)  12 sector (8)  20 device  24 page[8], 4 each
 *	answer     0 id (8)  8 operation  10 status
 *
 * A segment is a granted page and the first and last 512-byte sector of it.
 */
#include <stdint.h>

#define RINGONE_BLK_READ     0
#define RINGONE_BLK_WRITE    1
#define RINGONE_BLK_BARRIER  2
#define RINGONE_BLK_FLUSH    3
#define RINGONE_BLK_DISCARD  5
#define RINGONE_BLK_INDIRECT 6

#define RINGONE_BLK_OKAY    0
#define RINGONE_BLK_ERROR   (-1)
#define RINGONE_BLK_NOTSUPP (-2)

#define RINGONE_BLK_SEGMENTS 11  /* of a plain request */
#define RINGONE_BLK_PAGES    8   /* of segments, of an indirect one */
#define RINGONE_BLK_PER_PAGE 512 /* segments */

struct ringone_blk_segment {
	uint32_t ref;
	uint8_t first, last;
	uint16_t unused;
} __attribute__((packed));

struct ringone_blk_request {
	uint8_t operation, segments;
	uint16_t device;
	uint64_t id, sector;
	struct ringone_blk_segment segment[RINGONE_BLK_SEGMENTS];
} __attribute__((packed));

struct ringone_blk_discard {
	uint8_t operation, flags;
	uint16_t device;
	uint64_t id, sector, sectors;
} __attribute__((packed));

struct ringone_blk_indirect {
	uint8_t operation, indirect_operation;
	uint16_t segments;
	uint64_t id, sector;
	uint16_t device, unused;
	uint32_t page[RINGONE_BLK_PAGES];
} __attribute__((packed));

struct ringone_blk_answer {
	uint64_t id;
	uint8_t operation, unused;
	int16_t status;
} __attribute__((packed));

/* What one entry holds. */
union ringone_blk_entry {
	struct ringone_blk_request request;
	struct ringone_blk_discard discard;
	struct ringone_blk_indirect indirect;
	struct ringone_blk_answer answer;
};

_Static_assert(sizeof(union ringone_blk_entry) == 108, "an entry of x86_32-abi has 108 bytes");

#endif
