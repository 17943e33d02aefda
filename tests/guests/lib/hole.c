/* SPDX-License-Identifier: MIT */
/* The forms of a segment descriptor that could reach the hole, and four ways to install them. */
#include "hole.h"

#define SLOT 5

const struct form hole_forms[] = {
	{ "flat", 0, 0xfffff, DESC_DATA, DESC_G | DESC_D },
	{ "flat, read-only", 0, 0xfffff, DESC_DATA & ~2, DESC_G | DESC_D },
	{ "base 4 KiB", 0x1000, 0xfffff, DESC_DATA, DESC_G | DESC_D },
	{ "base 1 GiB, wrapping", 0x40000000, 0xfffff, DESC_DATA, DESC_G | DESC_D },
	{ "base just below the hole", 0xfbfff000, 0xfffff, DESC_DATA, DESC_G | DESC_D },
	{ "base in the hole", 0xfe000000, 0xfff, DESC_DATA, DESC_D },
	{ "base in the last page, wrapping", 0xfffff000, 0xfffff, DESC_DATA, DESC_G | DESC_D },
	{ "bytes across the edge", 0xfbf80000, 0xfffff, DESC_DATA, DESC_D },
	{ "16-bit across the edge", 0xfbff8000, 0xffff, DESC_DATA, 0 },
	{ "16-bit, pages", 0, 0xfffff, DESC_DATA, DESC_G },
	{ "expand-down, all", 0, 0, DESC_DOWN, DESC_G | DESC_D },
	{ "expand-down, above the edge", 0, 0xfbfff, DESC_DOWN, DESC_G | DESC_D },
	{ "expand-down, base 64 KiB", 0x10000, 0xfff, DESC_DOWN, DESC_D },
	{ "expand-down, 16-bit at the edge", 0xfbff8000, 0, DESC_DOWN, 0 },
	{ "code", 0, 0xfffff, DESC_CODE, DESC_G | DESC_D },
	{ "code, 16-bit", 0, 0xfffff, DESC_CODE, DESC_G },
	{ "conforming code", 0, 0xfffff, DESC_CONFORM, DESC_G | DESC_D },
	{ "conforming code, base 1 MiB", 0x100000, 0xfffff, DESC_CONFORM, DESC_G | DESC_D },
};
const unsigned int hole_n_forms = sizeof(hole_forms) / sizeof(hole_forms[0]);

const char *const hole_ways[N_WAYS] = {
	"set_gdt",
	"update_descriptor (GDT)",
	"LDT",
	"update_descriptor (LDT)",
};

uint32_t hole_targets[6];
const unsigned int hole_n_targets = 6;

static uint64_t *gdt, *ldt;

void hole_find_targets(void)
{
	hole_targets[0] = m2p_range.v_end;
	hole_targets[1] = m2p_range.v_end + 0x1000;
	hole_targets[2] = 0xfd000000;
	hole_targets[3] = 0xfe400000;
	hole_targets[4] = 0xfffff000;
	hole_targets[5] = 0xfffffffc;
}

static uint64_t *table_of(enum way way)
{
	return way == BY_SET_GDT || way == BY_UPDATE_GDT ? gdt : ldt;
}

static uint64_t *last_table;

uint64_t hole_descriptor(void)
{
	return last_table[SLOT];
}

uint32_t hole_base(uint64_t desc)
{
	return (uint32_t)(desc >> 16 & 0xffffff) | (uint32_t)(desc >> 56) << 24;
}

static void take_away(void)
{
	xen_pfn_t frame = virt_to_mfn(gdt);

	asm volatile("mov %0, %%fs; mov %0, %%gs" : : "r"(0));
	ringone_set_gdt(&frame, 0);
	mmuext_linear(MMUEXT_SET_LDT, 0, 0);
	page_writable(gdt);
	page_writable(ldt);
	gdt[SLOT] = ldt[SLOT] = 0;
}

static long put_in_use(enum way way)
{
	xen_pfn_t frame = virt_to_mfn(gdt);

	page_readonly(gdt);
	page_readonly(ldt);
	if (way == BY_SET_GDT || way == BY_UPDATE_GDT)
		return ringone_set_gdt(&frame, 512);
	return mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt, 512);
}

long hole_install(enum way way, const struct form *form, unsigned int dpl, unsigned int *selector)
{
	uint64_t desc = descriptor(form->base, form->limit, DESC_P | DESC_DPL(dpl) | form->type,
				   form->flags);
	long ret;

	if (!gdt) {
		gdt = page_alloc();
		ldt = page_alloc();
	}
	take_away();
	last_table = table_of(way);
	*selector = SLOT * 8 | (last_table == ldt ? 4 : 0) | dpl;
	if (way == BY_SET_GDT || way == BY_LDT) {
		last_table[SLOT] = desc;
		return put_in_use(way);
	}
	ret = put_in_use(way);
	return ret ? ret : ringone_update_descriptor(virt_to_machine(&last_table[SLOT]), desc);
}
