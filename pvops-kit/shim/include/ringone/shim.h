/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_SHIM_H
#define RINGONE_SHIM_H

/*
 * The shim: what every kernel needs to live in ring 1, written once.
 *
 * THE OS GIVES
 *
 *	ringone_hypercall_page	a page of its own text, announced in its ELF notes
 *	memcpy, memset		as any freestanding C program
 *	ringone_os_*		four functions, declared below; only the part from "Grants" on
 *				needs them, a kernel without devices can leave them out; a fifth,
 *				ringone_os_reframe(), if pages are to be flipped or a network
 *				device is used
 *
 * THE OS GETS
 *
 *	ringone/discover.h	who is underneath and what it offers beyond Xen
 *	ringone/hypercall.h	the hypercalls, typed
 *	ringone/wire.h		shared rings, for both ends
 *	ringone/entry.h		assembly: trap entry for both page-fault frames, return
 *	this file		traps, page tables, events, clock, console;
 *				grants, store, block and network devices
 *
 * Nothing here keeps state of its own except what the caller passes in, nothing takes a lock: two
 * users of one structure are the OS's to keep apart. Up to the console everything may be called
 * with events masked and never sleeps. Nothing panics: errors come back as negative numbers of
 * xen/errno.h, and what to do about them is the OS's to decide.
 *
 * A port's first minutes, in order (docs/porting.md tells the whole story):
 *
 *	features = ringone_features();			forced CPUID, works without traps
 *	entry = features & RINGONE_FEATURE_CR2_FRAME ? pf_cr2 : pf_plain;
 *	ringone_trap(&table[n++], 14, RINGONE_TRAP_MASK_EVENTS, cs, entry, features);
 *	...						a zeroed entry ends the table
 *	ringone_set_trap_table(table);
 *	ringone_set_callbacks(cs, upcall, cs, failsafe);
 *	shared->vcpu_info[0].evtchn_upcall_mask = 0;	events may come now
 */
#include <ringone/discover.h>
#include <ringone/hypercall.h>
#include <ringone/wire.h>

/* What the OS gives ----------------------------------------------------------------------- */

/* A zeroed page that is mapped and stays where it is; NULL: there is none. */
void *ringone_os_page(void);
void ringone_os_page_free(void *page);

/* Machine frame of such a page. */
unsigned long ringone_os_frame(const void *page);

/* Maps machine frame @mfn, which is not ordinary memory of ours, writable; NULL: no room. */
void *ringone_os_map(unsigned long mfn);

/* Such a page has another machine frame from now on (page flipping). */
void ringone_os_reframe(void *page, unsigned long mfn);

/* Traps ----------------------------------------------------------------------------------- */

/*
 * Fills one trap-table entry, using the additions that @features names (ringone_trap_flags()).
 * @flags as for Xen: DPL in bits 1:0, RINGONE_TRAP_MASK_EVENTS. @handler must fit the frame
 * that results: for vector 14 the OS picks one of its two entry points by the same @features.
 */
static inline void ringone_trap(struct trap_info *entry, unsigned int vector, unsigned int flags,
				unsigned int cs, const void *handler, unsigned int features)
{
	entry->vector = vector;
	entry->flags = ringone_trap_flags(vector, flags, features);
	entry->cs = cs;
	entry->address = (unsigned long)handler;
}

/* Page tables ----------------------------------------------------------------------------- */

#define RINGONE_BATCH 32 /* requests a batch holds; costs 512 bytes where it lies */

/* Page-table writes waiting to go down together. Zeroed is empty. */
struct ringone_batch {
	unsigned int count;
	unsigned int failed_at; /* after an error: index of the request that was refused */
	mmu_update_t req[RINGONE_BATCH];
};

/*
 * Sends what waits. Returns 0, or the hypervisor's -errno with @batch->failed_at set; the
 * requests before that one have taken effect, those behind it have not. Empties the batch.
 */
long ringone_batch_flush(struct ringone_batch *batch);

/*
 * Appends "*@ma = @val" (@ma: machine address of the entry, @how: MMU_* command bits); flushes
 * first when the batch is full. Returns 0 or what that flush returned, with @val not queued.
 */
