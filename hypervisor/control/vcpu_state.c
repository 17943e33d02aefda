/* SPDX-License-Identifier: MIT */
/*
 * State of a VCPU that its context (vcpu_context.c) has no room for, for tools that
 * save and restore: what XSAVE keeps beyond FXSAVE's 512 bytes, and MSRs.
 */
#include "control.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "mm/mm.h"

/*
 *	buffer  +------+------------+---------------------------------+
 *		| XCR0 | XCR0 ever  | XSAVE area, in its standard form |
 *		+------+------------+---------------------------------+
 */
struct xstate {
	uint64_t xcr0, xcr0_ever;
};

#define MAX_MSRS 64 /* in one call */

static struct vcpu *vcpu_of(struct domain *d, uint32_t id)
{
	return TRUST_CHECK(26, 73, id < d->nr_vcpus) ? d->vcpus[id] : NULL;
}

/* A size of 0 asks how large it is; no features: there is nothing that the context has not. */
int32_t domctl_getvcpuextstate(struct control_call *c, struct xen_domctl_vcpuextstate *a)
{
	const struct vcpu *v = vcpu_of(c->d, a->vcpu);
	uint32_t area = fpu_xstate_size(), size = sizeof(struct xstate) + area;
	gva_t to = GVA((uint32_t)(uintptr_t)a->buffer.p);
	struct xstate head;

	if (!v)
		return -XEN_ESRCH;
	if (!(v->cpu.guest_cr4 & CR4_OSXSAVE)) {
		a->xfeature_mask = a->size = 0;
		return 0;
	}
	a->xfeature_mask = fpu_xstate_components();
	if (a->size && !TRUST_CHECK(26, 74, a->size >= size))
		return -XEN_ENOBUFS;
	head.xcr0 = head.xcr0_ever = v->cpu.guest_xcr0;
	if (a->size && (copy_to_guest_raw(to, &head, sizeof(head)) ||
			copy_to_guest_raw(gva_add(to, sizeof(head)), v->fpu.area, area)))
		return -XEN_EFAULT;
	a->size = size;
	return 0;
}

/* Behind setvcpucontext, which says whether the guest has XSAVE on. */
int32_t domctl_setvcpuextstate(struct control_call *c, struct xen_domctl_vcpuextstate *a)
{
	gva_t from = GVA((uint32_t)(uintptr_t)a->buffer.p);
	struct vcpu *v = vcpu_of(c->d, a->vcpu);
	uint32_t bytes = a->size - sizeof(struct xstate);
	struct xstate head;
	void *area;
	int32_t rc;

	if (!v)
		return -XEN_ESRCH;
	if (a->size < sizeof(head) || !TRUST_CHECK(26, 75, bytes <= fpu_xstate_size()))
		return -XEN_EINVAL;
	if (copy_from_guest_raw(&head, from, sizeof(head)))
		return -XEN_EFAULT;
	if (!bytes) /* nothing but the two registers */
		return 0;
	area = heap_alloc_page(); /* whose end is zero, should less have come */
	if (!area)
		return -XEN_ENOMEM;
	if (copy_from_guest_raw(area, gva_add(from, sizeof(head)), bytes))
		rc = -XEN_EFAULT;
	else
		rc = fpu_set_xstate(v, head.xcr0, area) ? 0 : -XEN_EINVAL;
	heap_free_page(area);
	return rc;
}

/* ---- MSRs: what guests write to those they have is remembered nowhere (emulate/msr.c) ---- */

int32_t domctl_get_vcpu_msrs(struct control_call *c, struct xen_domctl_vcpu_msrs *a)
{
	if (!vcpu_of(c->d, a->vcpu))
		return -XEN_ESRCH;
	a->msr_count = 0;
	return 0;
}

/* So a stream from elsewhere can bring only those that are zero, as they are here. */
int32_t domctl_set_vcpu_msrs(struct control_call *c, struct xen_domctl_vcpu_msrs *a)
{
	uint32_t count = a->msr_count;
	xen_domctl_vcpu_msr_t msr;

	if (!vcpu_of(c->d, a->vcpu))
		return -XEN_ESRCH;
	if (!TRUST_CHECK(5, 6, count <= MAX_MSRS))
		return -XEN_EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		if (copy_from_guest(&msr, a->msrs, i))
			return -XEN_EFAULT;
		if (msr.reserved || msr.value)
			return -XEN_EINVAL;
	}
	return 0;
}
