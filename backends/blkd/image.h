/* SPDX-License-Identifier: MIT */
#ifndef BLKD_IMAGE_H
#define BLKD_IMAGE_H

/* Where the sectors of a device are, on Linux. Both say on stderr what is wrong. */
#include "core.h"

struct image {
	struct blk_image image; /* first */
	int fd;
	uint64_t serial; /* of a question to qemu-nbd */
	int broken;      /* something that was answered may be lost: nothing is served any more */
	struct blk_journal *journal; /* remembers that for the next process; NULL: nobody does */
	char name[48];
};

/* Says @why and @error (an errno value), and the disk fails from now on. */
void image_breaks(struct image *i, const char *why, int error);

/* A file or a block device as it is. */
int raw_open(struct image *i, const char *path, int readonly);

/*
 * A file of another format (qcow2, qed, vpc, ...), which Debian's qemu-nbd reads and writes:
 * started here, spoken to through @socket, it ends when this process does.
 */
int nbd_open(struct image *i, const char *format, const char *path, int readonly,
	     const char *socket);

/* The half of it that speaks to a server that is there already. */
int nbd_attach(struct image *i, const char *socket);

#endif
