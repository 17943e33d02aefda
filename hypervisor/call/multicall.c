/* SPDX-License-Identifier: MIT */
/*
 * multicall: a batch of hypercalls for the price of one way into ring 0.
 *
 * Every entry is copied, performed, and answered before the next one is read.
 * A batch ends early in three cases:
 *
 *   - an entry returned to another context (iret): what follows was the old
 *     context's wish, and its privileges are gone (TRUST 12, XSA-213);
 *   - an entry was the end of the domain;
 *   - something else is due: the batch runs again from the entry that was not
 *     finished, or from the next one.
 */
#include "hypercall.h"
#include "mm.h"
#include "traps.h"

#define ENTRIES_BETWEEN_CHECKS	8

/* Where the guest expects the result of entry i: the word behind op. */
static bool put_result(gva_t entry, uint32_t result)
{
	return !copy_to_guest_raw(gva_add(entry, offsetof(struct multicall_entry, result)),
				  &result, sizeof(result));
}

static int32_t perform(struct multicall_entry *e)
{
	const xen_ulong_t *a = e->args;

	if (e->op >= NR_HYPERCALLS)
		return -XEN_ENOSYS;
	if (e->op == __HYPERVISOR_multicall)	/* no batch within a batch: the depth is one */
		return trace_error(-XEN_EINVAL);
	return hypercall_table[e->op](a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* The entry that was preempted goes back to the guest as it is to run next time. */
static bool save_preempted(gva_t at, const struct multicall_entry *e)
{
	return !copy_to_guest_raw(at, e, sizeof(*e));
}

/* a1: array of multicall_entry, a2: their number.  Entry results are in the array. */
int32_t do_multicall(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5, uint32_t a6)
{
	struct cpu *cpu = this_cpu();
	struct vcpu *v = current;
	struct multicall_entry entry;
	uint32_t count = a2;
	gva_t at = GVA(a1);

	if (!TRUST_CHECK(8, 20, count <= ~0U / sizeof(entry) &&
				guest_range_ok(at, count * sizeof(entry))))
		return trace_error(-XEN_EFAULT);

	for (uint32_t done = 1; count; done++) {
		uint32_t op;
		int32_t result;

		if (copy_from_guest_raw(&entry, at, sizeof(entry)))
			return trace_error(-XEN_EFAULT);
		op = entry.op;
		v->hypercall_restarted = false;
		cpu->multicall = &entry;
		result = perform(&entry);
		cpu->multicall = NULL;

		if (!TRUST_CHECK(12, 1, op != __HYPERVISOR_iret && guest_kernel_mode(&cpu->regs)))
			return result;
		if (unlikely(v->domain->dying || v->domain->is_shut_down))
			return 0;
		if (unlikely(v->hypercall_restarted)) {
			v->hypercall_restarted = false;
			if (!save_preempted(at, &entry))
				return trace_error(-XEN_EFAULT);
			return hypercall_continue(__HYPERVISOR_multicall, 2, at.a, count, 0, 0);
		}
		if (!put_result(at, result))
			return trace_error(-XEN_EFAULT);
		at = gva_add(at, sizeof(entry));
		count--;
		if (done % ENTRIES_BETWEEN_CHECKS == 0 && count && preempt_needed())
			return hypercall_continue(__HYPERVISOR_multicall, 2, at.a, count, 0, 0);
	}
	return 0;
}
