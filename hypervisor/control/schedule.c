/* SPDX-License-Identifier: MIT */
/*
 * What tools say about scheduling: weights and caps, in the words of Xen's
 * credit2, affinities, and CPU pools, of which there is one with all processors.
 */
#include "control.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "sched/sched.h"

#define POOL 0

/* ---- bitmaps of the interface: bytes, the lowest bit first ---- */

static int32_t get_bitmap(const struct xenctl_bitmap *b, uint32_t *bits)
{
	uint32_t bytes = MIN((b->nr_bits + 7) / 8, sizeof(*bits));

	*bits = 0;
	if (copy_from_guest_raw(bits, GVA((uint32_t)(uintptr_t)b->bitmap.p), bytes))
		return -XEN_EFAULT;
	if (b->nr_bits < 32)
		*bits &= (1U << b->nr_bits) - 1;
	return 0;
}

#define BYTES_A_BREATH 256

/* Whatever the caller has room for beyond our bits is cleared. */
static int32_t put_bitmap(const struct xenctl_bitmap *b, uint32_t bits)
{
	gva_t to = GVA((uint32_t)(uintptr_t)b->bitmap.p);
	uint32_t bytes = (b->nr_bits + 7) / 8;

	if (!TRUST_CHECK(5, 70, bytes <= PAGE_SIZE)) /* no machine has so many processors */
		return -XEN_EINVAL;
	for (uint32_t i = 0; i < bytes; i++) {
		uint8_t byte = i < sizeof(bits) ? bits >> i * 8 : 0;

		if (copy_to_guest_raw(gva_add(to, i), &byte, 1))
			return -XEN_EFAULT;
		if (i % BYTES_A_BREATH == BYTES_A_BREATH - 1)
			breathe();
	}
	return 0;
}

static uint32_t online_cpus(void)
{
	return (1U << nr_cpus) - 1;
}

/* ---- weights and caps ---- */

int32_t sysctl_sched_id(struct control_call *c, struct xen_sysctl_sched_id *a)
{
	a->sched_id = XEN_SCHEDULER_CREDIT2;
	return 0;
}

int32_t sysctl_scheduler_op(struct control_call *c, struct xen_sysctl_scheduler_op *a)
{
	if (a->cpupool_id != POOL)
		return -XEN_ESRCH;
	if (a->sched_id != XEN_SCHEDULER_CREDIT2)
		return -XEN_EINVAL;
	if (a->cmd == XEN_SYSCTL_SCHEDOP_putinfo)
		return sched_set_ratelimit_us(a->u.sched_credit2.ratelimit_us) ? 0 : -XEN_EINVAL;
	a->u.sched_credit2.ratelimit_us = sched_ratelimit_us();
	return a->cmd == XEN_SYSCTL_SCHEDOP_getinfo ? 0 : -XEN_EINVAL;
}

int32_t domctl_scheduler_op(struct control_call *c, struct xen_domctl_scheduler_op *a)
{
	struct xen_domctl_sched_credit2 *p = &a->u.credit2;

	if (a->sched_id != XEN_SCHEDULER_CREDIT2)
		return -XEN_EINVAL;
	switch (a->cmd) {
	case XEN_DOMCTL_SCHEDOP_putinfo:
		if (!TRUST_CHECK(26, 66, p->weight))
			return -XEN_EINVAL;
		c->d->sched.weight = p->weight;
		if (p->cap != 0xffff) /* as it is */
			c->d->sched.cap = p->cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_getinfo:
		p->weight = c->d->sched.weight;
		p->cap = c->d->sched.cap;
		return 0;
	default: /* there is nothing to say of a single VCPU */
		return -XEN_EINVAL;
	}
}

/* ---- who runs where ---- */

static int32_t set_affinity(struct xenctl_bitmap *map, uint32_t within, uint32_t *affinity)
{
	uint32_t bits;
	int32_t rc = get_bitmap(map, &bits);

	if (rc)
		return rc;
	if (!TRUST_CHECK(26, 67, bits & within)) /* it could never run */
		return -XEN_EINVAL;
	*affinity = bits;
	return put_bitmap(map, bits & within);
}

static struct vcpu *vcpu_of(struct domain *d, uint32_t id)
{
	return TRUST_CHECK(26, 68, id < d->nr_vcpus) ? d->vcpus[id] : NULL;
}

int32_t domctl_setvcpuaffinity(struct control_call *c, struct xen_domctl_vcpuaffinity *a)
{
	struct vcpu *v = vcpu_of(c->d, a->vcpu);
	int32_t rc = 0;

	if (!v)
		return -XEN_EINVAL;
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return -XEN_EINVAL;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = set_affinity(&a->cpumap_hard, online_cpus(), &v->sched.hard_affinity);
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT)
		rc = set_affinity(&a->cpumap_soft, ~0U, &v->sched.soft_affinity);
	return rc;
}

int32_t domctl_getvcpuaffinity(struct control_call *c, struct xen_domctl_vcpuaffinity *a)
{
	const struct vcpu *v = vcpu_of(c->d, a->vcpu);
	int32_t rc = 0;

	if (!v || !(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return -XEN_EINVAL;
	if (a->flags & XEN_VCPUAFFINITY_HARD)
		rc = put_bitmap(&a->cpumap_hard, v->sched.hard_affinity);
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT)
		rc = put_bitmap(&a->cpumap_soft, v->sched.soft_affinity);
	return rc;
}

/* All memory is in node 0. */
int32_t domctl_setnodeaffinity(struct control_call *c, struct xen_domctl_nodeaffinity *a)
{
	uint32_t bits;
	int32_t rc = get_bitmap(&a->nodemap, &bits);

	return rc ? rc : bits & 1 ? 0 : -XEN_EINVAL;
}

int32_t domctl_getnodeaffinity(struct control_call *c, struct xen_domctl_nodeaffinity *a)
{
	return put_bitmap(&a->nodemap, 1);
}

/* ---- the pool ---- */

static uint32_t number_of_domains(void)
{
	uint32_t n = 0;

	for (struct domain *d = domains; d; d = d->next)
		n++;
	return n;
}

int32_t sysctl_cpupool_op(struct control_call *c, struct xen_sysctl_cpupool_op *a)
{
	switch (a->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO: /* of the first pool from this number on */
		if (a->cpupool_id != POOL)
			return -XEN_ENOENT;
		a->sched_id = XEN_SCHEDULER_CREDIT2;
		a->n_dom = number_of_domains();
		return put_bitmap(&a->cpumap, online_cpus());
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO: /* processors of no pool */
		return put_bitmap(&a->cpumap, 0);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		return a->cpupool_id == POOL ? 0 : -XEN_ENOENT;
	default:
		return -XEN_EOPNOTSUPP; /* no second one */
	}
}
