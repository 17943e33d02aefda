/* SPDX-License-Identifier: MIT */
/*
 * netd: the network card of one guest, in user space, on a tap.
 *
 *	netd FOLDER TAP		FOLDER: the back end's in the store (backend/vif/5/0), as the
 *				tools' scripts have it in $XENBUS_PATH; TAP: the interface to make
 *
 * Returns when the interface is there. Two processes stay behind until the card is detached or its
 * guest is gone: one serves it, the other holds the interface and starts the first again when it
 * dies, so that the interface stays in its bridge and the guest sees a pause and a few lost frames.
 * What is sent and received is copied by the hypervisor (GNTTABOP_copy), in batches.
 * Pages are not flipped here: the frames would have to be unknown to the kernel (../../README.md).
 *
 * Exit status: 0 done, 1 something could not be had, 2 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../linux/linux.h"
#include "live.h"
#include <xen/grant_table.h>
#include <xen/evtchn.h>
#include <xen/gntdev.h>

struct net {
	struct net_host net; /* of the core */
	struct linux_host host;
};

struct tap {
	struct net_wire wire; /* first */
	struct linux_host *host;
	int fd;
};

static struct net me;
static uint8_t page[NET_BATCH][HOST_PAGE] __attribute__((aligned(HOST_PAGE)));

static void copy(struct net_host *h, uint16_t dom, struct net_copy *c, unsigned int n, int to)
{
	struct gntdev_grant_copy_segment s[NET_BATCH];
	struct ioctl_gntdev_grant_copy op = { .count = n, .segments = s };

	(void)h;
	memset(s, 0, sizeof(s));
	for (unsigned int i = 0; i < n; i++) {
		s[i].len = c[i].len;
		s[i].flags = to ? GNTCOPY_dest_gref : GNTCOPY_source_gref;
		if (to)
			s[i].source.virt = c[i].ours;
		else
			s[i].dest.virt = c[i].ours;
		if (to) {
			s[i].dest.foreign.ref = c[i].ref;
			s[i].dest.foreign.offset = c[i].offset;
			s[i].dest.foreign.domid = dom;
		} else {
			s[i].source.foreign.ref = c[i].ref;
			s[i].source.foreign.offset = c[i].offset;
			s[i].source.foreign.domid = dom;
		}
		s[i].status = GNTST_general_error;
	}
	if (ioctl(me.host.gnt, IOCTL_GNTDEV_GRANT_COPY, &op))
		for (unsigned int i = 0; i < n; i++)
			s[i].status = GNTST_general_error;
	for (unsigned int i = 0; i < n; i++)
		c[i].status = s[i].status;
}

static void tap_send(struct net_wire *w, const void *frame, unsigned int len)
{
	/* An interface that is down, or full, loses it, as wires do. */
	if (write(((struct tap *)w)->fd, frame, len) < 0)
		return;
}

static unsigned int tap_receive(struct net_wire *w, void *frame, unsigned int size)
{
	ssize_t n = read(((struct tap *)w)->fd, frame, size);

	return n > 0 ? n : 0;
}

static void tap_listen(struct net_wire *w, int on)
{
	((struct tap *)w)->host->more = on ? ((struct tap *)w)->fd : -1;
}

/*
 * The interface is a wire's end, and gets the address that Linux's back end gives its own: a bridge
 * takes the lowest one among its ports for its own, and with a random one every new guest would have
 * changed the address that all others have written down for dom0.
 */
static const unsigned char highest[6] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };

static int tap_open(struct tap *t, const char *name)
{
	struct ifreq r = { 0 }, address = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	r.ifr_flags = IFF_TAP | IFF_NO_PI;
	memcpy(address.ifr_hwaddr.sa_data, highest, sizeof(highest));
	t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0 || ioctl(t->fd, TUNSETIFF, &r) || ioctl(t->fd, SIOCSIFHWADDR, &address)) {
		fprintf(stderr, "netd: the tap %s: %s\n", name, strerror(errno));
		return -1;
	}
	t->wire =
		(struct net_wire){ .send = tap_send, .receive = tap_receive, .listen = tap_listen };
	t->host = &me.host;
	return 0;
}

#define QUICK 30 /* deaths within a second of each other that are enough */

static int serve(const char *back, const char *name, struct tap *tap)
{
	static struct net_frame frames[NET_BATCH];
	static struct net_device d;
	int error;

	if (linux_host_open(&me.host, name))
		return 1;
	me.net.host = &me.host.host;
	me.net.copy = copy;
	d.host = &me.net;
	for (int i = 0; i < NET_BATCH; i++)
		frames[i].page = page[i];
	error = net_live(&d, &tap->wire, frames, back);
	fprintf(stderr, "%s: %s; %llu frames from the guest, %llu to it, %llu refused\n", name,
		error ? strerror(-error) : "detached", (unsigned long long)d.sent,
		(unsigned long long)d.received, (unsigned long long)d.refused);
	return error ? 1 : 0;
}

/* Has the card served until that ends by itself, by one process after the other. */
static int keep(const char *back, const char *name, struct tap *tap)
{
	unsigned int quick = 0;

	while (quick <= QUICK) {
		time_t begun = time(NULL);
		pid_t pid = fork();
		int status;

		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			exit(serve(back, name, tap));
		}
		if (pid < 0) {
			sleep(1); /* no memory for it now */
			continue;
		}
		if (waitpid(pid, &status, 0) != pid)
			break;
		if (WIFEXITED(status) && !WEXITSTATUS(status))
			return 0;
		quick = time(NULL) - begun < 2 ? quick + 1 : 0;
		fprintf(stderr, "%s: its process ended (status %#x)\n", name, status);
	}
	fprintf(stderr, "%s: given up\n", name);
	return 1;
}

int main(int argc, char **argv)
{
	struct tap tap;
	char name[sizeof(me.host.name)];

	if (argc != 3) {
		fprintf(stderr, "netd: usage: netd FOLDER TAP (backend/vif/5/0 vif5.0)\n");
		return 2;
	}
	snprintf(name, sizeof(name), "netd %s", argv[2]);
	/* What cannot be had is said to whoever started this, before it goes to the background. */
	if (tap_open(&tap, argv[2]) || linux_host_open(&me.host, name))
		return 1;
	linux_host_close(&me.host);
	signal(SIGPIPE, SIG_IGN);
	if (daemon(0, 1))
		return 1;
	return keep(argv[1], name, &tap);
}
