/* SPDX-License-Identifier: MIT */
/*
 * A second domain, a copy of this guest that does the same with a seed of its own, as somebody
 * without privileges: made, let run, disturbed and destroyed at any moment. Each of the two knows
 * the other's number and some of its frames, and tries its grants, ports and tables.
 */
#include "fuzz.h"
#include "../guests/lib/internal.h"

domid_t peer = 1, own; /* before there is one, and for who cannot make one: a number like any */
xen_pfn_t peer_frames[PEER_FRAMES];
int in_child;
struct second neighbour;

static struct context out;
static int alive, making;
static uint32_t lives, child_seed;

static void trouble(const char *what, long ret)
{
	(void)what;
	(void)ret;
	if (making)
		context_load(&out, 1);
}

/* The playground is as the guest left it, and its copy begins without: no need to copy it. */
static int wanted(const char *va)
{
	return va < play || va >= play + PLAY_PAGES * PAGE_SIZE;
}

/* In the copy. */
static void child(void)
{
	in_child = 1;
	own = second_mail->word[OWN_ID];
	peer = 0;
	guest_child(child_seed);
}

/* What the copy is to know of us: tables and pages of the playground. */
static void show_own_frames(void)
{
	for (uint32_t i = 0; i < PEER_FRAMES; i++)
		peer_frames[i] = virt_to_mfn(i < 4    ? (void *)spare.l2[i]
					     : i == 4 ? (void *)spare.l3
						      : play_page());
	peer_frames[5] = virt_to_mfn(l3_table);
}

/* Tables stand at the end of its memory (second.c), its playground before. */
static void learn_frames(void)
{
	uint32_t n = neighbour.nr_pages;

	for (uint32_t i = 0; i < PEER_FRAMES; i++)
		peer_frames[i] = neighbour.p2m[i < 12 ? n - 1 - i : n - 1 - below(n / 2)];
}

/* Whatever a call has made, or what is left of one that was being made. */
void neighbours_sweep(void)
{
	struct xen_domctl op;

	for (uint32_t id = 1, left = 16; left; id++, left--) {
		memset(&op, 0, sizeof(op));
		if (second_domctl(&op, XEN_DOMCTL_getdomaininfo, id) || op.domain <= own)
			return;
		id = op.domain;
		if (!(alive && id == neighbour.id) &&
		    !(op.u.getdomaininfo.flags & XEN_DOMINF_dying))
			second_domctl(&op, XEN_DOMCTL_destroydomain, id);
	}
}

int neighbour_make(void)
{
	int ok = 0;

	making = 1;
	second_trouble = trouble;
	second_wants = wanted;
	child_seed = random32();
	neighbour.max_vcpus = 1 + below(3);
	neighbour.max_port = one_in(3) ? 4095 : 1023;
	show_own_frames();
	if (!context_save(&out)) {
		second_make(&neighbour, child);
		neighbour.mail->word[OWN_ID] = neighbour.id;
		learn_frames();
		peer = neighbour.id;
		ok = 1;
	}
	neighbour_mend();
	alive = ok;
	lives += ok;
	return ok;
}

/* A fault while the copy was made leaves the guest's own words for the copy's. */
void neighbour_mend(void)
{
	if (in_child)
		return;
	making = 0;
	guest_main = test_main;
	second_mail = NULL;
}

static long simple(uint32_t cmd)
{
	struct xen_domctl op = { 0 };

	return second_domctl(&op, cmd, neighbour.id);
}

void neighbour_start(void)
{
	simple(XEN_DOMCTL_unpausedomain);
}

/* 1: all of it is over, but for what others still have of it. */
int neighbour_end(void)
{
	if (simple(XEN_DOMCTL_destroydomain))
		return 0;
	if (neighbour.mail)
		ringone_trap_call(__HYPERVISOR_update_va_mapping,
				  (uint32_t)neighbour.mail & ~(PAGE_SIZE - 1), 0, 0, UVMF_INVLPG,
				  0);
	neighbour.mail = NULL;
	alive = 0;
	return 1;
}

void neighbour_let_run(uint32_t turns)
{
	while (turns--)
		ringone_trap_call(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0, 0);
}

uint32_t neighbour_lives(void)
{
	return lives;
}

void neighbour_act_gently(void)
{
	switch (below(6)) {
	case 0: /* no end of pauses that random calls have begun */
		for (int i = 0; i < 8 && !simple(XEN_DOMCTL_unpausedomain); i++)
			;
		break;
	case 1:
		simple(XEN_DOMCTL_pausedomain);
		break;
	default:
		neighbour_let_run(1 + below(6));
	}
}

/* One step of its life, seen from outside. */
uint32_t neighbour_act(void)
{
	if (!privileged || in_child) {
		neighbour_let_run(1 + below(3));
		return 1;
	}
	if (!alive) {
		neighbours_sweep();
		if (neighbour_make())
			neighbour_start();
		return 1;
	}
	if (one_in(12))
		neighbour_end();
	else
		neighbour_act_gently();
	return 1;
}