long ringone_batch_add(struct ringone_batch *batch, uint64_t ma, uint64_t val, unsigned int how);

/*
 * One operation on a table's machine frame @mfn: MMUEXT_PIN_L1_TABLE to MMUEXT_PIN_L3_TABLE,
 * MMUEXT_UNPIN_TABLE, MMUEXT_NEW_BASEPTR. Pinned tables stay validated while no CR3 names them.
 */
long ringone_table_op(unsigned int cmd, unsigned long mfn);

/* Forgets this processor's translation of @va. */
long ringone_flush_page(unsigned long va);

/* Descriptor tables ----------------------------------------------------------------------- */

/*
 * ringone_set_gdt() (hypercall.h) takes the frames of the GDT, which no mapping may show writable
 * any more; ringone_update_descriptor() changes one entry after that.
 *
 * An LDT of @entries descriptors at linear address @va, read-only as well; 0 entries: none.
 */
long ringone_set_ldt(const void *va, unsigned int entries);

/* Events ---------------------------------------------------------------------------------- */

/*
 * The body of an upcall: takes every pending, unmasked port of @vcpu, clears it and hands it to
 * @take. Call with this VCPU's upcall mask set; returns with it set and with nothing left that
 * was pending at the last look. Returns the number of ports taken.
 */
unsigned int ringone_event_loop(struct shared_info *shared, struct vcpu_info *vcpu,
				void (*take)(evtchn_port_t port));

/* 2-level bitmaps: bit @port of @map, which holds 1024 of them. */
static inline int ringone_port_test(const xen_ulong_t *map, evtchn_port_t port)
{
	return map[port / 32] >> (port % 32) & 1;
}

/* Atomic against the hypervisor on any processor. */
void ringone_port_set(xen_ulong_t *map, evtchn_port_t port);
void ringone_port_clear(xen_ulong_t *map, evtchn_port_t port);

/* Clock ----------------------------------------------------------------------------------- */

/* Nanoseconds of system time (since the hypervisor started) from a VCPU's time page. */
uint64_t ringone_clock_ns(const struct vcpu_time_info *time);

/* Seconds and nanoseconds since 1970 when system time was 0; @nsec may be NULL. */
uint64_t ringone_wallclock(const struct shared_info *shared, uint32_t *nsec);

/* Console --------------------------------------------------------------------------------- */

/* One of two ways to the person watching; the initial domain has the first, others the second. */
struct ringone_console {
	struct xencons_interface *ring; /* NULL: console_io */
	evtchn_port_t port;             /* of the ring */
};

/* Writes all of @text; spins (yielding) while a ring is full. */
void ringone_console_write(const struct ringone_console *con, const char *text, size_t len);

/* Reads at most @size bytes that are there already; returns how many. */
size_t ringone_console_read(const struct ringone_console *con, char *buf, size_t size);

/* Grants ---------------------------------------------------------------------------------- */

#define RINGONE_GRANTS 512 /* entries on the one page of grant table that we use */

/* What other domains may touch of our memory, entry by entry. Eight entries are Xen's. */
struct ringone_grants {
	grant_entry_v1_t *table;
	unsigned int next; /* where to look first */
};

/* Sets up a table of one page. Once, before anything below. */
long ringone_grants_init(struct ringone_grants *g);

/* Lets domain @to map or copy @frame; @readonly forbids it to write. The reference; 0: table full. */
grant_ref_t ringone_grant(struct ringone_grants *g, domid_t to, unsigned long frame, int readonly);

/* Takes it back: 0, or -XEN_EBUSY while the other side still has the frame mapped. */
long ringone_grant_end(struct ringone_grants *g, grant_ref_t ref);

/*
 * Lets domain @to give us a frame ("transfer"). When it has, ringone_grant_received() takes the
 * entry back and returns the frame; 0: it has not, the entry stays as it is.
 */
grant_ref_t ringone_grant_transfer(struct ringone_grants *g, domid_t to);
unsigned long ringone_grant_received(struct ringone_grants *g, grant_ref_t ref);

