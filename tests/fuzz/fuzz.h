/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_H
#define FUZZ_H

/*
 * A guest that means harm, in pieces:
 *
 *	random.c	the seeded source of everything, and what makes a bad address or frame
 *	memory.c	page tables, pins, frames
 *	grant.c		grants
 *	state.c		traps, descriptors, callbacks, registers, VCPUs
 *	world.c		events, time, scheduling, the machine
 *	shapes.c	descriptor tables, breakpoints and grants that are right, to go on from
 *	control.c	what tools ask
 *	crowd.c		other VCPUs, which do it too
 *	neighbour.c	another domain, which does it, too
 *	keeper.c	a first domain that means no harm, and counts
 *	ring.c		no hypercall: loads, stores, privileged instructions, bent return frames
 *	main.c		the loop, and how a guest that has hurt itself gets on its feet again
 *
 * A generator makes one call at a time, so that main.c can send it alone, or as an entry of a
 * batch. Most calls are nearly right: only those get past the first check.
 */
#include "second.h"
#include "event.h"
#include "mm.h"
#include "user.h"

struct call {
	uint32_t nr, a[5];
};

/* random.c -------------------------------------------------------------------------------- */

void random_seed(uint32_t seed);
void random_core(void); /* once, when the playground and the spare tables are there */
uint32_t random32(void);
uint64_t random64(void);

static inline uint32_t below(uint32_t n)
{
	return random32() % n;
}

static inline int one_in(uint32_t n)
{
	return below(n) == 0;
}

#define PICK(...)                                             \
	({                                                    \
		const uint32_t pick_[] = { __VA_ARGS__ };     \
		pick_[below(sizeof(pick_) / sizeof(*pick_))]; \
	})

/*
 * The playground: pages that may become anything without the guest's end. The picks below name
 * them most of the time, and now and then what holds the guest up.
 */
#define PLAY_PAGES 96
extern char *play;          /* their addresses, contiguous */
extern struct tables spare; /* a second address space, sharing the kernel's L1 tables */
extern int reckless;        /* 1: what holds the guest up is fair game now */
extern int rough, wild;     /* 1: as the command line says */
extern int privileged;      /* 1: the first domain, whose devices can wreck the machine */
extern int limits;          /* 1: this machine checks segment limits: see pick_code() */

void *play_page(void);
uint32_t pick_va(void);    /* an address, good or bad */
uint32_t pick_code(void);  /* where ring 1 may be sent */
uint32_t pick_mfn(void);   /* a frame, good or bad */
uint64_t pick_flags(void); /* of a page-table entry */
uint64_t pick_entry(void);
uint64_t pick_slot(void);   /* machine address of a page-table entry */
uint32_t pick_number(void); /* small, or on the edge of something */
uint32_t pick_domid(void);
uint32_t pick_owners(void); /* of frames and tables, as mmu_update has them */
uint64_t pick_descriptor(void);
uint32_t pick_selector(void);
uint64_t pick_time(void);

/* Room for arguments, good until the next call: @size bytes, 8-aligned, filled at random. */
void *room(uint32_t size);
void room_reset(void);
/* The address of an argument: mostly @p itself, sometimes a bad one instead. */
uint32_t bent(const void *p);

/* Generators ------------------------------------------------------------------------------ */

void make_memory_call(struct call *c);
void make_state_call(struct call *c);
void make_world_call(struct call *c);
void make_grant_op(struct call *c);
void make_control_call(struct call *c);
void make_raw_call(struct call *c); /* any number, any arguments */
void make_call(struct call *c);     /* one of all these (main.c) */
void play_make_table(void);         /* a page full of entries, pinned with luck */

void shape_act(void);

/* grant.c: look what became of the mappings that were asked for, before room_reset(). */
void grants_learn(void);
void grants_forget(void);

/* state.c: a context for a VCPU, nearly right. */
void fill_context(struct vcpu_guest_context *x, uint32_t id);

/* neighbour.c: the other domain. */
#define PEER_FRAMES 48
enum { OWN_ID, CHILD_CALLS }; /* words of its mail */
extern domid_t peer, own;
extern xen_pfn_t peer_frames[PEER_FRAMES];
extern int in_child; /* 1: this is the copy */
extern struct second neighbour;
uint32_t neighbour_act(void);
void neighbour_act_gently(void); /* run, pause, unpause; not its end */
int neighbour_make(void);        /* paused: 1, or 0 where there is no room */
void neighbour_start(void);
int neighbour_end(void);
void neighbour_let_run(uint32_t turns);
void neighbour_mend(void);
void neighbours_sweep(void); /* all but the one that lives */
uint32_t neighbour_lives(void);

/* keeper.c */
uint32_t keeper(uint32_t calls, uint32_t seed);

/* main.c */
void audit(void);
void guest_child(uint32_t seed);

/* crowd.c: VCPUs 1 to 3. Where one begins, on which stack, and a context that is right. */
uint32_t crowd_entry(uint32_t id);
uint32_t crowd_stack(uint32_t id);
void crowd_context(struct vcpu_guest_context *x, uint32_t id);
void crowd_begin(void);
uint32_t crowd_act(void);

/* Acts within this ring or the outer one; 1 when it counted as a call. */
void ring_setup(void);
int ring_act(void);

#endif
