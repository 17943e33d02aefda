/* SPDX-License-Identifier: MIT */
/* start_info: the page whose address a kernel finds in ESI when it wakes up. */
#include "internal.h"
#include "domain/domain.h"
#include "event/event.h"
#include "lib.h"
#include "mm/mm.h"
#include "peer/peer.h"

/* A page of ours takes the place of the frame at va: the hypervisor serves the ring in it. */
static void *shared_ring(struct builder *b, uint32_t va, mfn_t *m)
{
	void *page = heap_alloc_page();

	if (!page)
		cannot_run("no memory for the first domain's console and store rings");
	*m = heap_page_mfn(page);
	share_page_with_guest(*m, b->d, true);
	builder_replace(b, layout_pfn(&b->layout, va), *m);
	return page;
}

/* A plain domain has a console ring and a store ring, and a channel for each. */
static void plain_channels(struct builder *b, struct start_info *si)
{
	const struct boot_layout *l = &b->layout;
	struct domain *d = b->d;
	int console, store;
	mfn_t store_mfn;

	d->peer.console_ring = shared_ring(b, l->console, &d->peer.console_mfn);
	d->peer.store_ring = shared_ring(b, l->store, &store_mfn);
	console = event_alloc_hv_port(d, DOMID_XEN, &console_ring_end);
	store = event_alloc_hv_port(d, DOMID_XEN, &empty_store_end);
	if (console < 0 || store < 0)
		panic("no event channels for the first domain's console and store");
	d->peer.console_port = console;
	d->peer.store_port = store;
	si->console.domU.mfn = d->peer.console_mfn.n;
	si->console.domU.evtchn = console;
	si->store_mfn = store_mfn.n;
	si->store_evtchn = store;
}

void builder_start_info(struct builder *b)
{
	const struct boot_layout *l = &b->layout;
	mfn_t m = builder_mfn(b, layout_pfn(l, l->start_info));
	struct start_info *si = heap_alloc(sizeof(*si));
	void *page;

	if (!si)
		cannot_run("no memory for a start_info page");
	/* What kernels have looked for since the interface's first release. */
	strlcpy(si->magic, "xen-3.0-x86_32p", sizeof(si->magic));
	si->nr_pages = b->nr_pages;
	si->shared_info = mfn_to_paddr(b->d->shared_mfn);
	if (b->plain)
		plain_channels(b, si);
	else
		si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = l->tables;
	si->nr_pt_frames = l->nr_tables;
	si->mfn_list = l->p2m;
	si->first_p2m_pfn = l->p2m_pfn;
	si->nr_p2m_frames = l->p2m_pages + l->p2m_nr_l1 + l->p2m_nr_l2;
	if (l->initrd_bytes) {
		si->mod_start = l->initrd_unmapped ? l->initrd_pfn : l->initrd;
		si->mod_len = l->initrd_bytes;
		if (l->initrd_unmapped)
			si->flags |= SIF_MOD_START_PFN;
	}
	strlcpy((char *)si->cmd_line, b->kernel->cmdline, sizeof(si->cmd_line));

	page = map_frame(m);
	memcpy(page, si, sizeof(*si));
	unmap_frame(page);
	heap_free(si);
}
