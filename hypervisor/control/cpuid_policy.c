/* SPDX-License-Identifier: MIT */
/*
 * CPU policies: what CPUID says, as lists of leaves, to tools and from them.
 *
 * The processor as it is ("raw" and "host" are the same here), and what a
 * guest's forced CPUID is told (emulate/guest_cpuid.c).  A domain's own policy can only take
 * away: the feature words that the tools write for it are a mask over that answer,
 * so nothing they say can show what we hide.
 */
#include "control.h"
#include "domain/domain.h"
#include "emulate/emulate.h"
#include "lib.h"
#include "mm/mm.h"
#include "x86.h"
#include <xen/arch-x86/cpuid.h>

#define MAX_LEAVES        256 /* room for what tools make of a policy; they write more than we do */
#define MAX_BASIC         0xdU
#define MAX_EXTENDED      0x80000021U
#define CACHE_SUBLEAFS    6
#define FEATURE_SUBLEAFS  3U
#define TOPOLOGY_SUBLEAFS 2
#define LEAF_CACHE        4
#define LEAF_FEATURES     7
#define LEAF_TOPOLOGY     0xb
#define LEAF_XSTATE       0xd

/* Whose view: the processor's, or a guest's; of which domain, or of no one in particular. */
struct view {
	bool guest;
	const struct domain *d;
};

static struct cpuid_regs ask(const struct view *w, uint32_t leaf, uint32_t subleaf)
{
	return w->guest ? policy_cpuid(w->d, leaf, subleaf) : cpuid(leaf, subleaf);
}

/*
 * ---- lists of leaves ----
 *
 * Which leaves and subleaves: those that tools write when they put a policy into
 * words, no fewer, since they take the length of our list for the room that they have.
 */

struct list {
	XEN_GUEST_HANDLE_64(xen_cpuid_leaf_t) to; /* NULL: only count */
	uint32_t room, nr;
};

/* Of the hypervisor's leaves only the limits belong to a policy; 0 leaves them to us. */
static struct cpuid_regs ask_for_list(const struct view *w, uint32_t leaf, uint32_t subleaf)
{
	if (leaf >> 16 == XEN_CPUID_FIRST_LEAF >> 16)
		return (struct cpuid_regs){ 0 };
	return ask(w, leaf, subleaf == XEN_CPUID_NO_SUBLEAF ? 0 : subleaf);
}

static int32_t put(struct list *l, const struct view *w, uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs r = ask_for_list(w, leaf, subleaf);
	const xen_cpuid_leaf_t e = { leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx };

	if (!TRUST_CHECK(8, 70, l->nr < l->room))
		return -XEN_ENOBUFS;
	return copy_to_guest(l->to, l->nr++, &e) ? -XEN_EFAULT : 0;
}

static int32_t put_some(struct list *l, const struct view *w, uint32_t leaf, uint32_t subleafs)
{
	int32_t rc = 0;

	for (uint32_t i = 0; !rc && i < subleafs; i++)
		rc = put(l, w, leaf, i);
	return rc;
}

/* The first two, and one for each component up to the highest. */
static uint32_t xstate_subleafs(const struct view *w)
{
	uint32_t components = ask(w, LEAF_XSTATE, 0).eax, n = 2;

	while (n < 32 && components >> n)
		n++;
	return n;
}

static int32_t put_basic(struct list *l, const struct view *w, uint32_t leaf)
{
	uint32_t n = 0;

	switch (leaf) {
	case LEAF_CACHE: /* the one that ends the list is part of it */
		while (n < CACHE_SUBLEAFS && ask(w, leaf, n++).eax & 31)
			;
		return put_some(l, w, leaf, n);
	case LEAF_FEATURES:
		return put_some(l, w, leaf, MIN(ask(w, leaf, 0).eax, FEATURE_SUBLEAFS - 1) + 1);
	case LEAF_TOPOLOGY:
		return put_some(l, w, leaf, TOPOLOGY_SUBLEAFS);
	case LEAF_XSTATE:
		return put_some(l, w, leaf, xstate_subleafs(w));
	default:
		return put(l, w, leaf, XEN_CPUID_NO_SUBLEAF);
	}
}

