/* SPDX-License-Identifier: MIT */
/* Domains and their virtual CPUs. */
#ifndef RINGONE_DOMAIN_H
#define RINGONE_DOMAIN_H

#include "abi.h"
#include "locks.h"
#include "page.h"
#include "percpu.h"
#include "ranges.h"
#include "timer.h"
#include "types.h"

#define NR_EVENT_PORTS   1024  /* 2-level ABI, 32-bit: 32 * 32 */
#define MAX_EVENT_PORTS  16384 /* with FIFO; the interface has room for 131072 */
#define PORTS_PER_BUCKET 128
#define NR_TRAPS         256
#define FPU_AREA_SIZE    4096 /* XSAVE area at most; FXSAVE uses 512 */

enum vcpu_runstate { VCPU_RUNNING, VCPU_RUNNABLE, VCPU_BLOCKED, VCPU_OFFLINE };

#define IRET_ENDS_NMI  1 /* the NMI callback was entered and has not returned */
#define IRET_SETS_IOPL 2 /* VMASST_TYPE_architectural_iopl */

struct vcpu {
	struct domain *domain;
	uint32_t id;
	struct vcpu_info *info; /* in shared_info, or where register_vcpu_info put it */

	/* What gate/short.S asks of it, by gate/offsets.h. */
	uint32_t kernel_ss, kernel_sp;
	uint32_t flat_ss, flat_cs, flat_program_cs; /* selectors found flat: cpu/cpu.h */
	uint32_t frame_iopl; /* what frames show of iopl, as bits of EFLAGS */
	uint8_t iret_duties; /* IRET_*: what an iret hypercall does besides returning */
	struct trap_info traps[NR_TRAPS];

	mfn_t info_mfn; /* info's frame, held; sched/vcpu_info.c */

	/* CPU state while not running; in this_cpu()->regs while it is. */
	struct cpu_user_regs regs;
	uint32_t guest_cr0; /* what the guest reads; only TS reaches hardware */
	uint32_t guest_cr4;
	uint64_t guest_xcr0; /* what its XSETBV asked for */
	uint32_t guest_dr[8];
	uint32_t iopl;  /* 0..3, virtual: hardware IOPL is always 0 (cpu/iopl.c) */
	gva_t iobitmap; /* the guest's own, for its processes; nr_ports bits */
	uint32_t iobitmap_ports;

	/* Guest CR3 (a frame, type L3 held) and what the CPU loads are two things. */
	mfn_t guest_cr3;
	pte_t l3_shadow[4];          /* copied to the CPU's L3 when this VCPU is loaded */
	struct page_info *old_table; /* a put that was preempted; finished before anything else */

	/* Callbacks. */
	uint32_t event_cs, event_eip;
	uint32_t failsafe_cs, failsafe_eip;
	bool failsafe_masks; /* CALLBACKF_mask_events */
	struct {
		uint32_t cs, eip;
		bool masks;
	} sysenter_cb, syscall32_cb, nmi_cb;
	bool sysenter_stepped; /* SYSENTER came with TF, which its #DB took (traps.c) */
	uint64_t direct_gate;  /* IDT entry 0x80 while this VCPU runs; 0 = none */
	bool nmi_pending;

	/* Descriptor tables. */
	mfn_t gdt_frames[14];
	uint32_t nr_gdt_frames, gdt_entries;
	mfn_t gdt_taken[14]; /* of the next GDT, by a set_gdt that will run again */
	uint32_t nr_gdt_taken;
	uint32_t ldt_base, ldt_entries; /* linear address; pages appear lazily in the window */
	uint32_t ldt_mapped;            /* bit per LDT page */

	/* FPU: switched eagerly; ts is the guest's own CR0.TS. */
	void *fpu_area; /* heap page, 64-byte aligned */
	bool fpu_used;

	/* Scheduling. */
	enum vcpu_runstate runstate;
	bool initialised; /* has a context to run (VCPUOP_initialise or the builder) */
	uint32_t hard_affinity, soft_affinity; /* bit per CPU */
	bool online, poll;                     /* poll: in SCHEDOP_poll */
	struct vcpu *next_runnable;            /* sched/runqueue.c */
	uint64_t vruntime;                     /* ns of processor time, as fair sharing counts it */
	struct vcpu_runstate_info runstate_info;
	gva_t runstate_area; /* 0 = not registered */
	gva_t time_area;
	uint32_t time_area_version;
	struct timer singleshot, periodic, poll_timer;
	uint64_t periodic_ns, periodic_next;
	bool periodic_wakes; /* asked for; the tick one starts with is not */

	/* Port numbers bound as VIRQ; 0 = none. */
	uint32_t virq_port[NR_VIRQS];

	/* Continuation: a hypercall that will run again carries on from its arguments. */
	bool hypercall_restarted;
	bool kill_pending;
};

enum port_state {
	PORT_FREE,
	PORT_RESERVED,
	PORT_UNBOUND,
	PORT_INTERDOMAIN,
	PORT_PIRQ,
	PORT_VIRQ,
	PORT_IPI,
};

