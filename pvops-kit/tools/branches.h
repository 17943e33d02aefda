/* SPDX-License-Identifier: MIT */
/*
 * Where instructions begin, and whether every direct branch leads to such a place. A branch into
 * the middle of an instruction is how code hides from a reader that goes from one to the next.
 */
#ifndef PVKIT_BRANCHES_H
#define PVKIT_BRANCHES_H

#include "image.h"

#include <capstone/capstone.h>
#include <stdbool.h>

struct branch {
	const struct section *in, *to; /* to: NULL where no code of the image is */
	uint64_t from, target;
	char mnemonic[CS_MNEMONIC_SIZE];
};

/* An instruction of @s begins at @addr. */
void start_mark(const struct section *s, uint64_t addr);

/* Was it marked? False for an address outside of @s. */
bool start_known(const struct section *s, uint64_t addr);

/*
 * Remember @insn of @s if it is a direct branch, needs CS_OPT_DETAIL. In a relocatable object its
 * relocation says where it leads; one that leads out of the object is not remembered. Returns 0,
 * or -1 without memory.
 */
int branch_note(const struct image *image, const struct section *s, const cs_insn *insn);

/* The @n-th branch noted, NULL behind the last one. Valid until the next branch_note(). */
const struct branch *branch_get(size_t n);

#endif
