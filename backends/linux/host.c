/* SPDX-License-Identifier: MIT */
/*
 * Grants and events in a process of dom0 (linux.h). The kernel's device files give each page its
 * mapping and each port its queue; both are gone with the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "linux.h"
#include <xen/grant_table.h>
#include <xen/evtchn.h>
#include <xen/gntdev.h>

#define MAP_MOST 64 /* pages of one map() */

static struct linux_host *of(struct host *h)
{
	return (struct linux_host *)h;
}

static void release(struct linux_host *h, uint64_t index, unsigned int n)
{
	struct ioctl_gntdev_unmap_grant_ref u = { .index = index, .count = n };

	if (ioctl(h->gnt, IOCTL_GNTDEV_UNMAP_GRANT_REF, &u))
		fprintf(stderr, "%s: gntdev does not let go of %u pages: %s\n", h->name, n,
			strerror(errno));
}

static void *map(struct host *host, uint16_t dom, const uint32_t *refs, unsigned int n, int write)
{
	struct linux_host *h = of(host);
	union {
		struct ioctl_gntdev_map_grant_ref m;
		char room[sizeof(struct ioctl_gntdev_map_grant_ref) +
			  MAP_MOST * sizeof(struct ioctl_gntdev_grant_ref)];
	} u = { 0 };
	struct ioctl_gntdev_grant_ref *ref = u.m.refs;
	void *at;

	if (!n || n > MAP_MOST)
		return NULL;
	u.m.count = n;
	for (unsigned int i = 0; i < n; i++)
		ref[i] = (struct ioctl_gntdev_grant_ref){ .domid = dom, .ref = refs[i] };
	if (ioctl(h->gnt, IOCTL_GNTDEV_MAP_GRANT_REF, &u))
		return NULL;
	at = mmap(NULL, n * HOST_PAGE, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
		  h->gnt, u.m.index);
	if (at != MAP_FAILED)
		return at;
	release(h, u.m.index, n);
	return NULL;
}

static void unmap(struct host *host, void *at, unsigned int n)
{
	struct linux_host *h = of(host);
	struct ioctl_gntdev_get_offset_for_vaddr o = { .vaddr = (uintptr_t)at };

	if (ioctl(h->gnt, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &o))
		return;
	munmap(at, n * HOST_PAGE);
	release(h, o.offset, n);
}

static int bind_port(struct host *host, uint16_t dom, uint32_t port)
{
	struct ioctl_evtchn_bind_interdomain b = { .remote_domain = dom, .remote_port = port };
	int local = ioctl(of(host)->evt, IOCTL_EVTCHN_BIND_INTERDOMAIN, &b);

	return local < 0 ? -errno : local;
}

static void unbind_port(struct host *host, int port)
{
	struct ioctl_evtchn_unbind u = { .port = port };

	ioctl(of(host)->evt, IOCTL_EVTCHN_UNBIND, &u);
}

static void notify(struct host *host, int port)
{
	struct ioctl_evtchn_notify n = { .port = port };

	ioctl(of(host)->evt, IOCTL_EVTCHN_NOTIFY, &n);
}

/* Takes the ports that were notified, and lets them be notified again. */
static void take_ports(struct linux_host *h)
{
	uint32_t port[32];
	ssize_t n = read(h->evt, port, sizeof(port));

	if (n > 0 && write(h->evt, port, n) != n)
		fprintf(stderr, "%s: evtchn: %s\n", h->name, strerror(errno));
}

static int wait_event(struct host *host, int ms)
{
	struct linux_host *h = of(host);
	struct pollfd p[3] = { { .fd = h->evt, .events = POLLIN },
			       { .fd = h->store, .events = POLLIN },
			       { .fd = h->more, .events = POLLIN } };
	int error = 0, fired;

	if (h->fired)
		ms = 0;
	if (poll(p, 3, ms) < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[0].revents)
		take_ports(h);
	if (p[1].revents)
		error = store_heard(h);
	fired = h->fired;
	h->fired = 0;
	return error ? error : fired;
}

static void say(struct host *host, const char *sentence)
{
	fprintf(stderr, "%s: %s\n", of(host)->name, sentence);
}

static int open_device(const struct linux_host *h, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fprintf(stderr, "%s: %s: %s; is this dom0, with a kernel that has it?\n", h->name,
			path, strerror(errno));
	return fd;
}

int linux_host_open(struct linux_host *h, const char *name)
{
	*h = (struct linux_host){ .host = { .map = map,
					    .unmap = unmap,
					    .bind = bind_port,
					    .unbind = unbind_port,
					    .notify = notify,
					    .read = store_read,
					    .write = store_write,
					    .watch = store_watch,
					    .wait = wait_event,
					    .say = say } };
	snprintf(h->name, sizeof(h->name), "%s", name);
	h->more = -1;
	h->gnt = open_device(h, "/dev/xen/gntdev");
	h->evt = open_device(h, "/dev/xen/evtchn");
	if (h->gnt < 0 || h->evt < 0)
		return -ENODEV;
	return store_open(h);
}

void linux_host_close(struct linux_host *h)
{
	close(h->gnt);
	close(h->evt);
	close(h->store);
}
