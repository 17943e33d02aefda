/* SPDX-License-Identifier: MIT */
/*
 * Transfer ("page flipping"): a page changes its owner, contents and all.  The
 * receiver has said with an entry of type GTF_accept_transfer that it takes one
 * from the sender, into the pseudo-physical frame that the entry names.
 *
 * First the entry is committed, so that it can be used once, then the page
 * leaves the sender, who must have let go of every mapping, then it is the
 * receiver's, and only then the entry says so.
 */
#include "internal.h"
#include "call/call.h"
#include "trust.h"

/* The granter's lock is held.  GNTST_okay: committed. */
static int16_t commit(const struct domain *rd, grant_ref_t ref, domid_t from)
{
	grant_entry_v1_t *e = grant_entry(rd->grants.va, rd->grants.nr_frames, ref);

	if (!e)
		return GNTST_general_error;
	return grant_commit_transfer(e, from);
}

static void complete(const struct domain *rd, grant_ref_t ref, mfn_t m, bool done)
{
	grant_entry_v1_t *e = grant_entry(rd->grants.va, rd->grants.nr_frames, ref);

	if (!e) /* it died meanwhile */
		return;
	if (done)
		WRITE_ONCE(e->frame, m.n);
	grant_end_transfer(e, done);
}

static int16_t move(struct domain *d, struct domain *rd, const gnttab_transfer_t *op)
{
	int16_t status;

	spin_lock(&rd->grants.lock);
	status = rd->dying ? GNTST_general_error : commit(rd, op->ref, d->id);
	spin_unlock(&rd->grants.lock);
	if (status != GNTST_okay)
		return status;
	switch (frame_transfer(MFN(op->mfn), d, rd)) {
	case 0:
		break;
	case -XEN_ENOMEM: /* it has all it may have */
		status = GNTST_general_error;
		break;
	default:
		status = GNTST_bad_page;
	}
	spin_lock(&rd->grants.lock);
	complete(rd, op->ref, MFN(op->mfn), status == GNTST_okay);
	spin_unlock(&rd->grants.lock);
	return status;
}

static int16_t transfer_one(struct domain *d, const gnttab_transfer_t *op)
{
	struct domain *rd = domain_get(op->domid);
	int16_t status;

	if (!rd)
		return GNTST_bad_domain;
	status = move(d, rd, op);
	domain_put(rd);
	return status;
}

int32_t grantop_transfer(struct subop_call *c, struct gnttab_transfer *op)
{
	op->status = transfer_one(c->d, op);
	return 0;
}
