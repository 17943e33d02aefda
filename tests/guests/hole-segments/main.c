/* SPDX-License-Identifier: MIT */
/*
 * Question (Bochs only): can any descriptor a guest installs, by any call, reach the hole from
 * ring 1?
 *
 * Expected: each form (base not 0, wrapping, expand-down, 16-bit, code, conforming) installed by
 * set_gdt, update_descriptor, as an LDT and by update_descriptor into it, is refused, or its
 * reads and writes behind the M2P are #GP from the limit. Ordinary memory stays reachable
 * through the flat forms.
 */
#include "hole.h"

static volatile uint32_t word = 0x5117;

static void try(const struct form *f, enum way way)
{
	unsigned int sel;
	long ret = hole_install(way, f, 1, &sel);

	if (ret) {
		note("%s by %s: refused (%ld)", f->what, hole_ways[way], ret);
		return;
	}
	/* A descriptor nobody can load reaches nothing. */
	if (probe(asm volatile("mov %0, %%fs" : : "r"(sel))) != NO_FAULT) {
		note("%s by %s: cannot be loaded (vector %x)", f->what, hole_ways[way],
		     trap.vector);
		return;
	}
	uint32_t base = hole_base(hole_descriptor());

	for (unsigned int i = 0; i < hole_n_targets; i++) {
		uint32_t off = hole_targets[i] - base;

		/* A 16-bit segment is still addressed with 32 bits here; its limit decides. */
		unsigned int r = probe(asm volatile("mov %1, %%fs; movl %%fs:(%0), %%eax"
						    :
						    : "r"(off), "r"(sel)
						    : "eax"));
		uint32_t re = trap.error;
		unsigned int w = probe(asm volatile("mov %1, %%fs; movl %%eax, %%fs:(%0)"
						    :
						    : "r"(off), "r"(sel)
						    : "memory"));

		CHECK(r == GP && re == 0,
		      "%s by %s: read at %x: vector %x error %x, descriptor %llx", f->what,
		      hole_ways[way], hole_targets[i], r, re, hole_descriptor());
		CHECK(w == GP && trap.error == 0, "%s by %s: write at %x: vector %x error %x",
		      f->what, hole_ways[way], hole_targets[i], w, trap.error);
	}
	if (f->base == 0 && (f->flags & DESC_G) && (f->type & 0xc) != 4) {
		uint32_t got = 0;
		unsigned int v = probe(asm volatile("mov %2, %%fs; movl %%fs:(%1), %0"
						    : "=&r"(got)
						    : "r"(&word), "r"(sel)));

		CHECK(v == NO_FAULT, "%s by %s: own memory: vector %x", f->what, hole_ways[way], v);
	}
}

void test_main(void)
{
	hole_find_targets();
	for (unsigned int i = 0; i < hole_n_forms; i++)
		for (enum way way = 0; way < N_WAYS; way++)
			try(&hole_forms[i], way);
}
