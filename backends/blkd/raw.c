/* SPDX-License-Identifier: MIT */
/*
 * An image that is the disk, byte for byte. A write is in dom0's page cache when it is answered,
 * which survives this process; a flush waits for the disk below. When that says no, writes that were
 * answered are lost and the kernel will not say so again: the disk fails from then on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "image.h"

/* The Makefile sees to it: with 32 bits, what lies behind 2 GiB would be written elsewhere. */
_Static_assert(sizeof(off_t) == 8, "-D_FILE_OFFSET_BITS=64 is missing");

/* All of the pieces, however many bytes the kernel takes at a time. */
static int transfer(int fd, const struct blk_piece *p, unsigned int n, uint64_t at, int write)
{
	struct iovec v[BLK_MAX_SEGMENTS], *next = v;

	for (unsigned int i = 0; i < n; i++)
		v[i] = (struct iovec){ .iov_base = p[i].at, .iov_len = p[i].len };
	while (n) {
		ssize_t done = write ? pwritev(fd, next, n, at) : preadv(fd, next, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		at += done;
		for (; n && (size_t)done >= next->iov_len; n--)
			done -= next++->iov_len;
		if (n) {
			next->iov_base = (char *)next->iov_base + done;
			next->iov_len -= done;
		}
	}
	return 0;
}

static int raw_read(struct blk_image *image, const struct blk_piece *p, unsigned int n, uint64_t at)
{
	struct image *i = (struct image *)image;

	return i->broken ? -EIO : transfer(i->fd, p, n, at, 0);
}

static int raw_write(struct blk_image *image, const struct blk_piece *p, unsigned int n,
		     uint64_t at)
{
	struct image *i = (struct image *)image;

	return i->broken ? -EIO : transfer(i->fd, p, n, at, 1);
}

static int raw_flush(struct blk_image *image)
{
	struct image *i = (struct image *)image;

	if (!i->broken && fdatasync(i->fd))
		image_breaks(i, "what was written cannot be flushed", errno);
	return i->broken ? -EIO : 0;
}

static int refused(struct image *i, const char *path, const char *why, int error)
{
	fprintf(stderr, "%s: %s: %s\n", i->name, path, why);
	if (i->fd >= 0)
		close(i->fd);
	return -error;
}

int raw_open(struct image *i, const char *path, int readonly)
{
	struct stat s;
	uint64_t bytes;

	i->fd = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (i->fd < 0 || fstat(i->fd, &s))
		return refused(i, path, strerror(errno), errno);
	if (S_ISREG(s.st_mode))
		bytes = s.st_size;
	else if (!S_ISBLK(s.st_mode) || ioctl(i->fd, BLKGETSIZE64, &bytes))
		return refused(i, path, "neither a file nor a block device", EINVAL);
	if (bytes < BLK_SECTOR)
		return refused(i, path, "smaller than a sector; truncate -s SIZE makes an image",
			       EINVAL);
	i->image = (struct blk_image){ .sectors = bytes / BLK_SECTOR,
				       .readonly = readonly,
				       .read = raw_read,
				       .write = raw_write,
				       .flush = raw_flush };
	return 0;
}
