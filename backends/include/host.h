/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_HOST_H
#define BACKENDS_HOST_H

/*
 * What a back end needs of the system it runs on: ten functions. The cores (blkd/core, netd/core)
 * know nothing else of it, so that the same C serves in dom0's user space (linux/), in a guest of
 * the shim, and on a build host where a test plays all of it.
 *
 * Errors are negative errno values of the host's own; nothing here is allowed to kill the caller.
 */
#include <stddef.h>
#include <stdint.h>

#define HOST_PAGE 4096

struct host {
	/*
	 * Maps @n granted pages of domain @dom behind one another; @write: for writing, too. All or
	 * none: NULL when one of them cannot be mapped. unmap() takes what one map() gave.
	 */
	void *(*map)(struct host *h, uint16_t dom, const uint32_t *refs, unsigned int n, int write);
	void (*unmap)(struct host *h, void *at, unsigned int n);

	/* A local port bound to @port of domain @dom, or an error. */
	int (*bind)(struct host *h, uint16_t dom, uint32_t port);
	void (*unbind)(struct host *h, int port);
	void (*notify)(struct host *h, int port);

	/* The value of a node, closed by a 0 and cut to @size; its length, or an error. */
	int (*read)(struct host *h, const char *path, char *value, size_t size);

	/*
	 * Only while the folder is there in which the node lies: what the tools have removed with a
	 * guest does not come back.
	 */
	int (*write)(struct host *h, const char *path, const char *value);

	/* From now on changes at or below @path end wait(). */
	int (*watch)(struct host *h, const char *path);

	/*
	 * Sleeps until a port was notified or a watch fired, @ms at most (-1: for ever). 1 when a watch
	 * has fired since the last time, else 0; or an error. Only then is there anything new in the
	 * store: what each event asks of it, all others that use the store wait for.
	 */
	int (*wait)(struct host *h, int ms);

	/* For the log: one sentence. */
	void (*say)(struct host *h, const char *sentence);
};

#endif
