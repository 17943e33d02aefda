/* SPDX-License-Identifier: MIT */
/* Reports that a person asks for by key (`xl debug-keys`). */
#include "control.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "say/say.h"
#include "sched/sched.h"

#define MAX_KEYS 16 /* of one call: each may print a screenful */

static void print_vcpus(const struct domain *d)
{
	static const char *const states[] = { "running", "runnable", "blocked", "offline" };

	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		const struct vcpu *v = d->vcpus[i];
		struct vcpu_runstate_info info;

		runstate_read(v, &info);
		printk_raw("  vcpu %u: %s%s, ran about %u ms, at %x:%08x, events %s, %s\n", i,
			   states[v->sched.runstate], v->sched.online ? "" : " (down)",
			   (uint32_t)(info.time[RUNSTATE_running] >> 20), v->regs.cs, v->regs.eip,
			   v->info->evtchn_upcall_pending ? "pending" : "none",
			   v->info->evtchn_upcall_mask ? "masked" : "unmasked");
		breathe();
	}
}

static void print_domains(void)
{
	struct domain *d = domain_get_from(0), *next;

	for (; d; d = next) {
		printk_raw("domain %u:%s%s%s%s%s, %u of %u pages, %u references\n", d->id,
			   d->privileged ? " privileged" : "", d->pauses ? " paused" : "",
			   d->is_shut_down ? " shut down" : "", d->crashed ? " crashed" : "",
			   d->dying ? " dying" : "", d->mm.nr_pages, d->mm.max_pages, d->refs);
		breathe();
		print_vcpus(d);
		next = domain_get_from(d->id + 1);
		domain_put(d);
	}
}

static void print_memory(void)
{
	printk_raw("%u frames free, %u of them below 4 GiB, %u for domains; last frame 0x%x\n",
		   frames_free_count(), frames_free_low(), frames_free_for_domains(), max_mfn - 1);
}

static void print_keys(void);

static const struct {
	char key;
	const char *what;
	void (*report)(void);
} keys[] = {
	{ 'h', "this list", print_keys },
	{ 'm', "memory", print_memory },
	{ 'q', "domains and their VCPUs", print_domains },
};

static void print_keys(void)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(keys); i++)
		printk_raw("key '%c': %s\n", keys[i].key, keys[i].what);
	breathe();
}

/* Unknown keys are ignored, as Xen does. */
int32_t sysctl_debug_keys(struct control_call *c, struct xen_sysctl_debug_keys *a)
{
	if (!TRUST_CHECK(5, 72, a->nr_keys <= MAX_KEYS))
		return -XEN_E2BIG;
	for (uint32_t i = 0; i < a->nr_keys; i++) {
		char key;

		if (copy_from_guest(&key, a->keys, i))
			return -XEN_EFAULT;
		for (uint32_t j = 0; j < ARRAY_SIZE(keys); j++)
			if (keys[j].key == key)
				keys[j].report();
	}
	return 0;
}
