/* SPDX-License-Identifier: MIT */
/*
 * A hostile guest: calls of every kind, half of them nearly right, from one seed.
 *
 * Command line: seed=N calls=N audit=N (an audit every so many calls), rough (now and then what
 * holds the guest up is fair game; it will not live long), wild (every number and argument
 * random), limits (the machine checks segment limits, so ring 1 may run anything anywhere),
 * keeper (only the second domain is hostile: keeper.c).
 *
 * The guest asks nothing itself but the audit. That no call ends the hypervisor, that each death
 * comes with its report, and that the line "fuzz: done" or a reason for its absence is there, is
 * what tests/fuzz/run looks at.
 *
 * Whatever a call has broken is mended as far as a guest can: registered state is registered
 * again before every few calls, lost frames of the playground are asked for again. A watchdog of
 * the hypervisor's ends a guest that has lost its way, which also shows that the hypervisor has
 * not.
 */
#include "fuzz.h"
#include "../guests/lib/internal.h"

#define WATCHDOG_SECONDS 4
#define BATCH_MAX        12
#define MAX_STUCK        200

static uint32_t seed, calls = 1000, audit_every = 1000, done, refused, faults, next_audit;
static struct context home;
static volatile int home_valid;
static evtchn_port_t timer_port;
static uint32_t last_done, last_vector, last_eip;

static uint32_t option(const char *name, uint32_t otherwise)
{
	const char *p = (const char *)start_info->cmd_line;
	size_t n = strlen(name);

	for (; *p; p++) {
		uint32_t v = 0;

		if (memcmp(p, name, n))
			continue;
		for (p += n; *p >= '0' && *p <= '9'; p++)
			v = v * 10 + *p - '0';
		return v;
	}
	return otherwise;
}

/* Any trap that no probe waits for: back to the loop. */
static int on_trap(struct ringone_frame *f)
{
	faults++;
	last_vector = f->vector;
	last_eip = f->eip;
	if (!home_valid || (probe_armed && ringone_frame_ring(f) != 3))
		return 0;
	probe_armed = 0;
	context_load(&home, 1);
}

/* The timer: if nothing was done since its last tick, we are lost in our own code. */
static void on_event(evtchn_port_t port)
{
	(void)port;
	if (home_valid && last_done == done) {
		probe_armed = 0;
		context_load(&home, 1);
	}
	last_done = done;
}

static void watchdog(uint32_t id)
{
	struct sched_watchdog w = { .id = id, .timeout = WATCHDOG_SECONDS };

	ringone_sched_op(SCHEDOP_watchdog, &w);
}

/* Frames that were given away come back as others. */
static void mend_playground(void)
{
	for (uint32_t i = 0; i < PLAY_PAGES; i++) {
		char *page = play + i * PAGE_SIZE;
		xen_pfn_t pfn = (page - (char *)GUEST_VIRT_BASE) / PAGE_SIZE, frame = pfn;
		struct xen_memory_reservation r = {
			.nr_extents = 1,
			.domid = DOMID_SELF,
			.extent_start.p = &frame,
		};

		if (!page_remap(page, PTE_RW) || !page_remap(page, PTE_RO))
			continue;
		ringone_update_va_mapping((unsigned long)page, 0, UVMF_INVLPG);
		if (ringone_memory_op(XENMEM_populate_physmap, &r) == 1)
			p2m[pfn] = frame;
		page_remap(page, PTE_RW);
	}
}

/* The tick that finds us when we are lost, wherever it was bound before. */
static void mend_timer(void)
{
	struct vcpu_set_periodic_timer t = { .period_ns = 300 * NS_MS };
	int port = bind_virq(VIRQ_TIMER);

	if (port >= 0)
		timer_port = port;
	port_unmask(timer_port);
	ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &t);
}

static void mend(void)
{
	neighbour_mend();
	/* First, and not through the hypercall page: a breakpoint may stand there. */
	ringone_trap_call(__HYPERVISOR_set_debugreg, 7, 0x400, 0, 0, 0);
	mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table));
	ringone_set_gdt(NULL, 0);
	mmuext_linear(MMUEXT_SET_LDT, 0, 0);
	trap_init();
	ringone_fpu_taskswitch(0);
	events_on();
	if (one_in(4))
		ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	if (one_in(4))
		mend_timer();
	if (one_in(16))
		mend_playground();
}

void make_call(struct call *c)
{
	if (wild || one_in(12)) {
		make_raw_call(c);
		return;
	}
	switch (below(16)) {
	case 0 ... 4:
		make_memory_call(c);
		break;
	case 5 ... 9:
		make_state_call(c);
		break;
	case 10 ... 12:
		make_world_call(c);
		break;
	case 13 ... 14:
		make_grant_op(c);
		break;
	default:
		make_control_call(c);
	}
}

