/* SPDX-License-Identifier: MIT */
/*
 * Which share of what a guest did took the short ways (percpu.h), for whoever
 * makes them shorter: a way that no kernel takes is none.  Debug builds count;
 * tests/run-user-bench reads the line.
 */
#include "cpu.h"
#include "domain/domain.h"
#include "say/say.h"
#include "unit.h"

#ifdef RINGONE_DEBUG
static const char *const names[NR_WAYS] = {
	[WAY_PAGE_FAULT] = "page faults", [WAY_UPCALL] = "upcalls",
	[WAY_SOFT_TRAP] = "int n",        [WAY_IRET] = "iret",
	[WAY_PT_STORE] = "stores",
};

static void print_ways(const struct domain *d)
{
	const struct cpu *c = this_cpu();

	printk_raw("Ringone: short ways:");
	for (uint32_t i = 0; i < NR_WAYS; i++)
		printk_raw("%s %s %u of %u", i ? "," : "", names[i], c->ways[i].by_short,
			   c->ways[i].by_short + c->ways[i].by_long);
	printk_raw("\n");
}

UNIT(report, .dump = print_ways);
#endif
