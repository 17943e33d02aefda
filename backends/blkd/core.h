/* SPDX-License-Identifier: MIT */
#ifndef BLKD_CORE_H
#define BLKD_CORE_H

/*
 * The block back end: one device. Whatever stands in the shared ring, in the store below the
 * guest's folder, and behind its references is the guest's to choose at any moment; the rules:
 *
 *	an entry is copied out of the ring once, and judged on the copy
 *	a request touches pages that its own guest granted, and sectors of its own image
 *	what makes no sense is answered with an error; an index that cannot be ends the connection
 *
 * PROMISES. Requests are served and answered in the order in which they stand in the ring, each
 * when the image has taken it. A flush, and both ends of a barrier, are answered when the image
 * says that all before is on the disk.
 *
 * A KILL at any moment loses nothing that was answered, and nothing that was asked: taken requests
 * are kept in a journal (shared memory that outlives the process) until they are answered, and the
 * next process to serve the ring begins with them. To write the same sectors a second time is
 * harmless, because nothing behind them has been answered.
 */
#include "host.h"
#include <ringone/wire.h>
#include <ringone/wire_block.h>

#define BLK_SECTOR       512
#define BLK_MAX_SEGMENTS 32 /* of an indirect request; what is announced */
/*
 * Pages kept mapped for a guest that asks for it. Each takes a page and two handles of dom0's, which
 * has 32,768 of these for all its back ends.
 */
#define BLK_KEPT    256
#define BLK_ENTRIES 32 /* of a ring of one page */

/* Part of a page of the guest's. */
struct blk_piece {
	void *at;
	size_t len;
};

/*
 * Where the sectors are. read and write transfer all of the pieces, from byte @at of the image,
 * and return 0 or an error; what write has taken survives the end of the process. flush returns
 * when it survives the end of the machine, too.
 */
struct blk_image {
	uint64_t sectors;
	int readonly;
	int (*read)(struct blk_image *i, const struct blk_piece *p, unsigned int n, uint64_t at);
	int (*write)(struct blk_image *i, const struct blk_piece *p, unsigned int n, uint64_t at);
	int (*flush)(struct blk_image *i);
};

/* Outlives the process that writes it. */
struct blk_journal {
	uint32_t magic;
	volatile uint32_t taken;  /* index behind the last request that was taken */
	volatile uint32_t broken; /* what was answered may be lost: the device fails for good */
	union ringone_blk_entry entry[BLK_ENTRIES];
};

#define BLK_JOURNAL_MAGIC 0x6a6b6c63

/* A request that has been judged: every number in range. */
struct blk_io {
	uint8_t operation; /* RINGONE_BLK_READ, _WRITE, _BARRIER or _FLUSH; the answer names it, too */
	unsigned int segments;
	uint64_t id, sector;
	struct ringone_blk_segment segment[BLK_MAX_SEGMENTS];
};

/* Pages that stay mapped, by reference. */
struct blk_kept {
	uint32_t ref;
	void *page;
};

struct blk_device {
	struct host *host;
	struct blk_image *image;
	struct blk_journal *journal;
	uint16_t guest;
	int persistent; /* the guest asked that its pages stay mapped */

	struct ringone_ring ring;
	void *page; /* of the ring, NULL: not connected */
	int port;

	unsigned int n_kept, n_areas;
	struct blk_kept kept[BLK_KEPT];
	struct {
		void *at;
		unsigned int n;
	} area[BLK_KEPT];

	/* For the log and for tests. */
	uint64_t served, refused, bytes, flushes;
};

/* Judgement (request.c) ------------------------------------------------------------------- */

/* What the guest's entry asks for. Fills @io; 0, or the status to answer with. */
int blk_judge(struct blk_device *d, const union ringone_blk_entry *e, struct blk_io *io);

/* Pages (pages.c) ------------------------------------------------------------------------- */

/*
 * The pages of @n references, each at page[i]; @write: the other side's memory is written. Ends
 * with blk_put_pages(), which is given *@area and *@mapped as they came. 0 or an error.
 */
int blk_get_pages(struct blk_device *d, const uint32_t *refs, unsigned int n, int write,
		  void **page, void **area, unsigned int *mapped);
void blk_put_pages(struct blk_device *d, void *area, unsigned int mapped);
void blk_forget_pages(struct blk_device *d);

/* The ring (serve.c) ---------------------------------------------------------------------- */

/*
 * Connects to a ring; @resume: it has been served before, by a process that is gone. 0 or an error:
 * then nothing is left mapped.
 */
int blk_attach(struct blk_device *d, uint32_t ring_ref, uint32_t port, int resume);

/*
 * Serves what is there. 0: all of it, the next request notifies; 1: there is more, call again; -1:
 * the guest's index cannot be, the connection must end.
 */
int blk_serve(struct blk_device *d);
void blk_detach(struct blk_device *d);

/* The store (connect.c) ------------------------------------------------------------------- */

/*
 * The life of the device whose back end's folder is @back, from its first announcement to its
 * end: 0 when it was detached, or an error. @d has host, image and journal.
 */
int blk_live(struct blk_device *d, const char *back);

#endif
