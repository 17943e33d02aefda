/* SPDX-License-Identifier: MIT */
/* Page-table writes in batches: one entry into the hypervisor for many of them. */
#include <ringone/shim.h>

long ringone_batch_flush(struct ringone_batch *batch)
{
	unsigned int done = 0;
	long ret = 0;

	if (batch->count)
		ret = ringone_mmu_update(batch->req, batch->count, &done, DOMID_SELF);
	batch->failed_at = done;
	batch->count = 0;
	return ret;
}

long ringone_batch_add(struct ringone_batch *batch, uint64_t ma, uint64_t val, unsigned int how)
{
	long ret;

	if (batch->count == RINGONE_BATCH) {
		ret = ringone_batch_flush(batch);
		if (ret)
			return ret;
	}
	batch->req[batch->count].ptr = (ma & ~(uint64_t)3) | how;
	batch->req[batch->count].val = val;
	batch->count++;
	return 0;
}
