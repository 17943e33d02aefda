/* SPDX-License-Identifier: MIT */
/*
 * The dispatch tables, made from hypercalls.def.  gate/entry.S indexes them with
 * the guest's EAX once that is known to be below NR_HYPERCALLS.
 */
#include "internal.h"
#include "say/say.h"
#include "call/call.h"
#include "domain/domain.h"

/* Calls nobody here knows, in a multicall. */
static int32_t do_unknown(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
			  uint32_t a6)
{
	return -XEN_ENOSYS;
}

/*
 * A handler has as many parameters as its line of the .def says, all of one word
 * each, and is called with six: by the convention that this image is compiled
 * with, the caller puts them where they belong and takes them away again.
 */
#define HANDLER(fn) ((hypercall_fn)(void (*)(void))fn)

static int32_t not_privileged(uint32_t nr)
{
	struct domain *d = current->domain;
	uint32_t *said = &d->refused_calls[nr / 32], bit = 1U << nr % 32;

	/* A kernel that prints a character a call would fill the log with it. */
	if (!(*said & bit))
		printk(LOG_DEBUG,
		       "domain %u asks for %s, which is for the first domain; refused with %d, and "
		       "this is said once\n",
		       d->id, hypercall_name(nr), -XEN_EPERM);
	*said |= bit;
	return -XEN_EPERM;
}

#define SUBOP(call, name, privilege, summary)

static const hypercall_fn handlers[NR_HYPERCALLS] = {
#define HYPERCALL(name, nr, parameters, privilege, preempt, summary) \
	[__HYPERVISOR_##nr] = HANDLER(do_##name),
#include "call/hypercalls.def"
#undef HYPERCALL
};

/*
 * A call for the privileged domain only asks who is calling before its handler
 * sees an argument (TRUST 25); calls for anyone enter their handler directly.
 */
#define DEFINE_ENTRY_PRIV(name, nr)                                                          \
	static int32_t privileged_##name(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, \
					 uint32_t a5, uint32_t a6)                           \
	{                                                                                    \
		if (!TRUST_CHECK(25, 2, current->domain->privileged))                        \
			return not_privileged(nr);                                           \
		return handlers[nr](a1, a2, a3, a4, a5, a6);                                 \
	}
#define DEFINE_ENTRY_ANY(name, nr)
#define DEFINE_ENTRY_SUBOP(name, nr)
#define ENTRY_PRIV(name)  privileged_##name
#define ENTRY_ANY(name)   HANDLER(do_##name)
#define ENTRY_SUBOP(name) HANDLER(do_##name)

#define HYPERCALL(name, nr, parameters, privilege, preempt, summary) \
	DEFINE_ENTRY_##privilege(name, __HYPERVISOR_##nr)
#include "call/hypercalls.def"
#undef HYPERCALL

/* The range of unknown calls comes first and each line of the .def overrides its slot. */
#pragma GCC diagnostic ignored "-Woverride-init"
const hypercall_fn hypercall_table[NR_HYPERCALLS] = {
	[0 ... NR_HYPERCALLS - 1] = do_unknown,
#define HYPERCALL(name, nr, parameters, privilege, preempt, summary) \
	[__HYPERVISOR_##nr] = ENTRY_##privilege(name),
#include "call/hypercalls.def"
#undef HYPERCALL
};

/*
 * Where the processor goes on with each number: calls nobody knows turn round
 * at once, and iret, which every trap ends with, needs no arguments.
 */
const hypercall_stub hypercall_entries[NR_HYPERCALLS] = {
	[0 ... NR_HYPERCALLS - 1] = hypercall_unknown,
#define HYPERCALL(name, nr, parameters, privilege, preempt, summary) \
	[__HYPERVISOR_##nr] = hypercall_known,
#include "call/hypercalls.def"
#undef HYPERCALL
	[__HYPERVISOR_iret] = hypercall_iret,
};
