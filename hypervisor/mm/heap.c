/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's own objects.
 *
 * 16 MiB of addresses in pages that get a frame when they are used.  What
 * needs more than half a page gets whole pages; smaller things share a page
 * with others of their size class, and free ones are linked through their own
 * first word.
 */
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"
#include "lib.h"
#include "say/say.h"

#define HEAP_PAGES (HEAP_SIZE / PAGE_SIZE)
#define MIN_SHIFT  5 /* classes of 32, 64, ... 2048 bytes */
#define MAX_SHIFT  11
#define NR_CLASSES (MAX_SHIFT - MIN_SHIFT + 1)

extern char __image_start[], __image_end[];

struct heap_page {
	enum { HP_FREE, HP_FIRST, HP_REST, HP_SMALL } kind : 8;
	uint8_t class; /* HP_SMALL */
	uint16_t nr;   /* HP_FIRST: pages; HP_SMALL: objects in use */
};

struct free_object {
	struct free_object *next;
};

static struct heap_page pages[HEAP_PAGES];
static struct free_object *free_objects[NR_CLASSES];
static uint32_t maybe_free; /* pages before it are taken */
static uint32_t nr_taken;   /* pages */
static spinlock_t heap_lock;
#define PAGES_A_BREATH   16
#define OBJECTS_A_BREATH 256
#define FEW_PAGES        8 /* what a domain may have however little is left */

void heap_init(void)
{
	memset(heap_l1, 0, HEAP_PAGES * sizeof(pte_t));
}

static void *page_va(uint32_t i)
{
	return (void *)(HEAP_START + i * PAGE_SIZE);
}

static uint32_t page_index(const void *va)
{
	uint32_t i = ((uint32_t)va - HEAP_START) / PAGE_SIZE;

	if ((uint32_t)va < HEAP_START || i >= HEAP_PAGES)
		panic("heap: %p was never part of it", va);
	return i;
}

static void release_pages(uint32_t first, uint32_t nr)
{
	maybe_free = MIN(maybe_free, first);
	for (uint32_t i = first; i < first + nr; i++) {
		mfn_t m = pte_mfn(heap_l1[i]);
		struct page_info *p = mfn_to_page(m);

		if (i % PAGES_A_BREATH == 0)
			breathe();

		pages[i].kind = HP_FREE;
		nr_taken--;
		map_hypervisor_page((uint32_t)page_va(i), m, 0);
		if (!p->owner) {
			frame_free(m);
			continue;
		}
		/* It was shared: whoever still maps it keeps it alive, without an owner. */
		p->owner = NULL;
		__atomic_and_fetch(&p->count, ~PGC_heap, __ATOMIC_SEQ_CST);
		put_page_type(p);
		put_page(p);
	}
}

/* nr pages in a row, with frames behind them, zeroed; NULL when there are no more. */
static void *take_pages(uint32_t nr)
{
	uint32_t run = 0, first = 0;

	while (maybe_free < HEAP_PAGES && pages[maybe_free].kind != HP_FREE)
		maybe_free++;
	for (uint32_t i = maybe_free; i < HEAP_PAGES && run < nr; i++) {
		run = pages[i].kind == HP_FREE ? run + 1 : 0;
		first = i + 1 - run;
	}
	if (run < nr)
		return NULL;
	for (uint32_t i = first; i < first + nr; i++) {
		mfn_t m = frame_alloc_low(NULL);

		if (i % PAGES_A_BREATH == 0)
			breathe();
		if (mfn_eq(m, INVALID_MFN)) {
			release_pages(first, i - first);
			return NULL;
		}
		pages[i].kind = i == first ? HP_FIRST : HP_REST;
		nr_taken++;
		map_hypervisor_page((uint32_t)page_va(i), m,
				    PTE_P | PTE_RW | PTE_A | PTE_D | pte_nx);
	}
	pages[first].nr = nr;
	return page_va(first);
}

static void fill_class(uint32_t class)
{
	uint32_t size = 1U << (class + MIN_SHIFT);
	char *va = take_pages(1);

	if (!va)
		return;
	pages[page_index(va)] = (struct heap_page){ .kind = HP_SMALL, .class = class };
	for (uint32_t offset = 0; offset < PAGE_SIZE; offset += size) {
		struct free_object *o = (struct free_object *)(va + offset);

		o->next = free_objects[class];
		free_objects[class] = o;
	}
}

static void *take_small(size_t bytes)
{
	uint32_t class = 0;
	struct free_object *o;

	while ((1U << (class + MIN_SHIFT)) < bytes)
		class ++;
	if (!free_objects[class])
		fill_class(class);
	o = free_objects[class];
	if (!o)
		return NULL;
	free_objects[class] = o->next;
	pages[page_index(o)].nr++;
	memset(o, 0, 1U << (class + MIN_SHIFT));
	return o;
}

/* Objects are aligned to their size class, big ones to pages. */
void *heap_alloc(size_t bytes)
{
	void *p;

	if (!bytes || bytes > HEAP_SIZE)
		return NULL;
	spin_lock(&heap_lock);
	p = bytes <= 1U << MAX_SHIFT ? take_small(bytes)
				     : take_pages(ROUND_UP(bytes, PAGE_SIZE) / PAGE_SIZE);
	spin_unlock(&heap_lock);
	return p;
}

