/* SPDX-License-Identifier: MIT */
/*
 * Decides what an entry of the ring asks for and whether it may have it. Nothing is done here but
 * reading the segments of an indirect request, which lie in pages of the guest's: they are copied
 * first, and judged on the copy.
 */
#include <string.h>
#include "core.h"

static int copy_indirect(struct blk_device *d, const struct ringone_blk_indirect *e,
			 struct blk_io *io)
{
	uint32_t ref = e->page[0];
	void *page, *area;
	unsigned int mapped;

	_Static_assert(BLK_MAX_SEGMENTS <= RINGONE_BLK_PER_PAGE, "one page holds all segments");
	if (blk_get_pages(d, &ref, 1, 0, &page, &area, &mapped))
		return RINGONE_BLK_ERROR;
	memcpy(io->segment, page, io->segments * sizeof(io->segment[0]));
	blk_put_pages(d, area, mapped);
	return 0;
}

static int decode(struct blk_device *d, const union ringone_blk_entry *e, struct blk_io *io)
{
	io->operation = e->request.operation;
	io->id = e->request.id;
	io->sector = e->request.sector;
	switch (io->operation) {
	case RINGONE_BLK_READ:
	case RINGONE_BLK_WRITE:
	case RINGONE_BLK_BARRIER:
	case RINGONE_BLK_FLUSH:
		io->segments = e->request.segments;
		if (io->segments > RINGONE_BLK_SEGMENTS)
			return RINGONE_BLK_ERROR;
		memcpy(io->segment, e->request.segment, io->segments * sizeof(io->segment[0]));
		return 0;
	case RINGONE_BLK_INDIRECT:
		io->operation = e->indirect.indirect_operation;
		io->segments = e->indirect.segments;
		if (io->operation != RINGONE_BLK_READ && io->operation != RINGONE_BLK_WRITE)
			return RINGONE_BLK_ERROR;
		if (!io->segments || io->segments > BLK_MAX_SEGMENTS)
			return RINGONE_BLK_ERROR;
		return copy_indirect(d, &e->indirect, io);
	default:
		io->segments = 0;
		return RINGONE_BLK_NOTSUPP;
	}
}

int blk_judge(struct blk_device *d, const union ringone_blk_entry *e, struct blk_io *io)
{
	uint64_t sectors = 0;
	int status = decode(d, e, io);

	if (status)
		return status;
	if (io->operation != RINGONE_BLK_READ && d->image->readonly)
		return io->operation == RINGONE_BLK_FLUSH ? 0 : RINGONE_BLK_ERROR;
	if (!io->segments)
		return io->operation == RINGONE_BLK_FLUSH || io->operation == RINGONE_BLK_BARRIER
			       ? 0
			       : RINGONE_BLK_ERROR;
	if (io->operation == RINGONE_BLK_FLUSH)
		return RINGONE_BLK_ERROR;
	for (unsigned int i = 0; i < io->segments; i++) {
		const struct ringone_blk_segment *s = &io->segment[i];

		if (s->first > s->last || s->last >= HOST_PAGE / BLK_SECTOR)
			return RINGONE_BLK_ERROR;
		sectors += s->last - s->first + 1;
	}
	if (io->sector > d->image->sectors || sectors > d->image->sectors - io->sector)
		return RINGONE_BLK_ERROR;
	return 0;
}
