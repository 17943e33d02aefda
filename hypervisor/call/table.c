/* SPDX-License-Identifier: MIT */
/*
 * The dispatch tables, made from hypercalls.def.  cpu/entry.S indexes them with
 * the guest's EAX once that is known to be below NR_HYPERCALLS.
 */
#include "hypercall.h"
#include "console.h"

/* Calls nobody here knows, in a multicall. */
static int32_t do_unknown(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
			  uint32_t a6)
{
	return -XEN_ENOSYS;
}

/*
 * A call for the privileged domain only asks who is calling before its handler
 * sees an argument (TRUST 25); calls for anyone enter their handler directly.
 */
#define DEFINE_ENTRY_PRIV(name)                                                              \
	static int32_t privileged_##name(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, \
					 uint32_t a5, uint32_t a6)                           \
	{                                                                                    \
		if (!TRUST_CHECK(25, 2, current->domain->privileged))                        \
			return trace_error(-XEN_EPERM);                                      \
		return do_##name(a1, a2, a3, a4, a5, a6);                                    \
	}
#define DEFINE_ENTRY_ANY(name)
#define DEFINE_ENTRY_SUBOP(name)
#define ENTRY_PRIV(name)  privileged_##name
#define ENTRY_ANY(name)   do_##name
#define ENTRY_SUBOP(name) do_##name
#define SUBOP(call, name, privilege, summary)

#define HYPERCALL(name, nr, args, privilege, preempt, summary) DEFINE_ENTRY_##privilege(name)
#include "hypercalls.def"
#undef HYPERCALL

/* The range of unknown calls comes first and each line of the .def overrides its slot. */
#pragma GCC diagnostic ignored "-Woverride-init"
const hypercall_fn hypercall_table[NR_HYPERCALLS] = {
	[0 ... NR_HYPERCALLS - 1] = do_unknown,
#define HYPERCALL(name, nr, args, privilege, preempt, summary) \
	[__HYPERVISOR_##nr] = ENTRY_##privilege(name),
#include "hypercalls.def"
#undef HYPERCALL
};

/*
 * Where the processor goes on with each number: calls nobody knows turn round
 * at once, and iret, which every trap ends with, needs no arguments.
 */
const hypercall_stub hypercall_entries[NR_HYPERCALLS] = {
	[0 ... NR_HYPERCALLS - 1] = hypercall_unknown,
#define HYPERCALL(name, nr, args, privilege, preempt, summary) \
	[__HYPERVISOR_##nr] = hypercall_known,
#include "hypercalls.def"
#undef HYPERCALL
	[__HYPERVISOR_iret] = hypercall_iret,
};

/* Name of a hypercall for reports; never NULL. */
const char *hypercall_name(uint32_t nr)
{
	static const char *const names[NR_HYPERCALLS] = {
#define HYPERCALL(name, nr, args, privilege, preempt, summary) [__HYPERVISOR_##nr] = #name,
#include "hypercalls.def"
#undef HYPERCALL
	};

	return nr < NR_HYPERCALLS && names[nr] ? names[nr] : "an unknown hypercall";
}

/*
 * Say where an argument was refused, for whoever ports a kernel
 * (loglvl=debug), and hand the error through.
 */
int32_t trace_error_at(const char *file, int line, int32_t error)
{
	if (unlikely(loglevel >= LOG_DEBUG)) {
		const struct cpu *c = this_cpu();
		uint32_t nr = c->multicall ? c->multicall->op : c->regs.eax;

		printk(LOG_DEBUG, "%s: refused with %d at %s:%d\n", hypercall_name(nr), error, file,
		       line);
	}
	return error;
}
