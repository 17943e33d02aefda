/* SPDX-License-Identifier: MIT */
/*
 * Memory of a domain that is being built: which frames it gets, and the two
 * tables that translate between its view and the machine's, p2m (its own,
 * pseudo-physical to machine) and M2P (everybody's, the reverse).
 */
#include "internal.h"
#include "mm/mm.h"

#define WORDS_PER_PAGE (PAGE_SIZE / 4)

#define FRAMES_4G   0x100000U
#define LOW_RESERVE (96U << (20 - PAGE_SHIFT))

/*
 * Kept back for the heap and for exchanging memory: 1/32, at least 2 and at
 * most 16 MiB.  A domain with frames above 4 GiB gives those for the ones its
 * devices can reach, so that each exchange uses up some of the latter: then
 * there is more, for the bounce buffers of Linux (64 MiB) and some DMA memory.
 */
static uint32_t hypervisor_reserve(uint32_t pages)
{
	return MIN(MAX(pages / 32, 512U), 4096U) + (max_mfn > FRAMES_4G ? LOW_RESERVE : 0);
}

static bool in_range(const struct boot_module *m, const struct elf_range *r, uint64_t page)
{
	paddr_t start = m->start + r->offset, at = page << PAGE_SHIFT;

	return r->size && at + PAGE_SIZE > start && at < start + r->size;
}

/* The kernel's symbol table is read from where the loader put it, for as long as we run. */
static bool page_is_kept(const struct builder *b, uint64_t page)
{
	return in_range(b->kernel, &b->elf.symtab, page) ||
	       in_range(b->kernel, &b->elf.strtab, page);
}

static bool page_of(const struct boot_module *m, uint64_t page)
{
	return page >= m->start >> PAGE_SHIFT && page <= (m->start + m->size - 1) >> PAGE_SHIFT;
}

/*
 * Give the module's pages to the frame allocator, or only count them.  Two
 * modules may share a page: it counts for the kernel.
 */
static uint32_t module_pages(const struct builder *b, const struct boot_module *m, bool release)
{
	uint64_t first = m->start >> PAGE_SHIFT, last = (m->start + m->size - 1) >> PAGE_SHIFT;
	uint32_t n = 0, run = 0;

	for (uint64_t page = first; page <= last + 1; page++) {
		bool ours = page <= last && page < max_mfn && !page_is_kept(b, page) &&
			    (m == b->kernel || !page_of(b->kernel, page));

		n += ours;
		if (ours) {
			run++;
		} else if (run) {
			if (release)
				frames_add_region(MFN(page - run), run);
			run = 0;
		}
	}
	return n;
}

void builder_release_modules(struct builder *b)
{
	module_pages(b, b->kernel, true);
	if (b->initrd)
		module_pages(b, b->initrd, true);
}

uint32_t builder_memory_size(const struct builder *b, uint64_t wanted_bytes)
{
	uint32_t all = frames_free_count() + module_pages(b, b->kernel, false);
	uint32_t usable;

	if (b->initrd)
		all += module_pages(b, b->initrd, false);
	usable = all - MIN(all, hypervisor_reserve(all));
	if (!wanted_bytes)
		return usable;
	if (wanted_bytes >> PAGE_SHIFT > usable) {
		printk(LOG_WARN,
		       "dom0_mem=%llu MiB is more than there is; the first domain gets %u MiB\n",
		       wanted_bytes >> 20, usable >> 8);
		return usable;
	}
	return wanted_bytes >> PAGE_SHIFT;
}

/*
 * One frame behind the other: a kernel that finds its memory in long rows translates within one by a
 * difference (linux-port/README.md).  Those above 4 GiB come first, and those that are kept back then
 * are the lowest, so that what devices can reach lasts.
 */
static mfn_t take_frame(struct builder *b)
{
	mfn_t m = frame_alloc_from(b->d, MFN(b->next_mfn));

	if (mfn_eq(m, INVALID_MFN) && b->next_mfn > FRAMES_4G)
		m = frame_alloc_from(b->d, MFN(LOW_RESERVE));
	if (mfn_eq(m, INVALID_MFN))
		m = frame_alloc_from(b->d, MFN(0));
	if (mfn_eq(m, INVALID_MFN))
		cannot_run(
			"no frame left while building the first domain; use a smaller dom0_mem=");
	b->next_mfn = m.n + 1;
	return m;
}

static void set_p2m(struct builder *b, gpfn_t pfn, mfn_t m)
{
	uint32_t *list = map_frame(b->p2m_frames[pfn.n / WORDS_PER_PAGE]);

	list[pfn.n % WORDS_PER_PAGE] = m.n;
	unmap_frame(list);
	set_m2p(m, pfn);
}

/*
 * The p2m list's own frames come first: there the others are noted.  They are those of their place in
 * the row that page 0 begins.
 */
void builder_memory_init(struct builder *b)
{
	mfn_t first;

	b->p2m_frames = heap_alloc(b->layout.p2m_pages * sizeof(mfn_t));
	if (!b->p2m_frames)
		cannot_run("no memory to build a domain of %u pages; use a smaller dom0_mem=",
			   b->nr_pages);
	b->next_mfn = max_mfn > FRAMES_4G ? FRAMES_4G : 0;
	first = take_frame(b);
	b->next_mfn = first.n + b->layout.p2m_pfn;
	for (uint32_t i = 0; i < b->layout.p2m_pages; i++)
		b->p2m_frames[i] = take_frame(b);
	b->next_mfn = first.n + 1;
	set_p2m(b, GPFN(0), first);
	b->next_pfn = 1;
}

mfn_t builder_mfn(const struct builder *b, gpfn_t pfn)
{
	const uint32_t *list = map_frame(b->p2m_frames[pfn.n / WORDS_PER_PAGE]);
	mfn_t m = MFN(list[pfn.n % WORDS_PER_PAGE]);

	unmap_frame(list);
	return m;
}

void builder_populate(struct builder *b, uint32_t end_pfn)
{
	const struct boot_layout *l = &b->layout;

	for (; b->next_pfn < end_pfn; b->next_pfn++) {
		uint32_t pfn = b->next_pfn;
		mfn_t m;

		if (pfn >= l->p2m_pfn && pfn < l->p2m_pfn + l->p2m_pages)
			m = b->p2m_frames[pfn - l->p2m_pfn];
		else
			m = take_frame(b);
		set_p2m(b, GPFN(pfn), m);
	}
}

/* A page that we share with the domain takes the place of the frame it had. */
void builder_replace(struct builder *b, gpfn_t pfn, mfn_t m)
{
	struct page_info *old = mfn_to_page(builder_mfn(b, pfn));

	set_m2p(page_to_mfn(old), INVALID_GPFN);
	set_p2m(b, pfn, m);
	/* The allocation's own reference is the only one: this frees it. */
	__atomic_and_fetch(&old->count, ~PGC_allocated, __ATOMIC_SEQ_CST);
	put_page(old);
}
