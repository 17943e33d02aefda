/* SPDX-License-Identifier: MIT */
/* Frames of another domain: what they are, and one of them made a hypercall page. */
#include "control.h"
#include "domain/domain.h"
#include "mm/mm.h"

#define FRAMES_BETWEEN_CHECKS 256

static uint32_t kind_of(struct domain *d, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);
	uint32_t type, kind = XEN_DOMCTL_PFINFO_NOTAB;

	if (!mfn_valid(m) || !TRUST_CHECK(7, 70, get_page(p, d)))
		return XEN_DOMCTL_PFINFO_XTAB;
	type = READ_ONCE(p->type);
	/* The kind outlives the last reference to it (page.c); what is not in use as a table is none. */
	if (type & PGT_count_mask)
		switch (type & PGT_type_mask) {
		case PGT_l1:
			kind = XEN_DOMCTL_PFINFO_L1TAB;
			break;
		case PGT_l2:
			kind = XEN_DOMCTL_PFINFO_L2TAB;
			break;
		case PGT_l3:
			kind = XEN_DOMCTL_PFINFO_L3TAB;
			break;
		}
	put_page(p);
	return kind | (type & PGT_pinned ? XEN_DOMCTL_PFINFO_LPINTAB : 0);
}

/* The array holds frame numbers and is overwritten with kinds; what is left of it carries on. */
int32_t domctl_getpageframeinfo3(struct control_call *c, struct xen_domctl_getpageframeinfo3 *a)
{
	for (uint32_t done = 1; a->num; done++) {
		xen_pfn_t frame;

		if (copy_from_guest(&frame, a->array, 0))
			return -XEN_EFAULT;
		frame = kind_of(c->d, MFN(frame));
		if (copy_to_guest(a->array, 0, &frame))
			return -XEN_EFAULT;
		a->array.p++;
		a->num--;
		if (a->num && done % FRAMES_BETWEEN_CHECKS == 0 && preempt_needed())
			return -XEN_ERESTART;
	}
	return 0;
}

int32_t domctl_hypercall_init(struct control_call *c, struct xen_domctl_hypercall_init *a)
{
	struct page_info *p = mfn_to_page(MFN(a->gmfn));
	uint8_t *page;

	if (a->gmfn >> 32 || !mfn_valid(MFN(a->gmfn)) ||
	    !TRUST_CHECK(1, 72, !get_page_and_type(p, c->d, PGT_writable)))
		return -XEN_EACCES;
	page = map_frame(MFN(a->gmfn));
	hypercall_page_fill(page);
	unmap_frame(page);
	put_page_and_type(p);
	return 0;
}

/* Of shadow modes nothing but the log, which needs no memory that a tool could give or take. */
int32_t domctl_shadow_op(struct control_call *c, struct xen_domctl_shadow_op *a)
{
	uint32_t found = 0;
	int32_t rc;

	switch (a->op) {
	case XEN_DOMCTL_SHADOW_OP_OFF:
		dirty_log_stop(c->d);
		return 0;
	case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
		return dirty_log_start(c->d);
	case XEN_DOMCTL_SHADOW_OP_ENABLE:
		return a->mode == XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY ? dirty_log_start(c->d)
								     : -XEN_EOPNOTSUPP;
	case XEN_DOMCTL_SHADOW_OP_CLEAN:
	case XEN_DOMCTL_SHADOW_OP_PEEK:
		if (a->pages >> 32)
			return -XEN_EINVAL;
		rc = dirty_log_read(c->d, GVA((uint32_t)(uintptr_t)a->dirty_bitmap.p), a->pages,
				    a->op == XEN_DOMCTL_SHADOW_OP_CLEAN, &found);
		a->stats.fault_count = 0;
		a->stats.dirty_count = found;
		return rc;
	default:
		return -XEN_EOPNOTSUPP;
	}
}
