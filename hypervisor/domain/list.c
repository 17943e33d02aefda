/* SPDX-License-Identifier: MIT */
/*
 * All domains: found by number, held by reference.
 *
 * A domain is in the list from its creation until its last reference goes, so
 * that one which is dying, or whose frames somebody still maps, can be seen and
 * its number is not given away.  References are held by
 *
 *	the domain's being alive		until domain_kill() is done with it
 *	its frames, all together		until the last of them is freed
 *	whoever called domain_get()		until domain_put()
 *
 * so `page->owner` never points to what was freed.
 */
#include "domain.h"
#include "say/say.h"
#include "trust.h"
#include "unit.h"

struct domain *domains; /* by ascending id */
struct domain *hardware_domain;
static spinlock_t domains_lock;

/* Where d stands, or would stand, in the list. */
static struct domain **place(uint32_t id)
{
	struct domain **at = &domains;

	while (*at && (*at)->id < id)
		at = &(*at)->next;
	return at;
}

/* d, whose number nobody else has, is known from now on.  Its first reference is its life. */
void domain_list_add(struct domain *d)
{
	struct domain **at;

	spin_lock(&domains_lock);
	at = place(d->id);
	d->next = *at;
	d->refs = 1;
	*at = d;
	spin_unlock(&domains_lock);
}

static void get(struct domain *d)
{
	__atomic_add_fetch(&d->refs, 1, __ATOMIC_SEQ_CST);
}

/* One more reference, for whoever has one already, or holds what keeps the domain alive. */
void domain_hold(struct domain *d)
{
	get(d);
}

/* The first domain whose number is id or more, or NULL; give it back with domain_put(). */
struct domain *domain_get_from(uint32_t id)
{
	struct domain *d;

	spin_lock(&domains_lock);
	d = *place(id);
	if (d)
		get(d);
	spin_unlock(&domains_lock);
	return d;
}

struct domain *domain_get(uint32_t id)
{
	struct domain *d = domain_get_from(id);

	if (d && d->id != id) {
		domain_put(d);
		return NULL;
	}
	return d;
}

/*
 * The domain that a call of `who` names, with a reference: anybody may name
 * itself, by DOMID_SELF or by number, and a privileged domain any other.
 * -XEN_ESRCH: there is none of that number; -XEN_EPERM: not for `who`.
 */
int domain_named(struct domain *who, uint32_t id, struct domain **d)
{
	if (id == DOMID_SELF || id == who->id) {
		get(who);
		*d = who;
		return 0;
	}
	*d = domain_get(id);
	if (!*d)
		return -XEN_ESRCH;
	if (TRUST_CHECK(25, 30, who->privileged))
		return 0;
	domain_put(*d);
	return -XEN_EPERM;
}

static void unlink(struct domain *d)
{
	struct domain **at = place(d->id);

	if (*at != d)
		panic("domain %u lost its last reference twice", d->id);
	*at = d->next;
}

/* Locks: any but those of the heap and the frames may be held. */
void domain_put(struct domain *d)
{
	bool last;

	spin_lock(&domains_lock);
	last = !__atomic_sub_fetch(&d->refs, 1, __ATOMIC_SEQ_CST);
	if (last)
		unlink(d);
	spin_unlock(&domains_lock);
	if (last)
		domain_free(d);
}

/* While nothing runs: is each held as often as somebody says that he holds it? */
uint32_t domains_audit(void)
{
	uint32_t bad = 0;

	for (const struct domain *d = domains; d; d = d->next) {
		uint32_t refs = units_domain_refs(d);

		if (d->refs == refs)
			continue;
		bad++;
		printk(LOG_ERR, "audit: domain %u has %u references, should have %u\n", d->id,
		       d->refs, refs);
	}
	return bad;
}

/*
 * A number that no domain has, counted on from the last one given, so that it
 * is long before a number means somebody else; or 0 when all are taken.
 */
uint16_t domain_free_id(void)
{
	static uint16_t last;
	uint16_t found = 0;

	spin_lock(&domains_lock);
	for (uint32_t i = 1; i < DOMID_FIRST_RESERVED && !found; i++) {
		uint16_t id = 1 + (last + i - 1) % (DOMID_FIRST_RESERVED - 1);
		const struct domain *d = *place(id);

		if (!d || d->id != id)
			found = last = id;
	}
	spin_unlock(&domains_lock);
	return found;
}
