/* SPDX-License-Identifier: MIT */
/* Page tables and the address spaces made of them. */
#include "paging.h"

struct space kernel_space;
static struct space *in_use;
static struct space spaces[MAX_TASKS];

extern char kernel_text[], kernel_text_end[];

static pte_t *table_alloc(void)
{
	return to_virt(frame_alloc());
}

static void table_free(pte_t *table)
{
	frame_put(to_phys(table));
}

static pte_t *table_of(pte_t e)
{
	return to_virt(entry_phys(e));
}

/*
 * The L1 entry of @va, or NULL when a table on the way is missing and @create is 0. An L3 entry
 * is cached by the processor when CR3 is loaded, so a new one has to be loaded again.
 */
pte_t *space_entry(struct space *s, uint32_t va, int create)
{
	pte_t *l3e = &s->l3[va >> 30], *l2e;

	if (!(*l3e & PTE_P)) {
		if (!create)
			return NULL;
		set_entry(l3e, make_entry(to_phys(table_alloc()), PTE_P));
		if (s == in_use)
			load_cr3(to_phys(s->l3));
	}
	l2e = table_of(*l3e) + (va >> 21 & 511);
	if (!(*l2e & PTE_P)) {
		if (!create)
			return NULL;
		set_entry(l2e, make_entry(to_phys(table_alloc()), PTE_P | PTE_W | PTE_U));
	}
	return table_of(*l2e) + (va >> 12 & 511);
}

/* Maps one page; takes over the caller's reference to the frame. */
void space_map(struct space *s, uint32_t va, uint32_t phys, uint32_t flags)
{
	set_entry(space_entry(s, va, 1), make_entry(phys, flags | PTE_P));
	flush_page(va);
}

/* All of memory from KERNEL_BASE up, instead of what boot.S made. */
static void map_memory(void)
{
	kernel_space.l3 = table_alloc();
	for (uint32_t phys = 0; phys < memory_top; phys += PAGE_SIZE)
		space_map(&kernel_space, phys + KERNEL_BASE, phys, PTE_W);
}

/* The kernel's code is nobody's to write, not even the kernel's. */
static void protect_text(void)
{
	for (uint32_t va = (uint32_t)kernel_text; va < (uint32_t)kernel_text_end; va += PAGE_SIZE) {
		pte_t *e = space_entry(&kernel_space, va, 0);

		set_entry(e, *e & ~(pte_t)PTE_W);
		flush_page(va);
	}
}

void paging_init(void)
{
	map_memory();
	space_use(&kernel_space);
	protect_text();
}

struct space *space_create(void)
{
	for (struct space *s = spaces; s < spaces + MAX_TASKS; s++) {
		if (s->l3)
			continue;
		s->l3 = table_alloc();
		set_entry(&s->l3[3], kernel_space.l3[3]);
		return s;
	}
	return NULL;
}

static void l1_destroy(pte_t *l1)
{
	for (int i = 0; i < 512; i++)
		if (l1[i] & PTE_P)
			frame_put(entry_phys(l1[i]));
	table_free(l1);
}

/* Gives back everything below the kernel. @s must not be in use. */
void space_destroy(struct space *s)
{
	for (int i = 0; i < 3; i++) {
		if (!(s->l3[i] & PTE_P))
			continue;
		pte_t *l2 = table_of(s->l3[i]);

		for (int j = 0; j < 512; j++)
			if (l2[j] & PTE_P)
				l1_destroy(table_of(l2[j]));
		table_free(l2);
	}
	table_free(s->l3);
	s->l3 = NULL;
}

void space_use(struct space *s)
{
	if (s == in_use)
		return;
	in_use = s;
	load_cr3(to_phys(s->l3));
}

static void share_l1(pte_t *l1, uint32_t base, struct space *to)
{
	for (uint32_t i = 0; i < 512; i++) {
		pte_t e = l1[i];

		if (!(e & PTE_P))
			continue;
		if (e & PTE_W) {
			e = (e & ~(pte_t)PTE_W) | PTE_COW;
			set_entry(&l1[i], e);
		}
		frame_get(entry_phys(e));
		set_entry(space_entry(to, base + i * PAGE_SIZE, 1), e);
	}
}

/*
 * Every page of @from appears in @to as well; what was writable is read-only in both from now
 * on, and marked: the first write copies it (fault.c).
 */
void space_share(struct space *from, struct space *to)
{
	for (uint32_t i = 0; i < 3; i++) {
		if (!(from->l3[i] & PTE_P))
			continue;
		pte_t *l2 = table_of(from->l3[i]);

		for (uint32_t j = 0; j < 512; j++)
			if (l2[j] & PTE_P)
				share_l1(table_of(l2[j]), i << 30 | j << 21, to);
	}
	load_cr3(to_phys(in_use->l3));
}