static int32_t put_all(struct list *l, const struct view *w)
{
	uint32_t basic = MIN(ask(w, 0, 0).eax, MAX_BASIC);
	uint32_t extended = MIN(ask(w, 0x80000000, 0).eax, MAX_EXTENDED);
	int32_t rc = 0;

	for (uint32_t leaf = 0; !rc && leaf <= basic; leaf++)
		rc = put_basic(l, w, leaf);
	if (!rc)
		rc = put(l, w, XEN_CPUID_FIRST_LEAF, XEN_CPUID_NO_SUBLEAF);
	if (!rc)
		rc = put(l, w, XEN_CPUID_FIRST_LEAF + 0x100, XEN_CPUID_NO_SUBLEAF);
	for (uint32_t leaf = 0x80000000; !rc && leaf <= extended; leaf++)
		rc = put(l, w, leaf, XEN_CPUID_NO_SUBLEAF);
	return rc;
}

/*
 * ---- and of MSRs ----
 *
 * Two belong to a policy, INTEL_PLATFORM_INFO and ARCH_CAPABILITIES, and tools write both when
 * they put one into words.  No guest has either, so they are zero, for whoever asks or tells.
 */

static const uint32_t policy_msrs[] = { 0xce, 0x10a };

static int32_t put_msrs(const xen_msr_entry_t *to, uint32_t *nr)
{
	uint32_t room = *nr;

	*nr = ARRAY_SIZE(policy_msrs);
	if (!to)
		return 0;
	if (!TRUST_CHECK(8, 71, room >= ARRAY_SIZE(policy_msrs)))
		return -XEN_ENOBUFS;
	for (uint32_t i = 0; i < ARRAY_SIZE(policy_msrs); i++) {
		const xen_msr_entry_t e = { .idx = policy_msrs[i] };

		if (copy_to_guest_raw(GVA((uint32_t)(uintptr_t)(to + i)), &e, sizeof(e)))
			return -XEN_EFAULT;
	}
	return 0;
}

static int32_t check_msrs(const xen_msr_entry_t *from, uint32_t nr, uint32_t *wrong)
{
	if (!TRUST_CHECK(5, 73, nr <= MAX_LEAVES))
		return -XEN_E2BIG;
	for (uint32_t i = 0; i < nr; i++) {
		xen_msr_entry_t e;

		if (copy_from_guest_raw(&e, GVA((uint32_t)(uintptr_t)(from + i)), sizeof(e)))
			return -XEN_EFAULT;
		if ((e.idx != policy_msrs[0] && e.idx != policy_msrs[1]) || e.val || e.flags) {
			*wrong = e.idx;
			return -XEN_EINVAL;
		}
	}
	return 0;
}

/* No buffer: how large one has to be. */
int32_t sysctl_get_cpu_policy(struct control_call *c, struct xen_sysctl_cpu_policy *a)
{
	const struct view w = { .guest = a->index == XEN_SYSCTL_cpu_policy_pv_max ||
					 a->index == XEN_SYSCTL_cpu_policy_pv_default };
	struct list l = { .room = a->nr_leaves };
	int32_t rc;

	if (a->index > XEN_SYSCTL_cpu_policy_hvm_default || a->_rsvd)
		return -XEN_EINVAL;
	if (a->index == XEN_SYSCTL_cpu_policy_hvm_max ||
	    a->index == XEN_SYSCTL_cpu_policy_hvm_default)
		return -XEN_EOPNOTSUPP;
	rc = put_msrs(a->msrs.p, &a->nr_msrs);
	if (rc)
		return rc;
	if (!a->leaves.p) {
		a->nr_leaves = MAX_LEAVES;
		return 0;
	}
	l.to.p = a->leaves.p;
	rc = put_all(&l, &w);
	a->nr_leaves = l.nr;
	return rc;
}

int32_t domctl_get_cpu_policy(struct control_call *c, struct xen_domctl_cpu_policy *a)
{
	const struct view w = { .guest = true, .d = c->d };
	struct list l = { .room = a->nr_leaves };
	int32_t rc;

	l.to.p = a->leaves.p;
	rc = put_all(&l, &w);
	a->nr_leaves = l.nr;
	return rc ? rc : put_msrs(a->msrs.p, &a->nr_msrs);
}

/* ---- what tools make of one ---- */

