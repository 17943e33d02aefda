/* SPDX-License-Identifier: MIT */
/*
 * The guest's pages. A guest that asked for it (`feature-persistent`) uses the same pages again and
 * again, granted for writing: each is mapped once and stays so until the end of the connection,
 * found by its reference. Pages of others, and those beyond what is kept, are mapped for one
 * request. Either way all that a request lacks is mapped in one batch. Where no more can be kept,
 * because other disks keep so many, this one gives back all it keeps and goes on without.
 */
#include <errno.h>
#include "core.h"

static void *kept(const struct blk_device *d, uint32_t ref)
{
	for (unsigned int i = 0; i < d->n_kept; i++)
		if (d->kept[i].ref == ref)
			return d->kept[i].page;
	return NULL;
}

static void keep(struct blk_device *d, void *at, const uint32_t *refs, unsigned int n)
{
	d->area[d->n_areas].at = at;
	d->area[d->n_areas++].n = n;
	for (unsigned int i = 0; i < n; i++) {
		d->kept[d->n_kept].ref = refs[i];
		d->kept[d->n_kept++].page = (char *)at + i * HOST_PAGE;
	}
}

/* References not kept yet, each once; how many. */
static unsigned int missing(const struct blk_device *d, const uint32_t *refs, unsigned int n,
			    uint32_t *out)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int j = 0;

		if (kept(d, refs[i]))
			continue;
		while (j < found && out[j] != refs[i])
			j++;
		if (j == found)
			out[found++] = refs[i];
	}
	return found;
}

int blk_get_pages(struct blk_device *d, const uint32_t *refs, unsigned int n, int write,
		  void **page, void **area, unsigned int *mapped)
{
	uint32_t lacking[BLK_MAX_SEGMENTS];
	unsigned int m = d->persistent ? missing(d, refs, n, lacking) : n;

	*area = NULL;
	*mapped = 0;
	if (d->persistent && m <= BLK_KEPT - d->n_kept) {
		void *at = m ? d->host->map(d->host, d->guest, lacking, m, 1) : NULL;

		if (at)
			keep(d, at, lacking, m);
		for (unsigned int i = 0; i < n && (at || !m); i++)
			page[i] = kept(d, refs[i]);
		if (at || !m)
			return 0;
		blk_forget_pages(d);
	}
	*area = d->host->map(d->host, d->guest, refs, n, write);
	if (!*area)
		return -EFAULT;
	*mapped = n;
	for (unsigned int i = 0; i < n; i++)
		page[i] = (char *)*area + i * HOST_PAGE;
	return 0;
}

void blk_put_pages(struct blk_device *d, void *area, unsigned int mapped)
{
	if (mapped)
		d->host->unmap(d->host, area, mapped);
}

void blk_forget_pages(struct blk_device *d)
{
	for (unsigned int i = 0; i < d->n_areas; i++)
		d->host->unmap(d->host, d->area[i].at, d->area[i].n);
	d->n_areas = d->n_kept = 0;
}
