/* SPDX-License-Identifier: MIT */
/*
 * Question: can a domain take more than its share, by having more VCPUs or by sleeping whenever its
 * time is about to be counted, and does one that spins keep another from its timer?
 *
 * Because: shares are the domains', whatever they do to be more; and a sleeper with an event is a
 * back end with a request.
 *
 * Expected: next to one that spins, of the same weight, one that spins on two VCPUs has half of the
 * processor, and one that works for 2 ms and sleeps for 10 us has no more than half either; the first
 * domain's timer is late by no more than 2 ms, while a slice is 10.
 */
#include "second.h"
#include "event.h"
#include "smp.h"

static struct second one, two;

static void spin(void)
{
	for (;;)
		second_mail->word[2]++;
}

static void spin_too(unsigned int id)
{
	for (;;)
		second_mail->word[2 + id]++;
}

static void spin_twice(void)
{
	EXPECT(smp_start(1, spin_too), 0);
	spin();
}

static void doze(void)
{
	for (;;) {
		uint64_t end = now_ns() + 2 * NS_MS;

		while (now_ns() < end)
			;
		struct sched_poll p = { .timeout = now_ns() + 10000 };

		ringone_sched_op(SCHEDOP_poll, &p);
	}
}

static uint64_t time_of(const struct second *s)
{
	struct xen_domctl_getdomaininfo info;

	EXPECT(second_info(s->id, &info), 0);
	return info.cpu_time;
}

/* How late the latest end of short naps was, in ns. */
static uint64_t nap(unsigned int ms)
{
	uint64_t end = now_ns() + ms * NS_MS, worst = 0;

	while (now_ns() < end) {
		struct sched_poll p = { .timeout = now_ns() + 3 * NS_MS };

		ringone_sched_op(SCHEDOP_poll, &p);
		if (now_ns() > p.timeout && now_ns() - p.timeout > worst)
			worst = now_ns() - p.timeout;
	}
	return worst;
}

/* What the first of the two has of what both have. */
static void against_a_spinner(const char *what, void (*fn)(void), unsigned int least)
{
	uint64_t mine, its, late;
	unsigned int permille;

	second_make(&one, fn);
	second_make(&two, spin);
	second_unpause(&one);
	second_unpause(&two);
	nap(100);
	mine = time_of(&one);
	its = time_of(&two);
	late = nap(800);
	mine = time_of(&one) - mine;
	its = time_of(&two) - its;
	permille = (unsigned int)(mine / 1000) / ((unsigned int)((mine + its) / 1000) / 1000 + 1);
	note("%s: %u of 1000; a timer late by %u us at most", what, permille,
	     (unsigned int)late / 1000);
	CHECK(permille >= least && permille <= 550, "%s has %u of 1000", what, permille);
	CHECK(late < 2 * NS_MS, "%s: a timer was late by %u us", what, (unsigned int)late / 1000);
	second_destroy(&one);
	second_destroy(&two);
}

void test_main(void)
{
	second_need();
	against_a_spinner("one that spins", spin, 450);
	against_a_spinner("one that dozes", doze, 100);
	one.max_vcpus = 2;
	against_a_spinner("one that spins on two VCPUs", spin_twice, 450);
}