/* Page flipping --------------------------------------------------------------------------- */

#define RINGONE_FLIP 32 /* pages of one call at most */

/*
 * Each for @n of the OS's pages (ringone_os_page()). 0 or -errno: then some of them may have no
 * frame. release: their frames are the hypervisor's, the pages unmapped; place: frames of ours lie
 * under them; refill: fresh ones.
 */
long ringone_flip_release(void *const *page, unsigned int n);
long ringone_flip_place(void *const *page, const xen_pfn_t *mfn, unsigned int n);
long ringone_flip_refill(void *const *page, unsigned int n);

/*
 * Gives the frames of @n pages to domain @to, which accepts them by @ref; a fresh one lies under
 * each page afterwards, or its own when it was refused. @status: GNTST_* of each.
 */
long ringone_flip_send(domid_t to, void *const *page, const grant_ref_t *ref, int16_t *status,
		       unsigned int n);

/* Store ----------------------------------------------------------------------------------- */

/*
 * The tree of names through which domains find each other. Calls wait for the answer (by
 * SCHEDOP_poll on @port, which must stay masked) and return -errno as the store gave it.
 * Paths that do not begin with / are relative to the domain's own folder.
 */
struct ringone_store {
	struct xenstore_domain_interface *ring; /* start_info->store_mfn, mapped */
	evtchn_port_t port;                     /* start_info->store_evtchn */
	struct shared_info *shared;
	uint32_t tx;          /* of the open transaction, 0: none */
	uint32_t last_id;     /* of a request */
	unsigned int watches; /* watch events seen so far */
};

#define RINGONE_STORE_VALUE 128 /* bytes the front ends read at most */

/* Length of the value, which is copied and closed by a 0; -XEN_E2BIG when that needs more room. */
long ringone_store_read(struct ringone_store *s, const char *path, char *value, size_t size);

/* The names below @path, one behind the other, each closed by a 0; their length together. */
long ringone_store_list(struct ringone_store *s, const char *path, char *names, size_t size);

long ringone_store_write(struct ringone_store *s, const char *path, const char *value);
long ringone_store_remove(struct ringone_store *s, const char *path);

/* From now on every change at or below @path counts in s->watches, the first at once. */
long ringone_store_watch(struct ringone_store *s, const char *path, const char *token);

/* Waits until s->watches is not @seen. */
void ringone_store_wait(struct ringone_store *s, unsigned int seen);

/* What lies between happens at once or, with -XEN_EAGAIN from the end, not at all: try again. */
long ringone_store_begin(struct ringone_store *s);
long ringone_store_end(struct ringone_store *s, int commit);

/* Devices --------------------------------------------------------------------------------- */

/* The half of a split device that is ours: a folder of the store, one channel to the back end. */
struct ringone_front {
	struct ringone_store *store;
	struct ringone_grants *grants;
	char dir[RINGONE_STORE_VALUE];  /* ours, "device/vbd/768" */
	char back[RINGONE_STORE_VALUE]; /* the other half's */
	domid_t back_id;
	evtchn_port_t port;
};

/*
 * Finds the back end of @dir and waits until it is ready to be told our rings. -XEN_ENOENT: no
 * such device. Then come the numbers the device wants, ours and theirs, and the states.
 */
long ringone_front_begin(struct ringone_front *f, struct ringone_store *store,
			 struct ringone_grants *grants, const char *dir);
long ringone_front_put(struct ringone_front *f, const char *name, uint32_t value);
long ringone_front_state(struct ringone_front *f, XenbusState state);

/* The back end's number @name; @otherwise when it does not say. */
uint64_t ringone_front_get(struct ringone_front *f, const char *name, uint64_t otherwise);

/* Waits for the back end's state; -XEN_ENODEV when it closes instead. */
long ringone_front_wait(struct ringone_front *f, XenbusState state);
void ringone_front_kick(struct ringone_front *f);

/* A page for a ring, granted to the back end; @name, if any, tells it. NULL: no page, no grant. */
void *ringone_front_ring(struct ringone_front *f, const char *name, grant_ref_t *ref);

