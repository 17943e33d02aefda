/* SPDX-License-Identifier: MIT */
#ifndef NETD_CORE_H
#define NETD_CORE_H

/*
 * The network back end: one device. The guest sends through one ring and offers pages for what
 * comes through the other (io/netif.h, whose entries look the same from every word size):
 *
 *	sending		request 0 ref  4 offset (2)  6 flags (2)  8 id (2)  10 size (2)
 *			answer  0 id (2)  2 status (2)
 *	receiving	request 0 id (2)  4 ref
 *			answer  0 id (2)  2 offset (2)  4 flags (2)  6 status (2), the length
 *
 * TWO WAYS to a guest. Copying: its page is granted, the hypervisor copies the frame into it.
 * Flipping: its entry accepts a transfer, and the page in which the frame lies becomes the guest's;
 * nothing is copied. The guest chooses (`request-rx-copy`), if the system can flip.
 *
 * Whatever the guest writes is copied once and judged on the copy; every access to its memory is by
 * reference, bounds and all checked by the hypervisor; an index that cannot be ends the connection.
 * Needs no C library.
 */
#include "host.h"
#include <ringone/wire.h>

#define NET_BATCH 32   /* frames of one turn */
#define NET_FRAME 1514 /* bytes of the longest one, Ethernet's header included */

/* One copy between a page of the guest's and ours. */
struct net_copy {
	uint32_t ref;
	uint16_t offset, len;
	void *ours;
	int status; /* 0, or what is wrong */
};

/* One page given away. */
struct net_flip {
	uint32_t ref;
	void *page;
	int status;
};

/* A host that can do this besides: two more functions. */
struct net_host {
	struct host *host;

	/* @n copies from domain @dom, or to it; each has its status afterwards. */
	void (*copy)(struct net_host *h, uint16_t dom, struct net_copy *c, unsigned int n, int to);

	/*
	 * Gives the frames under @n pages to domain @dom; others are under them afterwards. NULL:
	 * the host cannot flip.
	 */
	void (*flip)(struct net_host *h, uint16_t dom, struct net_flip *f, unsigned int n);
};

struct net_tx_request {
	uint32_t ref;
	uint16_t offset, flags, id, size;
};

struct net_tx_answer {
	uint16_t id;
	int16_t status;
};

struct net_rx_request {
	uint16_t id, unused;
	uint32_t ref;
};

struct net_rx_answer {
	uint16_t id, offset, flags;
	int16_t status;
};

#define NET_TX_ENTRY 12 /* bytes of an entry of the sending ring */
#define NET_RX_ENTRY 8

#define NET_OKAY    0
#define NET_ERROR   (-1)
#define NET_DROPPED (-2)
#define NET_NULL    1

/* Flags of a request to send. */
#define NET_CSUM_BLANK 1
#define NET_MORE_DATA  4
#define NET_EXTRA      8

/* A page of ours with a frame from its beginning. */
struct net_frame {
	void *page;
	uint16_t len;
};

struct net_device {
	struct net_host *host;
	uint16_t guest;
	int flip;
	struct ringone_ring tx, rx;
	void *tx_page, *rx_page; /* NULL: not connected */
	int port;
	int skipping; /* the rest of a frame that is not served (from.c) */
	uint64_t sent, received, refused;
};

/* 0, or an error: then nothing is left mapped. @flip: the guest accepts transfers. */
int net_attach(struct net_device *d, uint32_t tx_ref, uint32_t rx_ref, uint32_t port, int flip);
void net_detach(struct net_device *d);

/*
 * After net_attach() to rings that one served who died: no request of theirs can be believed, an
 * answer that nobody was shown may lie over it. All that wait are answered as failed: the frames
 * are lost, as on a wire, and the guest offers its pages again. 0; -1: an index cannot be.
 */
int net_take_over(struct net_device *d);

/*
 * Takes what the guest sends: at most @n frames, each into frame[i].page, its length beside it.
 * How many; 0: none, the next one notifies; -1: the ring's index cannot be; -2: nothing but requests
 * that make no sense so far, call again.
 */
int net_from_guest(struct net_device *d, struct net_frame *frame, unsigned int n);

/* How many frames the guest has offered pages for, at most NET_BATCH; -1 as above. */
int net_room(struct net_device *d);

/*
 * Hands the guest @n frames, at most as many as there is room for. Their pages are the caller's to
 * use again, with undefined contents. How many have arrived.
 */
int net_to_guest(struct net_device *d, const struct net_frame *frame, unsigned int n);

/* Fills in the checksum of a TCP or UDP packet that its sender left to others (checksum.c). */
void net_checksum(uint8_t *frame, unsigned int len);

#endif
