/* SPDX-License-Identifier: MIT */
/* Page tables as wholes, the TLB, and the local descriptor table. */
#include <ringone/shim.h>

long ringone_table_op(unsigned int cmd, unsigned long mfn)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = mfn;
	return ringone_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static long linear_op(unsigned int cmd, unsigned long va, unsigned int entries)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.linear_addr = va;
	op.arg2.nr_ents = entries;
	return ringone_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long ringone_flush_page(unsigned long va)
{
	return linear_op(MMUEXT_INVLPG_LOCAL, va, 0);
}

long ringone_set_ldt(const void *va, unsigned int entries)
{
	return linear_op(MMUEXT_SET_LDT, (unsigned long)va, entries);
}