/* Takes @ref back, then frees @page; while the other side holds on to it, neither. NULL is fine. */
void ringone_front_ring_end(struct ringone_front *f, void *page, grant_ref_t ref);

/* Closes the channel, without a word to the other side: what a failed connection does. */
void ringone_front_close(struct ringone_front *f);

/* Says goodbye and waits until the back end has let go; then only our own pages are left. */
long ringone_front_end(struct ringone_front *f);

/* Block device ---------------------------------------------------------------------------- */

#define RINGONE_BLOCK_SLOTS 32 /* requests in flight, all that fit on a page */

struct ringone_block {
	struct ringone_front front;
	struct ringone_ring ring;
	grant_ref_t ring_ref;
	uint64_t sectors;     /* of 512 bytes */
	uint32_t sector_size; /* what the device can address */
	int readonly;
	struct {
		int used;
		grant_ref_t ref;
		void *tag;
	} slot[RINGONE_BLOCK_SLOTS];
};

/* Connects to the device in folder @dir of the store ("device/vbd/768"). @b is zeroed before. */
long ringone_block_connect(struct ringone_block *b, struct ringone_store *store,
			   struct ringone_grants *grants, const char *dir);

/* The way back; -XEN_EBUSY while requests are in flight. */
long ringone_block_disconnect(struct ringone_block *b);

/*
 * Starts BLKIF_OP_READ, _WRITE or _FLUSH_DISKCACHE of @count sectors (1 to 8) from @sector into or
 * from the beginning of @page, which is the device's until the answer. @tag comes back with it.
 * 0; -XEN_EBUSY: too many in flight; -XEN_EINVAL: not on this device.
 */
long ringone_block_submit(struct ringone_block *b, unsigned int op, uint64_t sector, void *page,
			  unsigned int count, void *tag);

/* 1 with one answer (@status 0 or -errno); 0: none now, the next one raises an event. */
int ringone_block_next(struct ringone_block *b, void **tag, long *status);

/* Network device -------------------------------------------------------------------------- */

#define RINGONE_NET_SLOTS 32   /* frames in flight each way, a page each */
#define RINGONE_NET_FRAME 1514 /* bytes of the longest one, Ethernet's header included */

struct ringone_net {
	struct ringone_front front;
	struct ringone_ring tx, rx;
	grant_ref_t tx_ref, rx_ref;
	uint8_t mac[6];
	int flip;             /* frames that come are flipped to us, not copied */
	unsigned int dropped; /* frames the back end refused, or answered wrongly */
	struct {
		void *page;
		grant_ref_t ref;
		int used;
	} out[RINGONE_NET_SLOTS], in[RINGONE_NET_SLOTS];
	/* Flipping: answers whose pages are placed, the next one to be handed out. */
	netif_rx_response_t came[RINGONE_NET_SLOTS];
	unsigned int n_came, next;
};

/*
 * Connects to the device in folder @dir of the store ("device/vif/0"). @n is zeroed before, or has
 * @flip set: then frames are flipped if the back end can ("feature-rx-flip"), else copied.
 */
long ringone_net_connect(struct ringone_net *n, struct ringone_store *store,
			 struct ringone_grants *grants, const char *dir);

/*
 * The part of it that needs no store: rings and pages, offered. n->front has grants, back_id and
 * port; n->flip says how; tx_ref and rx_ref are for the other side.
 */
long ringone_net_open(struct ringone_net *n);

/* The way back; what is under way in either direction is lost. */
long ringone_net_disconnect(struct ringone_net *n);

/* Sends a copy of one frame: 0; -XEN_EBUSY: too many in flight; -XEN_EINVAL: too long. */
long ringone_net_send(struct ringone_net *n, const void *frame, size_t len);

/*
 * Copies the next frame that has come, at most @size bytes, and returns its length; 0: none. Only
 * after a 0 will the next frame raise an event, so call it until then.
 */
size_t ringone_net_receive(struct ringone_net *n, void *frame, size_t size);

#endif
