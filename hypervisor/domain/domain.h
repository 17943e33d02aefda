/* SPDX-License-Identifier: MIT */
/* Domains and their virtual CPUs. */
#ifndef RINGONE_DOMAIN_H
#define RINGONE_DOMAIN_H

#include "abi.h"
#include "cpu/parts.h"
#include "emulate/parts.h"
#include "event/parts.h"
#include "grant/parts.h"
#include "mm/parts.h"
#include "peer/parts.h"
#include "pirq/parts.h"
#include "sched/parts.h"
#include "time/parts.h"
#include "locks.h"
#include "page.h"
#include "percpu.h"
#include "ranges.h"
#include "timer.h"
#include "types.h"

struct vcpu {
	struct domain *domain;
	uint32_t id;
	struct vcpu_info *info;    /* in shared_info, or where register_vcpu_info put it */
	struct cpu_vcpu cpu;       /* its first words are known to gate/offsets.h */
	struct cpu_user_regs regs; /* while not running; in this_cpu()->regs while it is */
	struct mm_vcpu mm;
	struct sched_vcpu sched;
	struct time_vcpu time;
	struct event_vcpu events;
	struct fpu_vcpu fpu;
	bool hypercall_restarted; /* it will run again, and carries on from its arguments */
};

struct guest_symbols {          /* for reports: the kernel's own ELF symbol table */
	paddr_t symtab, strtab; /* machine addresses, inside memory kept for it */
	uint32_t nr, strtab_size;
};
#define ELF_SYMBOL_SIZE 16

struct e820_entry;

#define NO_SHUTDOWN_CODE 0xffffffffU

struct domain {
	uint16_t id;
	uint32_t range_end;           /* guest_range_end(); set_classic(); by gate/offsets.h */
	struct domain *next;          /* domain/list.c */
	uint32_t refs;                /* likewise; the last one frees */
	uint32_t pauses, tool_pauses; /* who wants it to stand still; of them, domctl */
	bool privileged;              /* SIF_PRIVILEGED */
	bool initial;                 /* SIF_INITDOMAIN: console_io */
	bool classic;                 /* DESIGN 4: M2P at CLASSIC_M2P_START too */
	bool dying, is_dead, crashed; /* dead: dying is done (domain/end.c) */
	bool is_shut_down;
	uint32_t shutdown_code; /* why it ends or will; NO_SHUTDOWN_CODE: that was not said yet */
	uint32_t vm_assist;     /* VMASST_TYPE_* bits */
	spinlock_t lock;

	struct shared_info *shared; /* heap page */
	mfn_t shared_mfn;
	struct vcpu *vcpus[MAX_VCPUS];
	uint32_t nr_vcpus, max_vcpus;

	/* The rooms' own. */
	struct mm_domain mm;
	struct event_domain events;
	struct pirq_domain pirqs;
	struct grant_table grants;
	struct peer_domain peer;
	struct sched_domain sched;
	struct time_domain time;
	struct emulate_domain emulate;

	/* What the tools said when they made it (control/). */
	xen_domain_handle_t handle;
	uint32_t ssidref;
	bool is_store; /* XEN_DOMCTL_CDF_xs_domain */

	struct guest_symbols symbols;
	uint32_t refused_calls[2]; /* by number: the log has one line about it (gate/table.c) */
	char name[32];
};

/* ---- domain/list.c ---- */

extern struct domain *domains;         /* all of them, by ascending id */
extern struct domain *hardware_domain; /* the first one: it owns the machine, which ends with it */
void domain_list_add(struct domain *d);
struct domain *domain_get(uint32_t id);      /* with a reference, or NULL */
struct domain *domain_get_from(uint32_t id); /* the first one from this number on */
int domain_named(struct domain *who, uint32_t id, struct domain **d); /* 0, -EPERM, -ESRCH */
void domain_hold(struct domain *d);
void domain_put(struct domain *d);
uint16_t domain_free_id(void); /* 0: none */
uint32_t domains_audit(void);

/* First address no guest pointer of this domain may reach. */
static inline uint32_t guest_range_end(const struct domain *d)
{
	return d->range_end;
}

/* Would v be entered with an upcall now? */
static inline bool events_deliverable(const struct vcpu *v)
{
	return v->info->evtchn_upcall_pending && !v->info->evtchn_upcall_mask;
}

static inline void set_classic(struct domain *d, bool classic)
{
	d->classic = classic;
	d->range_end = classic ? CLASSIC_M2P_START : HOLE_START;
}

/* Create an empty domain (no memory, VCPU 0 offline); NULL when out of memory. */
struct domain *domain_create(uint16_t id, uint32_t max_pages);
struct vcpu *vcpu_create(struct domain *d, uint32_t id);

/* Name of a kernel address from its own symbol table, or NULL (domain/symbols.c). */
const char *guest_symbol(struct domain *d, uint32_t addr, uint32_t *offset);

/*
 * The guest did something that cannot be delivered to it: print the report
 * (reason, check, registers, backtrace, hypercall, page walk) and mark the
 * domain; it never runs again.  Returns; the way out sees the mark.
 */
#define kill_domain(d, fmt, ...) kill_domain_at(__FILE__, __LINE__, (d), fmt, ##__VA_ARGS__)
void kill_domain_at(const char *file, int line, struct domain *d, const char *fmt, ...)
	__printf(4, 5);

/* ---- domain/end.c ---- */

void domain_shutdown(struct domain *d,
		     uint32_t reason); /* SHUTDOWN_*; of the first: the machine's end */
int domain_resume(struct domain *d);
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);
int domain_kill(struct domain *d); /* -XEN_ERESTART: call again; the caller holds a reference */
void domain_free(struct domain *d);
void domain_print_counters(const struct domain *d); /* what the run cost */

uint32_t domain_features(const struct domain *d); /* XENFEAT_* bits (domain/features.c) */
void panic_context(void);                         /* for say.h's last_words */

#endif
