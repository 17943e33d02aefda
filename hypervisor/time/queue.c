/* SPDX-License-Identifier: MIT */
/* The sorted list of running timers; see include/timer.h. */
#include "queue.h"

bool timerq_insert(struct timer **head, struct timer *t, uint64_t expires)
{
	struct timer **at = head;

	while (*at && (*at)->expires <= expires)
		at = &(*at)->next;
	t->expires = expires;
	t->next = *at;
	*at = t;
	return at == head;
}

bool timerq_remove(struct timer **head, struct timer *t)
{
	struct timer **at = head;

	if (!t->expires)
		return false;
	while (*at && *at != t)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = t->next;
	t->expires = 0;
	t->next = NULL;
	return at == head;
}

struct timer *timerq_pop_due(struct timer **head, uint64_t now)
{
	struct timer *t = *head;

	if (!t || t->expires > now)
		return NULL;
	*head = t->next;
	t->expires = 0;
	t->next = NULL;
	return t;
}