static void send_batch(void)
{
	uint32_t n = 1 + below(BATCH_MAX);
	multicall_entry_t *list = room(n * sizeof(*list));

	for (uint32_t i = 0; i < n; i++) {
		struct call c;

		make_call(&c);
		list[i].op = c.nr;
		for (int j = 0; j < 5; j++)
			list[i].args[j] = c.a[j];
	}
	done += n;
	/* Entries nobody wrote are zero: set_trap_table(NULL), and with it the end. So: rarely. */
	ringone_trap_call(__HYPERVISOR_multicall, one_in(300) ? bent(list) : (uint32_t)list,
			  one_in(300) ? pick_number() : n, 0, 0, 0);
}

static void send_one(void)
{
	struct call c;

	make_call(&c);
	done++;
	if (ringone_trap_call(c.nr, c.a[0], c.a[1], c.a[2], c.a[3], c.a[4]) < 0)
		refused++;
}

static void step(void)
{
	grants_learn();
	room_reset();
	reckless = rough && one_in(100);
	switch (below(18)) {
	case 0 ... 3:
		send_batch();
		break;
	case 4 ... 7:
		done += ring_act();
		break;
	case 8:
		shape_act();
		done++;
		break;
	case 9:
		done += crowd_act();
		break;
	case 10:
	case 11:
		done += neighbour_act();
		break;
	default:
		send_one();
	}
}

/* Of everything, by who may; of one's own only where nobody else changes it meanwhile. */
void audit(void)
{
	long ret = features & RINGONE_FEATURE_AUDIT && !in_child
			   ? ringone_trap_call(RINGONE_HYPERCALL_AUDIT,
					       privileged ? RINGONE_AUDIT_WHOLE : 0, 0, 0, 0, 0)
			   : 0;

	/* Any other answer is one of a handler's that came in between and left its own in EAX. */
	if (ret == -XEN_EINVAL)
		guest_printf("fuzz: AUDIT seed %u call %u: %d\n", seed, done, (int)ret);
	guest_printf("fuzz: seed %u calls %u refused %u faults %u\n", seed, done, refused, faults);
}

/* Even mending faults: the guest has lost what it stands on. */
static void __attribute__((noreturn)) give_up(void)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_crash };

	guest_printf("fuzz: lost, vector %u at %08x\n", last_vector, last_eip);
	for (;;)
		ringone_trap_call(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint32_t)&how, 0, 0, 0);
}

static void loop(void)
{
	static uint32_t stuck_at, stuck;

	/* A trap comes back here, so that what is below has to live in memory. */
	if (context_save(&home)) {
		stuck = done == stuck_at ? stuck + 1 : 0;
		stuck_at = done;
		if (stuck > MAX_STUCK)
			give_up();
	}
	home_valid = 1;
	while (done < calls) {
		mend();
		watchdog(1);
		for (int i = 0; i < 8 && done < calls; i++)
			step();
		if (in_child && second_mail)
			second_mail->word[CHILD_CALLS] = done;
		if (done >= next_audit) {
			next_audit = done + audit_every;
			mend();
			audit();
		}
	}
	home_valid = 0;
}

/* What both need, the guest and its copy. */
static void begin(void)
{
	random_seed(seed);
	ring_setup();
	play = page_alloc_n(PLAY_PAGES);
	tables_make(&spare);
	mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(spare.l3));
	random_core();
	trap_hook = on_trap;
	event_hook = on_event;
	/* Else they begin when a random VCPUOP_initialise happens to be right. */
	if (one_in(2))
		crowd_begin();
	mend_timer();
	watchdog(0);
	events_on();
}

/* The copy: it has our data, but nothing of what they say is there; and no end but its own. */
void guest_child(uint32_t its_seed)
{
	home_valid = probe_armed = 0;
	user_code_page = NULL;
	grants_forget();
	seed = its_seed;
	calls = ~0u;
	done = next_audit = 0;
	begin();
	loop();
}

void test_main(void)
{
	seed = option("seed=", 1);
	calls = option("calls=", calls);
	audit_every = option("audit=", audit_every);
	privileged = start_info->flags & SIF_INITDOMAIN ? 1 : 0;
	limits = guest_option("limits");
	wild = guest_option("wild");
	rough = guest_option("rough");
	guest_printf("fuzz: seed %u, %u calls, audit every %u\n", seed, calls, audit_every);
	/* How it ends is said once, before a call made up says something else. */
	ringone_sched_op(SCHEDOP_shutdown_code,
			 &(struct sched_shutdown){ .reason = SHUTDOWN_poweroff });
	if (guest_option("keeper")) {
		random_seed(seed);
		play = page_alloc_n(PLAY_PAGES);
		tables_make(&spare);
		random_core();
		done = keeper(calls, seed);
	} else {
		begin();
		guest_printf("fuzz: seed %u calls 0, it begins\n", seed);
		loop();
		events_off();
		mend();
		if (privileged) {
			neighbour_end();
			neighbours_sweep();
		}
		audit();
	}
	guest_printf("fuzz: done seed %u calls %u\n", seed, done);
}
