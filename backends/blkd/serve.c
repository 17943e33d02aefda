/* SPDX-License-Identifier: MIT */
/*
 * The ring of one device: take, judge, perform, answer. An answer lies in the place of a request,
 * so from the moment the first is written the ring alone does not say any more what was asked:
 * the journal does (core.h).
 */
#include <errno.h>
#include <string.h>
#include "core.h"

static int perform(struct blk_device *d, const struct blk_io *io)
{
	struct blk_image *image = d->image;
	uint64_t at = io->sector * BLK_SECTOR;
	struct blk_piece piece[BLK_MAX_SEGMENTS];
	uint32_t ref[BLK_MAX_SEGMENTS];
	void *page[BLK_MAX_SEGMENTS], *area;
	unsigned int mapped;
	int write = io->operation != RINGONE_BLK_READ, error;

	for (unsigned int i = 0; i < io->segments; i++)
		ref[i] = io->segment[i].ref;
	if (blk_get_pages(d, ref, io->segments, !write, page, &area, &mapped))
		return RINGONE_BLK_ERROR;
	for (unsigned int i = 0; i < io->segments; i++) {
		const struct ringone_blk_segment *s = &io->segment[i];

		piece[i].at = (char *)page[i] + s->first * BLK_SECTOR;
		piece[i].len = (s->last - s->first + 1) * BLK_SECTOR;
		d->bytes += piece[i].len;
	}
	error = write ? image->write(image, piece, io->segments, at)
		      : image->read(image, piece, io->segments, at);
	blk_put_pages(d, area, mapped);
	return error ? RINGONE_BLK_ERROR : RINGONE_BLK_OKAY;
}

static int flush(struct blk_device *d)
{
	d->flushes++;
	return d->image->flush(d->image) ? RINGONE_BLK_ERROR : RINGONE_BLK_OKAY;
}

static int serve_one(struct blk_device *d, const struct blk_io *io)
{
	int ordered = io->operation == RINGONE_BLK_BARRIER, status = RINGONE_BLK_OKAY;

	if (io->operation == RINGONE_BLK_FLUSH)
		return flush(d);
	if (ordered)
		status = flush(d);
	if (!status && io->segments)
		status = perform(d, io);
	if (!status && ordered)
		status = flush(d);
	return status;
}

static void answer(struct blk_device *d, const union ringone_blk_entry *e)
{
	struct ringone_blk_answer a = { 0 };
	struct blk_io io = { 0 };
	int status = blk_judge(d, e, &io);

	if (status)
		d->refused++;
	else
		status = serve_one(d, &io);
	a.id = io.id;
	a.operation = io.operation;
	a.status = status;
	ringone_ring_put(&d->ring, &a, sizeof(a));
	d->served++;
}

static void show(struct blk_device *d)
{
	if (ringone_ring_push_answers(&d->ring))
		d->host->notify(d->host, d->port);
}

#define TOGETHER 8    /* the guest hears of answers at the latest after so many */
#define TURN     1024 /* requests before the caller has a look at the store */

int blk_serve(struct blk_device *d)
{
	unsigned int left = TURN;
	int32_t waiting;

	do {
		unsigned int unseen = 0;

		while ((waiting = ringone_ring_requests(&d->ring)) > 0 && left--) {
			uint32_t at = d->ring.consumed;
			union ringone_blk_entry *e = &d->journal->entry[at % BLK_ENTRIES];

			ringone_ring_take(&d->ring, e, sizeof(*e));
			d->journal->taken = d->ring.consumed;
			answer(d, e);
			if (++unseen == TOGETHER) {
				show(d);
				unseen = 0;
			}
		}
		if (unseen)
			show(d);
		if (waiting)
			return waiting < 0 ? -1 : 1;
	} while (ringone_ring_sleep_requests(&d->ring));
	return 0;
}

/* What was taken by a process that is gone, and not answered. */
static int resume(struct blk_device *d)
{
	uint32_t from = d->ring.produced, left = d->journal->taken - from;

	if (d->journal->magic != BLK_JOURNAL_MAGIC || left > d->ring.entries)
		return -EPROTO;
	d->ring.consumed = d->journal->taken;
	/* Shown one by one: however short the lives of those who serve, each gets further. */
	for (uint32_t i = 0; i < left; i++) {
		answer(d, &d->journal->entry[(from + i) % BLK_ENTRIES]);
		ringone_ring_push_answers(&d->ring);
	}
	/* It may have died between an answer and the word about it. */
	d->host->notify(d->host, d->port);
	return 0;
}

int blk_attach(struct blk_device *d, uint32_t ring_ref, uint32_t port, int again)
{
	int error = 0;

	d->page = d->host->map(d->host, d->guest, &ring_ref, 1, 1);
	if (!d->page)
		return -EFAULT;
	d->port = d->host->bind(d->host, d->guest, port);
	if (d->port < 0) {
		error = d->port;
		d->host->unmap(d->host, d->page, 1);
		d->page = NULL;
		return error;
	}
	ringone_ring_attach(&d->ring, d->page, HOST_PAGE, sizeof(union ringone_blk_entry), 0);
	if (again) {
		error = resume(d);
	} else {
		d->journal->magic = BLK_JOURNAL_MAGIC;
		d->journal->taken = d->ring.consumed;
	}
	if (error)
		blk_detach(d);
	return error;
}

void blk_detach(struct blk_device *d)
{
	if (!d->page)
		return;
	blk_forget_pages(d);
	d->host->unbind(d->host, d->port);
	d->host->unmap(d->host, d->page, 1);
	d->page = NULL;
}
