/* SPDX-License-Identifier: MIT */
/*
 * The process that serves one device. Its journal lies in /run, which is memory: it outlives the
 * process and not the machine, and neither do the requests in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../linux/linux.h"
#include "image.h"
#include "worker.h"

#define DIR "/run/blkd"

static struct blk_journal *open_journal(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, sizeof(struct blk_journal)))
		at = mmap(NULL, sizeof(struct blk_journal), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);
	if (at == MAP_FAILED) {
		fprintf(stderr, "blkd: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	close(fd);
	return at;
}

/* "FORMAT:PATH" of the toolstack, whose word for raw is aio. */
static int open_image(struct image *i, struct linux_host *h, const char *back, const char *socket)
{
	char path[256], params[512], mode[8], *file;
	int readonly;

	snprintf(path, sizeof(path), "%s/params", back);
	if (store_read(&h->host, path, params, sizeof(params)) <= 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/mode", back);
	readonly = store_read(&h->host, path, mode, sizeof(mode)) <= 0 || mode[0] != 'w';
	file = strchr(params, ':');
	if (!file) {
		fprintf(stderr, "%s: '%s' is not FORMAT:FILE\n", h->name, params);
		return -EINVAL;
	}
	*file++ = 0;
	if (!strcmp(params, "raw") || !strcmp(params, "aio"))
		return raw_open(i, file, readonly);
	return nbd_open(i, strcmp(params, "vhd") ? params : "vpc", file, readonly, socket);
}

void worker_failed(struct linux_host *h, const char *back)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/error", back);
	store_write(&h->host, path, "the image cannot be served; the log of blkd says why");
	snprintf(path, sizeof(path), "%s/state", back);
	store_write(&h->host, path, "6");
}

int worker(unsigned int guest, const char *device, const char *back)
{
	static struct blk_device d;
	struct linux_host h;
	struct image image = { .fd = -1 };
	char name[sizeof(h.name)], journal[128], socket[128];
	int error, served;

	snprintf(name, sizeof(name), "blkd %u/%s", guest, device);
	snprintf(journal, sizeof(journal), DIR "/%u-%s", guest, device);
	snprintf(socket, sizeof(socket), DIR "/%u-%s.nbd", guest, device);
	if (linux_host_open(&h, name))
		return WORKER_NO_HOST;
	memcpy(image.name, name, sizeof(image.name));
	d.host = &h.host;
	d.image = &image.image;
	d.journal = open_journal(journal);
	if (!d.journal)
		return WORKER_NO_HOST;
	if (store_number(&h.host, back, "state") ==
	    1) /* a new device: what lies there is not about it */
		*d.journal = (struct blk_journal){ 0 };
	served = d.journal->magic == BLK_JOURNAL_MAGIC;
	image.journal = d.journal;
	image.broken = served && d.journal->broken;
	error = open_image(&image, &h, back, socket);
	/*
	 * A guest waits, and what is in the way may pass: the server before is still closing the image,
	 * memory is short.  Whoever starts us tries again, for a while.
	 */
	if (error && served && error != -ENOENT && error != -EINVAL &&
	    store_number(&h.host, back, "online") == 1)
		return WORKER_NO_HOST;
	if (error) {
		worker_failed(&h, back);
		return WORKER_NO_IMAGE;
	}
	error = blk_live(&d, back);
	fprintf(stderr, "%s: %s after %llu requests (%llu refused), %llu KiB, %llu flushes\n", name,
		error ? strerror(-error) : "detached", (unsigned long long)d.served,
		(unsigned long long)d.refused, (unsigned long long)d.bytes >> 10,
		(unsigned long long)d.flushes);
	if (!error)
		unlink(journal);
	return error ? WORKER_NO_HOST : 0;
}