static bool plausible(const xen_cpuid_leaf_t *e)
{
	bool some = e->leaf == LEAF_CACHE || e->leaf == LEAF_FEATURES || e->leaf == LEAF_TOPOLOGY ||
		    e->leaf == LEAF_XSTATE;

	if (e->leaf <= MAX_BASIC)
		return some ? e->subleaf < 64 : e->subleaf == XEN_CPUID_NO_SUBLEAF;
	return e->subleaf == XEN_CPUID_NO_SUBLEAF &&
	       (e->leaf == XEN_CPUID_FIRST_LEAF || e->leaf == XEN_CPUID_FIRST_LEAF + 0x100 ||
		(e->leaf >= 0x80000000 && e->leaf <= MAX_EXTENDED));
}

static void take(struct cpuid_mask *m, const xen_cpuid_leaf_t *e)
{
	switch (e->leaf) {
	case 1:
		m->leaf1_ecx = e->c;
		m->leaf1_edx = e->d;
		break;
	case LEAF_FEATURES:
		if (e->subleaf)
			break;
		m->leaf7_ebx = e->b;
		m->leaf7_ecx = e->c;
		m->leaf7_edx = e->d;
		break;
	case 0x80000001:
		m->ext1_ecx = e->c;
		m->ext1_edx = e->d;
		break;
	}
}

/* A feature word that is not written keeps what it had.  -XEN_ERANGE names the leaf. */
int32_t domctl_set_cpu_policy(struct control_call *c, struct xen_domctl_cpu_policy *a)
{
	struct cpuid_mask m = c->d->emulate.cpuid_mask;
	int32_t rc;

	if (!TRUST_CHECK(5, 71, a->nr_leaves <= MAX_LEAVES))
		return -XEN_E2BIG;
	a->err_leaf = a->err_subleaf = a->err_msr = ~0U;
	for (uint32_t i = 0; i < a->nr_leaves; i++) {
		xen_cpuid_leaf_t e;

		if (copy_from_guest(&e, a->leaves, i))
			return -XEN_EFAULT;
		if (!plausible(&e)) {
			a->err_leaf = e.leaf;
			a->err_subleaf = e.subleaf;
			return -XEN_ERANGE;
		}
		take(&m, &e);
	}
	rc = check_msrs(a->msrs.p, a->nr_msrs, &a->err_msr);
	if (!rc)
		c->d->emulate.cpuid_mask = m;
	return rc;
}

/* ---- feature words, in the order of the interface's cpufeatureset.h ---- */

#define NR_WORDS 14

static void words(const struct view *w, uint32_t *f)
{
	struct cpuid_regs l1 = ask(w, 1, 0), l7 = ask(w, 7, 0), e1 = ask(w, 0x80000001, 0);

	memset(f, 0, NR_WORDS * sizeof(*f));
	f[0] = l1.edx;
	f[1] = l1.ecx;
	f[2] = e1.edx;
	f[3] = e1.ecx;
	f[4] = ask(w, 0xd, 1).eax;
	f[5] = l7.ebx;
	f[6] = l7.ecx;
	f[7] = ask(w, 0x80000007, 0).edx;
	f[8] = ask(w, 0x80000008, 0).ebx;
	f[9] = l7.edx;
	f[10] = l7.eax ? ask(w, 7, 1).eax : 0;
}

int32_t sysctl_get_cpu_featureset(struct control_call *c, struct xen_sysctl_cpu_featureset *a)
{
	const struct view w = { .guest = a->index == XEN_SYSCTL_cpu_featureset_pv ||
					 a->index == XEN_SYSCTL_cpu_featureset_pv_max };
	uint32_t f[NR_WORDS], room = a->nr_features;

	if (a->index == XEN_SYSCTL_cpu_featureset_hvm ||
	    a->index == XEN_SYSCTL_cpu_featureset_hvm_max)
		return -XEN_EOPNOTSUPP;
	if (a->index > XEN_SYSCTL_cpu_featureset_hvm_max)
		return -XEN_EINVAL;
	a->nr_features = NR_WORDS;
	if (!a->features.p)
		return 0;
	words(&w, f);
	a->nr_features = MIN(room, NR_WORDS);
	for (uint32_t i = 0; i < a->nr_features; i++)
		if (copy_to_guest(a->features, i, &f[i]))
			return -XEN_EFAULT;
	return room < NR_WORDS ? -XEN_ENOBUFS : 0;
}
