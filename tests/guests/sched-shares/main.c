/* SPDX-License-Identifier: MIT */
/*
 * Question: do domains share the processor by their weights, does a cap hold, and does a domain that
 * sleeps still get the processor at once when an event comes?
 *
 * Because: a share that is each VCPU's lets a domain take more by having more of them, and one that
 * spins must not keep a back end from its work.
 *
 * Expected: three that spin with weights 1 : 2 : 4 get one, two and four sevenths of what is left,
 * within 5 % of it; one that is capped at 20 % gets that though nobody else wants the rest; and a
 * timer of the first domain's is never late by a whole slice (10 ms); a new one that spins gives the
 * processor back after a slice or two, however long the others had it before; and so do those to whom
 * the first domain yields, though one of them is not due for seconds.
 */
#include "second.h"
#include "event.h"

#define NR 3

static struct second s[NR];

static void spin(void)
{
	for (;;)
		second_mail->word[2]++;
}

static uint64_t time_of(domid_t id)
{
	struct xen_domctl_getdomaininfo info;

	EXPECT(second_info(id, &info), 0);
	return info.cpu_time;
}

static void schedule_with(domid_t id, uint16_t weight, uint16_t cap)
{
	struct xen_domctl op = { 0 };

	op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	op.u.scheduler_op.u.credit2.weight = weight;
	op.u.scheduler_op.u.credit2.cap = cap;
	EXPECT(second_domctl(&op, XEN_DOMCTL_scheduler_op, id), 0);
}

/* Sleep in short naps; how late the latest end of one was, in ns. */
static uint64_t sleep_ms(unsigned int ms)
{
	uint64_t end = now_ns() + ms * NS_MS, worst = 0;

	while (now_ns() < end) {
		struct sched_poll p = { .timeout = now_ns() + 3 * NS_MS };
		uint64_t late;

		ringone_sched_op(SCHEDOP_poll, &p);
		late = now_ns() - p.timeout;
		if (now_ns() > p.timeout && late > worst)
			worst = late;
	}
	return worst;
}

static void weights(void)
{
	uint64_t before[NR], all = 0, had[NR], late;

	for (int i = 0; i < NR; i++) {
		second_make(&s[i], spin);
		schedule_with(s[i].id, 256 << i, 0);
		second_unpause(&s[i]);
	}
	sleep_ms(100);
	for (int i = 0; i < NR; i++)
		before[i] = time_of(s[i].id);
	late = sleep_ms(1400);
	for (int i = 0; i < NR; i++)
		all += had[i] = time_of(s[i].id) - before[i];
	for (int i = 0; i < NR; i++) {
		unsigned int permille =
			(unsigned int)(had[i] / 1000) / ((unsigned int)(all / 1000) / 1000 + 1);
		unsigned int due = 1000 * (1 << i) / 7;

		note("weight %u: %u of 1000, due %u", 256 << i, permille, due);
		CHECK(permille + 50 > due && permille < due + 50, "weight %u has %u of 1000",
		      256 << i, permille);
	}
	note("the latest of the first domain's timers: %u us", (unsigned int)late / 1000);
	CHECK(late < 10 * NS_MS, "a timer was late by %u us", (unsigned int)late / 1000);
	for (int i = 0; i < NR; i++)
		second_destroy(&s[i]);
}

static void cap(void)
{
	uint64_t before, had;

	second_make(&s[0], spin);
	schedule_with(s[0].id, 256, 20);
	second_unpause(&s[0]);
	sleep_ms(100);
	before = time_of(s[0].id);
	sleep_ms(1000);
	had = time_of(s[0].id) - before;
	note("cap 20: %u ms of 1000", (unsigned int)(had / 1000) / 1000);
	CHECK(had > 170 * NS_MS && had < 230 * NS_MS, "it had %u ms of 1000",
	      (unsigned int)(had / 1000) / 1000);
	schedule_with(s[0].id, 256, 0);
	before = time_of(s[0].id);
	sleep_ms(200);
	had = time_of(s[0].id) - before;
	CHECK(had > 150 * NS_MS, "without the cap it had %u ms of 200",
	      (unsigned int)(had / 1000) / 1000);
	second_destroy(&s[0]);
}

/* Who comes when another has had the processor for long is owed nothing for that. */
static void newcomer(void)
{
	uint64_t end = now_ns() + 200 * NS_MS, began;
	unsigned int ms;

	while (now_ns() < end)
		;
	second_make(&s[0], spin);
	began = now_ns();
	second_unpause(&s[0]); /* which may be the end of our slice already */
	ringone_sched_op(SCHEDOP_yield, NULL);
	ms = (unsigned int)((now_ns() - began) / 1000) / 1000;
	note("a new one had the processor for %u ms at once", ms);
	CHECK(s[0].mail->word[2], "it did not run");
	CHECK(ms < 50, "the first domain waited for %u ms", ms);
	second_destroy(&s[0]);
}

/* Whoever gives its turn away gives one: not all that one of little weight has to wait for its next. */
static void beside_little_weight(void)
{
	uint64_t began;
	unsigned int ms;

	second_make(&s[0], spin);
	second_make(&s[1], spin);
	schedule_with(s[1].id, 1, 0);
	second_unpause(&s[0]);
	second_unpause(&s[1]); /* has a slice, and then none for 256 of them */
	sleep_ms(60);
	CHECK(s[1].mail->word[2], "the one of little weight did not run");
	began = now_ns();
	ringone_sched_op(SCHEDOP_yield, NULL);
	ms = (unsigned int)((now_ns() - began) / 1000) / 1000;
	note("back from a yield beside one of weight 1 after %u ms", ms);
	CHECK(ms < 100, "the first domain waited for %u ms", ms);
	second_destroy(&s[0]);
	second_destroy(&s[1]);
}

void test_main(void)
{
	second_need();
	newcomer();
	beside_little_weight();
	weights();
	cap();
}
