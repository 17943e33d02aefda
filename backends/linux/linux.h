/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_LINUX_H
#define BACKENDS_LINUX_H

/*
 * The ten functions of host.h in a process of dom0's Linux: grants through /dev/xen/gntdev, events
 * through /dev/xen/evtchn, the store through xenstored's socket. One of these per device.
 */
#include "host.h"

struct linux_host {
	struct host host; /* first: the functions get this back */
	char name[48];    /* at the beginning of every line of the log */
	int gnt, evt, store;
	uint32_t request; /* of the store, the last one's number */
	int fired;        /* a watch has, and nobody has been told yet */
	int more;         /* another descriptor that ends wait() when it can be read; -1: none */
};

/* Opens all three; 0, or the error of the one that could not be (said on stderr). */
int linux_host_open(struct linux_host *h, const char *name);
void linux_host_close(struct linux_host *h);

/* The store (store.c): what linux_host_open() uses, and a program without devices alone. */
int store_open(struct linux_host *h);
int store_read(struct host *h, const char *path, char *value, size_t size);

/* The number in node @name of folder @dir; -1: not there. */
int store_number(struct host *h, const char *dir, const char *name);

/*
 * In one transaction: writes @path if the node @there is still there, -ENOENT if not. What the tools
 * have removed with a guest must not come back because somebody had yet to say that it is closed.
 */
int store_write_while(struct host *h, const char *there, const char *path, const char *value);

/* The same, while the folder is there in which @path lies. */
int store_write(struct host *h, const char *path, const char *value);

int store_watch(struct host *h, const char *path);

/* The names below @path, one behind the other, each closed by a 0; their length or an error. */
int store_list(struct host *h, const char *path, char *names, size_t size);

/* Takes what has come unasked; to be called when the socket can be read. 0 or an error. */
int store_heard(struct linux_host *h);

#endif
