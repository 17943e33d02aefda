/* SPDX-License-Identifier: MIT */
/*
 * Question (Bochs only): can any descriptor a guest installs, in its GDT (where a kernel keeps its
 * processes' TLS) or LDT, reach the hole from ring 3?
 *
 * Expected: refused, not loadable, or #GP from the limit for reads and writes, #SS for pushes, #GP
 * for far jumps.
 */
#include "hole.h"
#include "user.h"

USER_CODE(u_read, "movl %fs:(%ebx), %eax; int $0x60");
USER_CODE(u_write, "movl %eax, %fs:(%ebx); int $0x60");
USER_CODE(u_push, "pushl %eax; int $0x60");
USER_CODE(u_far, "ljmp *(%ebx)");

static void try(const struct form *f, enum way way)
{
	unsigned int sel, v;
	long ret = hole_install(way, f, 3, &sel);
	struct user u;

	if (ret) {
		note("%s by %s: refused (%ld)", f->what, hole_ways[way], ret);
		return;
	}
	if (probe(asm volatile("mov %0, %%fs" : : "r"(sel))) != NO_FAULT) {
		note("%s by %s: cannot be loaded (vector %x)", f->what, hole_ways[way],
		     trap.vector);
		return;
	}
	uint32_t base = hole_base(hole_descriptor());
	int code = f->type & 8;

	for (unsigned int i = 0; i < hole_n_targets; i += 2) {
		uint32_t off = hole_targets[i] - base;

		user_load(&u_read);
		user_default(&u);
		u.fs = sel;
		u.ebx = off;
		v = user_enter(&u);
		CHECK(v == GP && trap.error == 0, "%s by %s: read at %x: vector %x error %x",
		      f->what, hole_ways[way], hole_targets[i], v, trap.error);
		user_load(&u_write);
		v = user_enter(&u);
		CHECK(v == GP && trap.error == 0, "%s by %s: write at %x: vector %x error %x",
		      f->what, hole_ways[way], hole_targets[i], v, trap.error);
		if (code) {
			user_load(&u_far);
			((uint32_t *)user_data_page)[0] = off;
			((uint32_t *)user_data_page)[1] = sel;
			u.fs = 0;
			u.ebx = USER_DATA_VA;
			v = user_enter(&u);
			CHECK(v == GP && trap.error == 0,
			      "%s by %s: jump to %x: vector %x error %x", f->what, hole_ways[way],
			      hole_targets[i], v, trap.error);
		} else if (f->type & 2) {
			user_load(&u_push);
			u.fs = 0;
			u.ss = sel;
			u.esp = off + 4;
			v = user_enter(&u);
			/* A 16-bit stack uses SP alone, which may lead into the read-only M2P. */
			int m2p = !(f->flags & DESC_D) && v == PF && trap.cr2 < m2p_range.v_end;

			CHECK(m2p || ((v == SS || v == GP) && trap.error == 0),
			      "%s by %s: push at %x: vector %x error %x", f->what, hole_ways[way],
			      hole_targets[i], v, trap.error);
		}
	}
}

void test_main(void)
{
	hole_find_targets();
	for (unsigned int i = 0; i < hole_n_forms; i++)
		for (enum way way = 0; way < N_WAYS; way++)
			try(&hole_forms[i], way);
}
