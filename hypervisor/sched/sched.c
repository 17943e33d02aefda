/* SPDX-License-Identifier: MIT */
/*
 * Who has the processor: run states, switching, idling.
 *
 * There is one stack per processor and none per VCPU (percpu.h): a VCPU that
 * does not run is nothing but its struct, and a switch copies the guest frame
 * at the top of the stack out and another one in.  schedule() is called on the
 * way out to a guest, so whatever it leaves in that frame is what runs.
 *
 * `current` stays what it was while the processor idles, its page tables
 * loaded: often it is the same VCPU that wakes, and then nothing was moved.  Only
 * when it cannot wake, since its domain stands still or ends, the processor leaves
 * it for its idle VCPU, which has no tables but the hypervisor's own.
 */
#include "internal.h"
#include "sched.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "time/time.h"
#include "unit.h"
#include "trust.h"

spinlock_t sched_lock;
static uint64_t run_since; /* when the running VCPU was last charged */
static uint64_t got_since; /* when it got the processor */
static struct timer slice_timer;

#define SIBLING_NS 100000ULL /* how long a VCPU keeps the processor from a sibling it woke */

/*
 * How long whoever has got the processor keeps it from those who wake; Xen's
 * sched_ratelimit_us, with its bounds.  Without it a back end that sends two events in
 * a row is interrupted between them, and its guest woken twice.
 */
static uint32_t ratelimit_us = 1000;
#define RATELIMIT_MIN_US 100
#define RATELIMIT_MAX_US 500000

uint32_t sched_ratelimit_us(void)
{
	return ratelimit_us;
}

/* 0: who wakes waits for nothing. */
bool sched_set_ratelimit_us(uint64_t us)
{
	if (us && (us < RATELIMIT_MIN_US || us > RATELIMIT_MAX_US))
		return false;
	ratelimit_us = us;
	return true;
}

bool vcpu_may_run(const struct vcpu *v)
{
	const struct domain *d = v->domain;

	return v->sched.online && !d->pauses && !d->dying && !d->crashed && !d->is_shut_down &&
	       (!d->mm.auditor || d->mm.auditor == v) && !d->sched.parked;
}

/* Runnable, and in the queue unless its domain stands still (sched_domain_recheck). */
static void enqueue(struct vcpu *v)
{
	if (vcpu_may_run(v))
		runqueue_add(v);
}

static void slice_over(void *unused)
{
	this_cpu()->softirq |= SOFTIRQ_SCHED;
}

void sched_init(void)
{
	slice_timer = (struct timer){ .fn = slice_over };
}

/* sched_lock held; now: now_ns() as of just now. */
static void charge_running(struct vcpu *v, uint64_t now)
{
	runqueue_charge(v, now - run_since);
	run_since = now;
}

/* Before anybody joins the queue: where he may join it depends on what the one that runs has had. */
static void charge_current(uint64_t now)
{
	struct vcpu *running = current;

	if (running && running->sched.runstate == VCPU_RUNNING)
		charge_running(running, now);
}

/* v has the processor from run_since on.  sched_lock held. */
static void start_slice(const struct vcpu *v)
{
	uint64_t slice = runqueue_slice(v);

	if (slice)
		timer_set_now(&slice_timer, run_since + slice, run_since);
}

/* ---- changes of state ---- */

/*
 * `woken` comes before the one that runs, charged a moment ago: now, or when that one has had the
 * processor for ratelimit_us, or, where it is of the same domain, a moment from now.  Who wakes a
 * sibling mostly holds the lock the other will want first, and who spins for a lock whose holder has
 * no processor spins for a whole slice; but he may as well spin until the sibling has answered, so it
 * is no more than a moment.
 */
static void make_way(const struct vcpu *woken, const struct vcpu *running)
{
	uint64_t keeps = got_since + ratelimit_us * 1000ULL;

	if (TRUST_WHEN(26, 124, woken->domain == running->domain))
		keeps = run_since + SIBLING_NS;
	if (TRUST_WHEN(26, 126, keeps > run_since)) {
		if (!slice_timer.expires || slice_timer.expires > keeps)
			TRUST_EFFECT(26, 125, timer_set_now(&slice_timer, keeps, run_since));
		return;
	}
	this_cpu()->softirq |= SOFTIRQ_SCHED;
}

