/* SPDX-License-Identifier: MIT */
/*
 * Units: what each room does for a domain or VCPU that comes or goes, for work
 * that an interrupt left behind, and for a report.  A room says it once, where
 * the functions are,
 *
 *	UNIT(event, .vcpu_create = ..., .domain_destroy = ...);
 *
 * and the core only loops: creation runs down the order below, everything else
 * that concerns life and death runs up, so that what was built on something
 * goes before it.  A hook that is not named is not called.
 */
#ifndef RINGONE_UNIT_H
#define RINGONE_UNIT_H

#include "types.h"

struct domain;
struct vcpu;

/* The order, written once: two digits each, lowest first. */
#define UNIT_ORDER_domain     05
#define UNIT_ORDER_grant_maps 08 /* so that its end comes behind that of the page tables */
#define UNIT_ORDER_mm         10
#define UNIT_ORDER_cpu        20
#define UNIT_ORDER_time       30
#define UNIT_ORDER_event      40
#define UNIT_ORDER_pirq       50
#define UNIT_ORDER_grant      55
#define UNIT_ORDER_peer       60
#define UNIT_ORDER_control    65
#define UNIT_ORDER_sched      70
#define UNIT_ORDER_report     80
#define UNIT_ORDER_emulate    90

/* Takes note of a frame that is held: by a reference and, `written`, as writable memory. */
typedef void (*frame_holder)(void *to, mfn_t m, bool written);

struct unit {
	const char *name;
	/* 0 or a negative error; what it had built by then is its own to undo. */
	int (*domain_create)(struct domain *d);
	int (*vcpu_create)(struct vcpu *v);
	/*
	 * Nothing of d runs any more.  Give back what may be long or is held by others:
	 * 0, or -XEN_ERESTART to be called again.  May be called again after 0.
	 */
	int (*domain_relinquish)(struct domain *d);
	void (*domain_dead)(
		struct domain *d); /* all units have relinquished; others may hold frames */
	/* The last of it.  Also called for what was created only in part. */
	void (*vcpu_destroy)(struct vcpu *v);
	void (*domain_destroy)(struct domain *d);
	/* What handlers noted as these SOFTIRQ_* bits; on the way out or while idle. */
	/* It was paused, stands still, dies, or the opposite: may its VCPUs run? */
	void (*domain_recheck)(struct domain *d);
	void (*domain_halts)(struct domain *d);     /* it shuts down: what it said last */
	void (*domain_exception)(struct domain *d); /* it stands still or is dead: tell the tools */
	/* For the audit: the frames that this unit holds on behalf of d, besides page tables. */
	void (*frames_held)(const struct domain *d, frame_holder held, void *to);
	/* The same, of what may be long: a piece from @from on; where to go on, 0: that was all. */
	uint32_t (*frames_held_long)(const struct domain *d, uint32_t from, frame_holder held,
				     void *to);
	/* For an audit of everything, while nothing runs: says what does not add up, counts it. */
	uint32_t (*audit)(void);
	/* Likewise: how many references to d (domain_hold) this unit has. */
	uint32_t (*domain_refs)(const struct domain *d);
	uint32_t softirqs;
	void (*softirq)(void);
	void (*crash_report)(struct domain *d); /* d was killed: what whoever ports it should see */
	void (*dump)(const struct domain *d);   /* what the run of d cost, a line or a table */
};

#define UNIT_SECTION(order)  ".units." #order
#define UNIT_SECTION_(order) UNIT_SECTION(order)
#ifdef RINGONE_HOST_TEST
#define UNIT(name_, ...) const struct unit unit_##name_ = { .name = #name_, __VA_ARGS__ }
#else
#define UNIT(name_, ...)                                                         \
	static const struct unit unit_##name_ = { .name = #name_, __VA_ARGS__ }; \
	static const struct unit *const unit_at_##name_                          \
		__attribute__((used, section(UNIT_SECTION_(UNIT_ORDER_##name_)))) = &unit_##name_
#endif

/*
 * lib/unit.c: the loops.  When a create fails the domain is half there, for domain_free() to take
 * apart; of a VCPU nothing is left.
 */
int units_domain_create(struct domain *d);
int units_vcpu_create(struct vcpu *v);
int units_domain_relinquish(struct domain *d);
void units_domain_dead(struct domain *d);
void units_domain_recheck(struct domain *d);
void units_domain_halts(struct domain *d);
void units_domain_exception(struct domain *d);
void units_vcpu_destroy(struct vcpu *v);
void units_domain_destroy(struct domain *d);
void units_frames_held(const struct domain *d, frame_holder held, void *to);
uint32_t units_frames_held_long(const struct domain *d, uint32_t from, frame_holder held, void *to);
uint32_t units_audit(void);
uint32_t units_domain_refs(const struct domain *d);
void units_softirq(uint32_t work);
void units_crash_report(struct domain *d);
void units_dump(const struct domain *d);

#endif