static uint32_t object_size(const void *va)
{
	const struct heap_page *page = &pages[page_index(va)];

	return page->kind == HP_SMALL ? 1U << (page->class + MIN_SHIFT) : page->nr * PAGE_SIZE;
}

/*
 * A quarter of the addresses, and half of the frames that are kept for them, are for what the
 * privileged do: dom0's mappings of others' pages, and new domains.  Of the rest a domain may have
 * half as much as is left, or a few pages, so that where some hoard a further one gets something.
 */
static bool within_share(uint32_t has, uint32_t left)
{
	return left && (has < FEW_PAGES || has < left / 2);
}

static bool may_have_more(const struct domain *d)
{
	const struct vcpu *v = current;
	uint32_t has = d->mm.heap_bytes / PAGE_SIZE;
	uint32_t left = HEAP_PAGES - HEAP_PAGES / 4;

	if (!v || v->domain->privileged || d->privileged)
		return true;
	left -= MIN(left, nr_taken);
	return TRUST_CHECK(27, 5, within_share(has, frames_spare())) &&
	       TRUST_CHECK(27, 6, within_share(has, left));
}

void *heap_alloc_for(struct domain *d, size_t bytes)
{
	void *va = may_have_more(d) ? heap_alloc(bytes) : NULL;

	if (va)
		__atomic_add_fetch(&d->mm.heap_bytes, object_size(va), __ATOMIC_RELAXED);
	return va;
}

/* The last object of a page is free: so is the page. */
static void release_small(uint32_t i)
{
	struct free_object **at = &free_objects[pages[i].class];

	for (uint32_t n = 1; *at; n++) {
		if (n % OBJECTS_A_BREATH == 0)
			breathe();
		if (page_index(*at) == i)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
	release_pages(i, 1);
}

void heap_free(void *va)
{
	struct heap_page *page;
	uint32_t i;

	if (!va)
		return;
	spin_lock(&heap_lock);
	i = page_index(va);
	page = &pages[i];
	if (page->kind == HP_SMALL && page->nr) {
		struct free_object *o = va;

		page->nr--;
		o->next = free_objects[page->class];
		free_objects[page->class] = o;
		if (!page->nr)
			release_small(i);
	} else if (page->kind == HP_FIRST && va == page_va(i)) {
		release_pages(i, page->nr);
	} else {
		panic("heap_free: %p is not what heap_alloc() returned", va);
	}
	spin_unlock(&heap_lock);
}

void heap_free_of(struct domain *d, void *va)
{
	if (!va)
		return;
	TRUST_EFFECT(27, 120,
		     __atomic_sub_fetch(&d->mm.heap_bytes, object_size(va), __ATOMIC_RELAXED));
	heap_free(va);
}

/* What is in use: single objects, and runs of pages. */
uint32_t heap_objects(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < HEAP_PAGES; i++)
		n += pages[i].kind == HP_SMALL ? pages[i].nr : pages[i].kind == HP_FIRST;
	return n;
}

/* Does this lie in the hypervisor's image, or in a part of the heap that is in use? */
bool is_hypervisor_object(const void *p)
{
	uint32_t va = (uint32_t)p;

	return (va >= (uint32_t)__image_start && va < (uint32_t)__image_end) ||
	       (va >= HEAP_START && va < HEAP_START + HEAP_SIZE &&
		pages[page_index(p)].kind != HP_FREE);
}

static uint32_t objects_a_page(uint32_t class)
{
	return PAGE_SIZE >> (class + MIN_SHIFT);
}

/* Of each page with small objects: those in use and those in the list are all. */
uint32_t heap_audit(void)
{
	uint32_t in_pages = 0, in_lists = 0, bad = 0;

	for (uint32_t i = 0; i < HEAP_PAGES; i++) {
		if (pages[i].kind == HP_SMALL)
			in_pages += objects_a_page(pages[i].class) - pages[i].nr;
		if ((pages[i].kind == HP_FREE) == !!(heap_l1[i].v & PTE_P))
			bad++;
	}
	for (uint32_t class = 0; class < NR_CLASSES; class ++)
		for (const struct free_object *o = free_objects[class]; o; o = o->next) {
			const struct heap_page *page = &pages[page_index(o)];

			bad += page->kind != HP_SMALL || page->class != class;
			if (++in_lists > HEAP_SIZE >> MIN_SHIFT)
				break; /* a ring */
		}
	bad += in_pages != in_lists;
	if (bad)
		printk(LOG_ERR, "audit: heap: %u objects free in pages, %u in lists, %u errors\n",
		       in_pages, in_lists, bad);
	return bad;
}

void *heap_alloc_page(void)
{
	return heap_alloc(PAGE_SIZE);
}

void heap_free_page(void *va)
{
	heap_free(va);
}

mfn_t heap_page_mfn(const void *va)
{
	return pte_mfn(heap_l1[page_index(va)]);
}

/*
 * A page of ours that the guest maps too (shared_info, grant frames): it gets
 * an owner, so that get_page() finds it, and a type reference that is never
 * dropped, so that it can be no table.  Read-only: "of no type", for good.
 */
void share_page_with_guest(mfn_t m, struct domain *d, bool writable)
{
	struct page_info *p = mfn_to_page(m);

	p->type = (writable ? PGT_writable : PGT_none) | PGT_validated | 1;
	p->count = PGC_heap | 1; /* not "allocated": it is not part of the domain's memory */
	p->owner = d;
}