struct event_port {
	uint8_t state;
	const struct hv_end *hv_end; /* not NULL: the other end is the hypervisor */
	uint16_t vcpu;               /* who is notified */
	uint8_t priority;            /* FIFO: of its queue; and where it was linked last */
	uint8_t last_priority, last_vcpu;
	bool early;            /* FIFO: pending, before its word is there */
	uint16_t remote_domid; /* UNBOUND, INTERDOMAIN */
	union {
		uint16_t virq;
		uint16_t pirq;
	};
	struct domain *remote;
	uint32_t remote_port;
};

struct active_grant;
struct grant_track;

struct grant_table {
	mfn_t frames[32]; /* shared pages, v1 */
	void *va[32];
	struct active_grant *active[32]; /* their entries in use; on demand */
	uint32_t nr_frames, max_frames;
	struct grant_track *tracks[128]; /* what this domain maps of others, by handle */
	uint32_t nr_track_pages, free_track, tracks_left;
};

struct guest_symbols {          /* for reports: the kernel's own ELF symbol table */
	paddr_t symtab, strtab; /* machine addresses, inside memory kept for it */
	uint32_t nr, strtab_size;
};
#define ELF_SYMBOL_SIZE 16

struct e820_entry;

struct cpuid_mask { /* features that the tools leave to a domain (control/cpuid_policy.c) */
	uint32_t leaf1_ecx, leaf1_edx, leaf7_ebx, leaf7_ecx, leaf7_edx, ext1_ecx, ext1_edx;
};

struct emulated { /* instructions, modulo 2^32; debug builds (cpu/emulated.h) */
	uint32_t done, refused, not_recorded, programs;
};

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
	bool may_poll; /* a VCPU went to sleep in SCHEDOP_poll since wake_pollers() */
	uint32_t shutdown_code;
	bool is_shut_down;
	spinlock_t lock, mm_lock, event_lock, grant_lock;

	struct shared_info *shared; /* heap page */
	mfn_t shared_mfn;
	struct vcpu *vcpus[MAX_VCPUS];
	uint32_t nr_vcpus, max_vcpus;
	uint32_t dirty_cpus; /* CPUs whose TLB may hold this domain's entries */

	/* Memory; mm/. */
	uint32_t nr_pages, max_pages; /* frames owned, and the ceiling */
	uint32_t nr_refs;
	uint32_t nr_views;   /* frames of type PGT_view (mm/topview.c) */
	uint32_t vm_assist;  /* VMASST_TYPE_* bits */
	bool extended_cr3;   /* pae_extended_cr3 announced */
	mfn_t perdomain_l1;  /* of the descriptor windows */
	pte_t *perdomain_pt; /* mapped in the heap */
	uint32_t max_gpfn;
	struct vcpu *auditor;     /* it called for an audit: nobody else runs (mm/audit.c) */
	uint32_t relinquish_next; /* how far mm_domain_relinquish() has come */

	/* Events, grants, console. */
	struct event_port *port_buckets[MAX_EVENT_PORTS / PORTS_PER_BUCKET]; /* on demand */
	uint32_t nr_ports;        /* numbers below can be in use */
	struct fifo_domain *fifo; /* NULL: the bitmaps of the shared page (event/fifo.c) */
	uint32_t *pirq_eoi_map;   /* its page of bits, or NULL (pirq/eoi_map.c) */
	mfn_t pirq_eoi_mfn;
	bool pirq_eoi_unmasks;
	struct pirq *pirqs; /* NR_PIRQS (pirq.h); NULL: none but the privileged have any */
	struct grant_table grants;
	struct xencons_interface *console_ring; /* first=plain: hypervisor's mapping */
	mfn_t console_mfn;
	uint32_t console_port;
	uint32_t console_out_cons,
		console_in_prod; /* our own indexes: the ring's are the guest's */
	uint8_t console_matched; /* of "Ringone:", so far (peer/console_ring.c) */
	struct xenstore_domain_interface *store_ring; /* first=plain; peer/empty_store.c */
	uint32_t store_port, store_req_cons, store_rsp_prod, store_skip;

	/* What the tools said when they made it (control/). */
	xen_domain_handle_t handle;
	uint32_t ssidref;
	bool is_store; /* XEN_DOMCTL_CDF_xs_domain */
	uint32_t sched_weight,
		sched_cap;    /* credit2's: 256 is one share; percent of a CPU, 0: none */
	uint64_t sched_spent; /* ns of this period, where there is a cap (sched/runqueue.c) */
	bool sched_parked;    /* it has had all of it */
	int64_t time_offset;  /* seconds that its wallclock is off UTC */
	struct cpuid_mask cpuid_mask;
	struct ranges iomem;     /* frames that are not RAM and that it may map */
	struct e820_entry *e820; /* XENMEM_set_memory_map; NULL: one block */
	uint32_t nr_e820;

	struct timer watchdogs[2]; /* SCHEDOP_watchdog; set up when fn is not NULL */

	uint32_t *ioports;  /* 65536 bits, set: allowed; NULL: none */
	uint64_t boot_time; /* system time at creation, ns */
	struct guest_symbols symbols;
	struct emulated emulated;
	uint32_t refused_calls[2]; /* by number: the log has one line about it (call/table.c) */
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
