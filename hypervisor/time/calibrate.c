/* SPDX-License-Identifier: MIT */
/*
 * How fast are the TSC and the local APIC's timer?  Both are compared with the
 * PIT, three times over 20 ms, and the middle result is taken.  The same code
 * serves QEMU, QEMU counting instructions, Bochs and hardware, since none of
 * them is trusted to know better.
 *
 * Emulators run on machines that have other things to do.  The PIT counts once
 * round in 55 ms: in a pause longer than that the TSC goes on and the PIT seems
 * to stand, and a second would be ten times as long ever after.  A window with a
 * pause in it is thrown away, and the next one is half as long, since it must
 * fit between two pauses.
 */
#include "internal.h"
#include "time.h"
#include "lib.h"
#include "machine/machine.h"
#include "say/say.h"
#include "trust.h"
#include "x86.h"

#define WINDOW_TICKS (PIT_HZ / 50)  /* 20 ms, well inside one round of the PIT's 55 ms */
#define SHORTEST     (PIT_HZ / 800) /* 1.25 ms: 0.1 %, by what reading the clocks takes */
#define TRIES        200

struct timescale tsc_scale;
uint32_t lapic_timer_hz, tsc_khz;

struct moment { /* one instant on three clocks */
	uint64_t tsc;
	uint32_t lapic;
	uint16_t pit;
};

/*
 * The three clocks cannot be read at once.  The attempt that took least time
 * is the one that came closest.
 */
static struct moment read_clocks(void)
{
	struct moment best = { 0 };
	uint64_t best_took = ~0ULL;

	for (int i = 0; i < 8; i++) {
		struct moment m;
		uint64_t before = rdtsc(), took;

		m.pit = pit_count();
		m.lapic = lapic_timer_left();
		took = rdtsc() - before;
		m.tsc = before + (took >> 1);
		if (took < best_took) {
			best_took = took;
			best = m;
		}
	}
	return best;
}

struct frequencies {
	uint64_t tsc, lapic;
};

/* Over `window` ticks of the PIT; 0 when a pause took more than an eighth of that. */
static struct frequencies measure(uint32_t window)
{
	struct moment start, now;
	uint32_t patience = 5000000, ticks; /* looks; each takes longer than a microsecond */
	uint64_t looked, gap = 0;

	pit_start();
	lapic_timer_start(UINT32_MAX);
	/* The PIT loads its count with the next edge of its own clock. */
	while (!pit_count() && --patience)
		cpu_relax();
	start = read_clocks();
	looked = start.tsc;
	do {
		uint64_t tsc = rdtsc();

		gap = MAX(gap, tsc - looked);
		looked = tsc;
		cpu_relax();
	} while ((uint16_t)(start.pit - pit_count()) < window && --patience);
	now = read_clocks();
	TRUST_EFFECT(26, 113, gap = MAX(gap, now.tsc - looked));
	lapic_timer_start(0);
	ticks = (uint16_t)(start.pit - now.pit);
	if (!patience || !ticks)
		cannot_run(
			"the interval timer (PIT, ports 0x40 to 0x43) does not count, and there is no "
			"other clock to measure by: use a machine that has one");
	if (TRUST_WHEN(26, 112, gap > (now.tsc - start.tsc) >> 3))
		return (struct frequencies){ 0 };
	return (struct frequencies){
		.tsc = measured_hz(now.tsc - start.tsc, ticks, PIT_HZ),
		.lapic = measured_hz(start.lapic - now.lapic, ticks, PIT_HZ),
	};
}

static struct frequencies measure_once(void)
{
	uint32_t window = WINDOW_TICKS;

	for (uint32_t i = 0; i < TRIES; i++) {
		struct frequencies f = measure(window);

		if (f.tsc)
			return f;
		TRUST_EFFECT(26, 114, window = MAX(window / 2, SHORTEST));
	}
	cannot_run("the machine pauses too often to measure how fast its TSC is, %u times in a row "
		   "within milliseconds: leave it more of the processor",
		   TRIES);
}

void calibrate(void)
{
	struct frequencies f[3];
	uint64_t tsc_hz;

	for (uint32_t i = 0; i < ARRAY_SIZE(f); i++)
		f[i] = measure_once();
	tsc_hz = median3(f[0].tsc, f[1].tsc, f[2].tsc);
	lapic_timer_hz = median3(f[0].lapic, f[1].lapic, f[2].lapic);
	if (tsc_hz < 1000 || tsc_hz >= 1ULL << 40 || lapic_timer_hz < 1000)
		cannot_run(
			"measured a TSC of %llu Hz and an APIC timer of %u Hz: one of them stands still",
			tsc_hz, lapic_timer_hz);
	tsc_scale = timescale_from_hz(tsc_hz);
	tsc_khz = div64_32(tsc_hz, 1000, NULL);
	printk(LOG_INFO, "TSC %u kHz, APIC timer %u kHz\n", tsc_khz, lapic_timer_hz / 1000);
}
