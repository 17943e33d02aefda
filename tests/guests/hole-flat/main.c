/* SPDX-License-Identifier: MIT */
/*
 * Question (Bochs only): do the flat segments every guest starts with stop below the hypervisor?
 *
 * Expected: from ring 1, reads, writes, read-modify-writes, calls and jumps into the hole are #GP
 * with error code 0, and accesses through SS are #SS, all from the limit and never #PF; the same
 * from ring 3 with pushes besides. The access that begins below the edge and ends behind it is
 * refused as well.
 */
#include "hole.h"
#include "user.h"

USER_CODE(u_read, "movl (%ebx), %eax; int $0x60");
USER_CODE(u_write, "movl %eax, (%ebx); int $0x60");
USER_CODE(u_push, "movl %ebx, %esp; pushl %eax; int $0x60");
USER_CODE(u_ss, "movl %ss:(%ebx), %eax; int $0x60");
USER_CODE(u_call, "call *%ebx; int $0x60");
USER_CODE(u_jump, "jmp *%ebx");
USER_CODE(u_string, "movl %ebx, %edi; stosl; int $0x60");

static void want(unsigned int got, unsigned int fault, const char *what, uint32_t at)
{
	CHECK(got == fault && trap.error == 0,
	      "%s %x: vector %x error %x, wanted %x from the limit", what, at, got, trap.error,
	      fault);
}

static void ring1(uint32_t at)
{
	want(probe(asm volatile("movl (%0), %%eax" : : "r"(at) : "eax")), GP, "ring 1 reads", at);
	want(probe(asm volatile("movl %%eax, (%0)"
				:
				: "r"(at)
				: "memory")),
	     GP, "ring 1 writes", at);
	want(probe(asm volatile("lock incl (%0)"
				:
				: "r"(at)
				: "memory")),
	     GP, "ring 1 adds to", at);
	want(probe(asm volatile("movl %%ss:(%0), %%eax"
				:
				: "r"(at)
				: "eax")),
	     SS, "ring 1 reads through SS", at);
	want(probe(asm volatile("call *%0" : : "r"(at))), GP, "ring 1 calls", at);
	want(probe(asm volatile("jmp *%0" : : "r"(at))), GP, "ring 1 jumps to", at);
	want(probe(asm volatile("movl %0, %%edi; stosl"
				:
				: "r"(at)
				: "edi", "memory")),
	     GP, "ring 1 stores a string at", at);
}

static void ring3(const struct user_code *code, unsigned int fault, const char *what, uint32_t at)
{
	struct user u;

	user_load(code);
	user_default(&u);
	u.ebx = at;
	want(user_enter(&u), fault, what, at);
	EXPECT(trap.frame.cs & 3, 3);
}

void test_main(void)
{
	hole_find_targets();
	for (unsigned int i = 0; i < hole_n_targets; i++) {
		uint32_t at = hole_targets[i];

		ring1(at);
		ring3(&u_read, GP, "ring 3 reads", at);
		ring3(&u_write, GP, "ring 3 writes", at);
		ring3(&u_ss, SS, "ring 3 reads through SS", at);
		ring3(&u_push, SS, "ring 3 pushes below", at + (at == 0xfffffffc ? 0 : 4));
		ring3(&u_call, GP, "ring 3 calls", at);
		ring3(&u_jump, GP, "ring 3 jumps to", at);
		ring3(&u_string, GP, "ring 3 stores a string at", at);
	}
	/* Four bytes across the edge, one of them allowed. */
	want(probe(asm volatile("movl (%0), %%eax"
				:
				: "r"(hole_targets[0] - 1)
				: "eax")),
	     GP, "ring 1 reads across the edge", hole_targets[0] - 1);
}
