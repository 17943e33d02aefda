/* SPDX-License-Identifier: MIT */
/* The loops over all units (unit.h); the linker has sorted them. */
#include "unit.h"

extern const struct unit *const __units_start[], *const __units_end[];

#define for_each_unit(u)    for (const struct unit *const *u = __units_start; u < __units_end; u++)
#define for_each_unit_up(u) for (const struct unit *const *u = __units_end; u-- > __units_start;)

int units_domain_create(struct domain *d)
{
	for_each_unit(u)
	{
		int rc = (*u)->domain_create ? (*u)->domain_create(d) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

int units_vcpu_create(struct vcpu *v)
{
	for_each_unit(u)
	{
		int rc = (*u)->vcpu_create ? (*u)->vcpu_create(v) : 0;

		if (!rc)
			continue;
		while (u-- > __units_start)
			if ((*u)->vcpu_destroy)
				(*u)->vcpu_destroy(v);
		return rc;
	}
	return 0;
}

int units_domain_relinquish(struct domain *d)
{
	for_each_unit_up(u)
	{
		int rc = (*u)->domain_relinquish ? (*u)->domain_relinquish(d) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

void units_domain_dead(struct domain *d)
{
	for_each_unit_up(u) if ((*u)->domain_dead)(*u)->domain_dead(d);
}

void units_domain_recheck(struct domain *d)
{
	for_each_unit(u) if ((*u)->domain_recheck)(*u)->domain_recheck(d);
}

void units_domain_halts(struct domain *d)
{
	for_each_unit(u) if ((*u)->domain_halts)(*u)->domain_halts(d);
}

void units_domain_exception(struct domain *d)
{
	for_each_unit(u) if ((*u)->domain_exception)(*u)->domain_exception(d);
}

void units_vcpu_destroy(struct vcpu *v)
{
	for_each_unit_up(u) if ((*u)->vcpu_destroy)(*u)->vcpu_destroy(v);
}

void units_domain_destroy(struct domain *d)
{
	for_each_unit_up(u) if ((*u)->domain_destroy)(*u)->domain_destroy(d);
}

void units_frames_held(const struct domain *d, frame_holder held, void *to)
{
	for_each_unit(u) if ((*u)->frames_held)(*u)->frames_held(d, held, to);
}

uint32_t units_frames_held_long(const struct domain *d, uint32_t from, frame_holder held, void *to)
{
	uint32_t next = 0;

	for_each_unit(u) if ((*u)->frames_held_long)
	{
		uint32_t its = (*u)->frames_held_long(d, from, held, to);

		next = MAX(next, its);
	}
	return next;
}

uint32_t units_audit(void)
{
	uint32_t n = 0;

	for_each_unit(u) n += (*u)->audit ? (*u)->audit() : 0;
	return n;
}

uint32_t units_domain_refs(const struct domain *d)
{
	uint32_t n = 0;

	for_each_unit(u) n += (*u)->domain_refs ? (*u)->domain_refs(d) : 0;
	return n;
}

void units_softirq(uint32_t work)
{
	for_each_unit(u) if ((*u)->softirqs & work)(*u)->softirq();
}

void units_crash_report(struct domain *d)
{
	for_each_unit(u) if ((*u)->crash_report)(*u)->crash_report(d);
}

void units_dump(const struct domain *d)
{
	for_each_unit(u) if ((*u)->dump)(*u)->dump(d);
}
