/* SPDX-License-Identifier: MIT */
/*
 * Question: do the time page and the wallclock tell a time worth keeping?
 *
 * Expected: the version is even when it rests; system time never runs backwards and advances with
 * the TSC at the frequency the page claims (within 5 % over 200 ms); the wallclock plus system
 * time lies between 2023 and 2100 and its nanoseconds below one second.
 */
#include "guest.h"
#include "event.h"

#define CLOSE 1000000 /* cycles */

/* System time, and in *@tsc the counter at that moment: read again where something came between. */
static uint64_t both(uint64_t *tsc)
{
	uint64_t now;

	do {
		*tsc = rdtsc();
		now = now_ns();
	} while (rdtsc() - *tsc > CLOSE);
	return now;
}

void test_main(void)
{
	const volatile struct vcpu_time_info *t = &vcpu->time;
	uint64_t tsc, end, first = both(&tsc), last = first;
	unsigned int back = 0, versions = 0;
	uint32_t nsec, version = t->version;

	CHECK(version, "version 0: nobody has written the page");
	CHECK(t->tsc_to_system_mul, "multiplier 0");
	note("version %u mul %x shift %d flags %x", t->version, t->tsc_to_system_mul, t->tsc_shift,
	     t->flags);
	while (last - first < 200 * NS_MS) {
		uint64_t now = now_ns();

		back += now < last;
		last = now;
		if (t->version != version) {
			versions++;
			version = t->version;
		}
	}
	last = both(&end);
	tsc = end - tsc;
	EXPECT(back, 0);
	/* Frequency in kHz as the page claims it: 10^6 * 2^32 / mul, shifted back. */
	uint64_t khz = (1000000ull << 32) / t->tsc_to_system_mul;

	khz = t->tsc_shift < 0 ? khz << -t->tsc_shift : khz >> t->tsc_shift;
	uint64_t by_tsc = tsc * 1000000 / khz;

	note("%llu kHz; %llu ns by system time, %llu by TSC; %u updates", khz, last - first, by_tsc,
	     versions);
	CHECK(by_tsc > (last - first) * 95 / 100 && by_tsc < (last - first) * 105 / 100,
	      "%llu against %llu", by_tsc, last - first);

	uint64_t sec = ringone_wallclock(shared_info, &nsec) + now_ns() / 1000000000;

	note("1970 + %llu s", sec);
	EXPECT(shared_info->wc_version & 1, 0);
	CHECK(nsec < 1000000000, "%u ns", nsec);
	CHECK(sec > 1672531200ull && sec < 4102444800ull, "%llu s", sec);
}