/*
 * A blocked VCPU has something to do.  Anything else is left as it is: one
 * that runs sees its events on the way out, one that is offline stays so.
 */
void vcpu_wake(struct vcpu *v)
{
	struct vcpu *running = current;
	uint64_t now;

	spin_lock(&sched_lock);
	if (v->sched.runstate != VCPU_BLOCKED) {
		spin_unlock(&sched_lock);
		return;
	}
	now = now_ns();
	if (v->sched.poll) {
		v->sched.poll = false;
		TRUST_EFFECT(26, 115, timer_cancel(&v->sched.poll_timer));
	}
	vcpu_set_runstate(v, VCPU_RUNNABLE, now);
	if (!vcpu_may_run(v)) {
		spin_unlock(&sched_lock);
		return;
	}
	charge_current(now);
	runqueue_add(v);
	if (running && running->sched.runstate == VCPU_RUNNING) {
		if (TRUST_WHEN(26, 123, runqueue_preempts(v, running)))
			make_way(v, running);
		else if (!slice_timer.expires)
			timer_set_now(&slice_timer, now + SCHED_SLICE_NS, now);
	} else {
		this_cpu()->softirq |= SOFTIRQ_SCHED;
	}
	spin_unlock(&sched_lock);
}

/* The current VCPU waits for vcpu_wake(); it leaves the processor on the way out. */
void vcpu_block(struct vcpu *v)
{
	spin_lock(&sched_lock);
	if (v->sched.runstate == VCPU_RUNNING) {
		uint64_t now = now_ns();

		/* Else whoever sleeps in time runs for nothing. */
		TRUST_EFFECT(26, 121, charge_running(v, now));
		vcpu_set_runstate(v, VCPU_BLOCKED, now);
		this_cpu()->softirq |= SOFTIRQ_SCHED;
	}
	spin_unlock(&sched_lock);
}

void vcpu_yield(void)
{
	struct vcpu *v = current;

	spin_lock(&sched_lock);
	if (v->sched.runstate == VCPU_RUNNING && !runqueue_empty()) {
		charge_running(v, now_ns());
		TRUST_EFFECT(26, 116, runqueue_yield(v));
		this_cpu()->softirq |= SOFTIRQ_SCHED;
	}
	spin_unlock(&sched_lock);
}

void vcpu_online(struct vcpu *v)
{
	spin_lock(&sched_lock);
	if (!v->sched.online) {
		uint64_t now = now_ns();

		v->sched.online = true;
		vcpu_set_runstate(v, VCPU_RUNNABLE, now);
		charge_current(now);
		enqueue(v);
		if (!slice_timer.expires)
			timer_set_now(&slice_timer, now + SCHED_SLICE_NS, now);
	}
	spin_unlock(&sched_lock);
}

/*
 * Whether d's VCPUs may run has changed, either way: those that want to are
 * queued, or are not.  One that has the processor leaves it on the way out.
 */
void sched_domain_recheck(struct domain *d)
{
	spin_lock(&sched_lock);
	charge_current(now_ns());
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = d->vcpus[i];

		if (v->sched.runstate != VCPU_RUNNABLE)
			continue;
		runqueue_remove(v);
		enqueue(v);
	}
	this_cpu()->softirq |= SOFTIRQ_SCHED;
	spin_unlock(&sched_lock);
}

void vcpu_offline(struct vcpu *v)
{
	uint64_t now = now_ns();

	spin_lock(&sched_lock);
	v->sched.online = false;
	if (v->sched.runstate == VCPU_RUNNING)
		charge_running(v, now);
	if (v->sched.runstate == VCPU_RUNNABLE)
		runqueue_remove(v);
	if (v->sched.poll) {
		v->sched.poll = false;
		timer_cancel(&v->sched.poll_timer);
	}
	vcpu_set_runstate(v, VCPU_OFFLINE, now);
	this_cpu()->softirq |= SOFTIRQ_SCHED;
	spin_unlock(&sched_lock);
}

/* ---- the processor ---- */

/*
 * The VCPU of a processor that has nothing to do and nobody to wait for: it has
 * no tables, is in no queue, and nobody sends it anything.
 */
static struct domain idle_domain = { .id = DOMID_IDLE, .mm.max_gpfn = 0 };
static struct vcpu_info idle_info;
static struct vcpu idle_vcpus[MAX_CPUS] = {
	[0 ... MAX_CPUS -
	 1] = { .domain = &idle_domain, .info = &idle_info, .sched.runstate = VCPU_OFFLINE },
};

