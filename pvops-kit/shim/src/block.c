/* SPDX-License-Identifier: MIT */
/*
 * The front end of a block device (io/blkif.h). Each request is one page: its grant lives as long
 * as the request, its slot number is the `id` that the back end gives back. An answer whose id is
 * not a slot in use is not believed.
 */
#include <xen/io/protocols.h>
#include <xen/errno.h>
#include "text.h"

#define SECTORS_OF_PAGE 8

static long write_protocol(struct ringone_front *f)
{
	char path[RINGONE_STORE_VALUE + 16];

	text_path(path, sizeof(path), f->dir, "protocol");
	return ringone_store_write(f->store, path, XEN_IO_PROTO_ABI_NATIVE);
}

long ringone_block_connect(struct ringone_block *b, struct ringone_store *store,
			   struct ringone_grants *grants, const char *dir)
{
	struct ringone_front *f = &b->front;
	long error = ringone_front_begin(f, store, grants, dir);
	blkif_sring_t *page;

	if (error)
		return error;
	page = ringone_front_ring(f, "ring-ref", &b->ring_ref);
	if (!page) {
		ringone_front_close(f);
		return -XEN_ENOMEM;
	}
	ringone_ring_begin(&b->ring, page, 4096, sizeof(union blkif_sring_entry));
	error = write_protocol(f);
	if (!error)
		error = ringone_front_state(f, XenbusStateInitialised);
	if (!error)
		error = ringone_front_wait(f, XenbusStateConnected);
	if (error) {
		ringone_front_ring_end(f, page, b->ring_ref);
		ringone_front_close(f);
		return error;
	}
	b->sectors = ringone_front_get(f, "sectors", 0);
	b->sector_size = ringone_front_get(f, "sector-size", 512);
	b->readonly = (ringone_front_get(f, "info", 0) & 4) != 0; /* VDISK_READONLY */
	return ringone_front_state(f, XenbusStateConnected);
}

long ringone_block_disconnect(struct ringone_block *b)
{
	long error;

	for (int i = 0; i < RINGONE_BLOCK_SLOTS; i++)
		if (b->slot[i].used)
			return -XEN_EBUSY;
	error = ringone_front_end(&b->front);
	ringone_front_ring_end(&b->front, b->ring.head, b->ring_ref);
	b->ring.head = NULL;
	return error;
}

static int find_slot(struct ringone_block *b)
{
	for (int i = 0; i < RINGONE_BLOCK_SLOTS; i++)
		if (!b->slot[i].used)
			return i;
	return -1;
}

static int possible(const struct ringone_block *b, unsigned int op, uint64_t sector,
		    unsigned int count)
{
	if (op == BLKIF_OP_FLUSH_DISKCACHE)
		return 1;
	if (op != BLKIF_OP_READ && (op != BLKIF_OP_WRITE || b->readonly))
		return 0;
	return count && count <= SECTORS_OF_PAGE && sector < b->sectors &&
	       count <= b->sectors - sector;
}

long ringone_block_submit(struct ringone_block *b, unsigned int op, uint64_t sector, void *page,
			  unsigned int count, void *tag)
{
	int i = find_slot(b);
	blkif_request_t r = { 0 };
	grant_ref_t ref = 0;

	if (!possible(b, op, sector, count))
		return -XEN_EINVAL;
	if (i < 0 || !ringone_ring_free(&b->ring))
		return -XEN_EBUSY;
	if (op != BLKIF_OP_FLUSH_DISKCACHE) {
		/* What is written to disk is only read by the other side. */
		ref = ringone_grant(b->front.grants, b->front.back_id, ringone_os_frame(page),
				    op == BLKIF_OP_WRITE);
		if (!ref)
			return -XEN_EBUSY;
	}
	b->slot[i].used = 1;
	b->slot[i].ref = ref;
	b->slot[i].tag = tag;
	r.operation = op;
	r.nr_segments = ref ? 1 : 0;
	r.id = i;
	r.sector_number = ref ? sector : 0;
	r.seg[0].gref = ref;
	r.seg[0].last_sect = ref ? count - 1 : 0;
	ringone_ring_put(&b->ring, &r, sizeof(r));
	if (ringone_ring_push_requests(&b->ring))
		ringone_front_kick(&b->front);
	return 0;
}

static long error_of(int16_t status)
{
	if (status == BLKIF_RSP_OKAY)
		return 0;
	return status == BLKIF_RSP_EOPNOTSUPP ? -XEN_EOPNOTSUPP : -XEN_EIO;
}

/* 1 when the answer is to something we asked; its page is ours again then. */
static int accept(struct ringone_block *b, const blkif_response_t *r, void **tag, long *status)
{
	if (r->id >= RINGONE_BLOCK_SLOTS || !b->slot[r->id].used)
		return 0;
	*tag = b->slot[r->id].tag;
	*status = error_of(r->status);
	/* A back end that answers and keeps the page mapped has broken its word. */
	if (b->slot[r->id].ref && ringone_grant_end(b->front.grants, b->slot[r->id].ref))
		*status = -XEN_EBUSY;
	b->slot[r->id].used = 0;
	return 1;
}

int ringone_block_next(struct ringone_block *b, void **tag, long *status)
{
	do {
		for (int32_t n = ringone_ring_answers(&b->ring); n > 0; n--) {
			blkif_response_t r;

			ringone_ring_take(&b->ring, &r, sizeof(r));
			if (accept(b, &r, tag, status))
				return 1;
		}
	} while (ringone_ring_sleep_answers(&b->ring));
	return 0;
}
