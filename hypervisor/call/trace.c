/* SPDX-License-Identifier: MIT */
/* Hypercalls by name, and the errors they give. */
#include "call.h"
#include "mm/mm.h"
#include "say/say.h"

/* Name of a hypercall for reports; never NULL. */
const char *hypercall_name(uint32_t nr)
{
#define SUBOP(call, name, privilege, summary)
	static const char *const names[NR_HYPERCALLS] = {
#define HYPERCALL(name, nr, parameters, privilege, preempt, summary) [__HYPERVISOR_##nr] = #name,
#include "hypercalls.def"
#undef HYPERCALL
	};

	return nr < NR_HYPERCALLS && names[nr] ? names[nr] : "an unknown hypercall";
}

static void say_refused(const char *what, int32_t error, const char *file, int line)
{
	printk(LOG_DEBUG, "%s: refused with %d at %s:%d\n", what, error, file, line);
}

/*
 * Say where an argument was refused, for whoever ports a kernel
 * (loglvl=debug), and hand the error through.
 */
int32_t trace_error_at(const char *file, int line, int32_t error)
{
	if (unlikely(loglevel >= LOG_DEBUG)) {
		const struct cpu *c = this_cpu();

		if (c->multicall)
			say_refused(hypercall_name(c->multicall->op), error, file, line);
		else if ((c->regs.entry_vector & 0xff) == HYPERCALL_VECTOR)
			say_refused(hypercall_name(c->regs.eax), error, file, line);
		else /* the same checks are made for what is emulated */
			printk(LOG_DEBUG,
			       "emulating the instruction at %04x:%08x: refused with %d at %s:%d\n",
			       c->regs.cs, c->regs.eip, error, file, line);
	}
	return error;
}
