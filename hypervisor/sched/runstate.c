/* SPDX-License-Identifier: MIT */
/*
 * How long a VCPU ran, waited for the processor, slept, or was off (struct
 * vcpu_runstate_info of the interface's vcpu.h), and the copy of it that a
 * guest may ask for in its own memory.
 */
#include "internal.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "time/time.h"

_Static_assert(VCPU_RUNNING == RUNSTATE_running && VCPU_RUNNABLE == RUNSTATE_runnable &&
		       VCPU_BLOCKED == RUNSTATE_blocked && VCPU_OFFLINE == RUNSTATE_offline,
	       "our run states are the interface's");

/* Account the time in the old state, enter the new one.  sched_lock held. */
void vcpu_set_runstate(struct vcpu *v, enum vcpu_runstate s, uint64_t now)
{
	struct vcpu_runstate_info *info = &v->sched.runstate_info;

	info->time[v->sched.runstate] += now - info->state_entry_time;
	info->state_entry_time = now;
	info->state = s;
	v->sched.runstate = s;
}

void runstate_read(const struct vcpu *v, struct vcpu_runstate_info *info)
{
	*info = v->sched.runstate_info;
	info->time[v->sched.runstate] += now_ns() - info->state_entry_time;
}

static bool update_flag_wanted(const struct domain *d)
{
	return d->vm_assist & (1U << VMASST_TYPE_runstate_update_flag);
}

#define WORDS (sizeof(struct vcpu_runstate_info) / sizeof(uint32_t))
#define ENTRY_TIME_TOP \
	(offsetof(struct vcpu_runstate_info, state_entry_time) / sizeof(uint32_t) + 1)

/*
 * The guest computes with what it finds, so a half-written copy must be
 * recognisable: with the runstate_update_flag assist the top bit of
 * state_entry_time is set around the write.  An address that does not take it
 * loses the update and nothing else.  Every switch comes here twice.
 */
static void publish(const struct vcpu *v)
{
	const uint32_t *is = (const uint32_t *)&v->sched.runstate_info;
	const uint32_t flag = update_flag_wanted(v->domain) ? XEN_RUNSTATE_UPDATE >> 32 : 0;
	const gva_t area = v->sched.runstate_area;
	const gva_t top = gva_add(area, ENTRY_TIME_TOP * sizeof(uint32_t));

	if (!guest_words_ok(v->domain, area, WORDS * sizeof(uint32_t)))
		return;
	if (flag && !put_guest_word(top, is[ENTRY_TIME_TOP] | flag))
		return;
	barrier();
#pragma GCC unroll 11
	for (uint32_t i = 0; i < WORDS; i++)
		if (!put_guest_word(gva_add(area, i * sizeof(uint32_t)),
				    i == ENTRY_TIME_TOP ? is[i] | flag : is[i]))
			return;
	barrier();
	if (flag)
		put_guest_word(top, is[ENTRY_TIME_TOP]);
}

void runstate_publish(struct vcpu *v)
{
	if (v->sched.runstate_area.a)
		publish(v);
}