static bool is_idle(const struct vcpu *v)
{
	return v->domain == &idle_domain;
}

/*
 * Take out who is next.  kill_domain() tells the queue nothing, since locks may
 * be held there: those who can run no more are left out here.
 */
static struct vcpu *pick(void)
{
	struct vcpu *v;

	spin_lock(&sched_lock);
	do
		v = runqueue_pick();
	while (v && !vcpu_may_run(v));
	spin_unlock(&sched_lock);
	return v;
}

static void switch_vcpu(struct cpu *c, struct vcpu *prev, struct vcpu *next)
{
	if (!is_idle(prev)) {
		prev->regs = c->regs;
		vcpu_save_cpu_state(prev);
	}
	current = next;
	load_cr3(next);
	if (!is_idle(next)) {
		c->regs = next->regs;
		vcpu_load_cpu_state(next);
	}
}

/* Called with SOFTIRQ_SCHED taken; sched_lock not held. */
void schedule(void (*idle)(struct cpu *c))
{
	struct cpu *c = this_cpu();
	struct vcpu *prev = current, *next;
	bool idled = false;

	spin_lock(&sched_lock);
	timer_cancel(&slice_timer);
	if (prev->sched.runstate == VCPU_RUNNING) {
		uint64_t now = now_ns();

		charge_running(prev, now);
		if (runqueue_empty() && vcpu_may_run(prev)) {
			start_slice(prev);
			spin_unlock(&sched_lock);
			return;
		}
		vcpu_set_runstate(prev, VCPU_RUNNABLE, now);
		enqueue(prev);
	}
	spin_unlock(&sched_lock);

	runstate_publish(prev);
	next = pick();
	if (!next && !is_idle(prev) && !vcpu_may_run(prev)) {
		switch_vcpu(c, prev, &idle_vcpus[c->id]);
		prev = current;
	}
	while (!next) {
		uint64_t since = now_ns();

		idled = true;
		idle(c);
		c->idle_ns += now_ns() - since;
		next = pick();
	}
	if (next != prev)
		switch_vcpu(c, prev, next);

	spin_lock(&sched_lock);
	run_since = now_ns();
	vcpu_set_runstate(next, VCPU_RUNNING, run_since);
	if (next != prev || idled)
		got_since = run_since;
	start_slice(next);
	spin_unlock(&sched_lock);
	update_vcpu_time(next);
	runstate_publish(next);
	TRUST_EFFECT(26, 117, vcpu_tick_resume(next));
}

/* The end of boot: the builder's VCPU, its registers in v->regs, gets the processor. */
void start_first_vcpu(struct vcpu *v)
{
	struct cpu *c = this_cpu();

	v->sched.initialised = true;
	v->sched.online = true;
	run_since = got_since = now_ns();
	vcpu_set_runstate(v, VCPU_RUNNING, run_since);
	current = v;
	c->regs = v->regs;
	load_cr3(v);
	vcpu_load_cpu_state(v);
	update_wallclock(v->domain);
	update_vcpu_time(v);
	vcpu_tick_resume(v);
}

/* ---- life and death ---- */

static int sched_vcpu_create(struct vcpu *v)
{
	v->sched.poll_timer = (struct timer){ .fn = poll_timed_out, .arg = v };
	v->sched.runstate = v->sched.runstate_info.state = VCPU_OFFLINE;
	v->sched.runstate_info.state_entry_time = now_ns();
	return 0;
}

/* Nothing runs, waits or ticks any more; what it holds of the domain's memory goes. */
static int sched_domain_relinquish(struct domain *d)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(d->sched.watchdogs); i++)
		TRUST_EFFECT(27, 118, timer_cancel(&d->sched.watchdogs[i]));
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = d->vcpus[i];

		vcpu_offline(v);
		timer_cancel(&v->sched.poll_timer);
		v->sched.runstate_area = v->time.time_area = GVA(0);
		vcpu_info_release(v);
	}
	return 0;
}

UNIT(sched, .vcpu_create = sched_vcpu_create, .domain_relinquish = sched_domain_relinquish,
     .frames_held = vcpu_info_frames_held, .domain_recheck = sched_domain_recheck);
