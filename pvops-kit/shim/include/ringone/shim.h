/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_SHIM_H
#define RINGONE_SHIM_H

/*
 * The shim: what every kernel needs to live in ring 1, written once.
 *
 * THE OS GIVES two things: a page of its own text named `ringone_hypercall_page`, announced in
 * its ELF notes, and the function that takes an event (ringone_event_loop()).
 *
 * THE OS GETS
 *
 *	ringone/discover.h	who is underneath and what it offers beyond Xen
 *	ringone/hypercall.h	the hypercalls, typed
 *	ringone/entry.h		assembly: trap entry for both page-fault frames, return, upcall
 *	this file		trap table, page-table batches, events, clock, console
 *
 * Nothing here keeps state of its own except what the caller passes in, nothing allocates, and
 * nothing is specific to an operating system. Everything but the console may be called with
 * events masked; nothing sleeps.
 *
 * A port's first minutes, in order:
 *
 *	features = ringone_features();			forced CPUID, works without traps
 *	ringone_trap(&table[n++], 14, 0, cs, features ? pf_cr2 : pf_plain, features);
 *	...						a zeroed entry ends the table
 *	ringone_set_trap_table(table);
 *	ringone_set_callbacks(cs, upcall, cs, failsafe);
 *	shared->vcpu_info[0].evtchn_upcall_mask = 0;	events may come now
 */
#include <ringone/discover.h>
#include <ringone/hypercall.h>

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

#endif
