/* SPDX-License-Identifier: MIT */
/* System time and wallclock from the pages the hypervisor writes. */
#include <ringone/shim.h>

static uint64_t rdtsc(void)
{
	uint64_t t;

	asm volatile("rdtsc" : "=A"(t));
	return t;
}

/* (a * mul) >> 32 of a 64-bit a, whose product has 96 bits. */
static uint64_t scale(uint64_t a, uint32_t mul)
{
	return ((a & 0xffffffff) * mul >> 32) + (a >> 32) * mul;
}

uint64_t ringone_clock_ns(const struct vcpu_time_info *time)
{
	const volatile struct vcpu_time_info *t = time;
	uint32_t version;
	uint64_t ns;

	/* Odd: the hypervisor is writing. Changed: it has written meanwhile. */
	do {
		version = t->version & ~1u;
		asm volatile("" : : : "memory");
		uint64_t delta = rdtsc() - t->tsc_timestamp;
		int shift = t->tsc_shift;

		delta = shift < 0 ? delta >> -shift : delta << shift;
		ns = t->system_time + scale(delta, t->tsc_to_system_mul);
		asm volatile("" : : : "memory");
	} while (t->version != version);
	return ns;
}

uint64_t ringone_wallclock(const struct shared_info *shared, uint32_t *nsec)
{
	const volatile struct shared_info *s = shared;
	uint32_t version;
	uint64_t sec;

	do {
		version = s->wc_version & ~1u;
		asm volatile("" : : : "memory");
		sec = s->wc_sec | (uint64_t)s->arch.wc_sec_hi << 32;
		if (nsec)
			*nsec = s->wc_nsec;
		asm volatile("" : : : "memory");
	} while (s->wc_version != version);
	return sec;
}
