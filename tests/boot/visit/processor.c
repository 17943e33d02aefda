/* SPDX-License-Identifier: MIT */
/*
 * Which registers does the kernel save?  processor avx: XSAVE with AVX, and the upper halves survive
 * switches to other processes that use them, and signal handlers that overwrite them.  processor
 * fxsave: neither XSAVE nor AVX is there to be believed in.
 */
#include <cpuid.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "visit.h"

#define ROUNDS    400
#define PROCESSES 3

static volatile sig_atomic_t signals;

static int has_avx(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return 0;
	asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (c & bit_AVX) && (a & 6) == 6;
}

static void handler(int sig)
{
	static const unsigned int junk[8] = {
		0xbad, 0xbad, 0xbad, 0xbad, 0xbad, 0xbad, 0xbad, 0xbad
	};

	(void)sig;
	asm volatile("vmovups %0, %%ymm0; vmovups %0, %%ymm7" : : "m"(junk));
	signals++;
}

/* Nothing of the C library between loading and looking: it uses these registers itself. */
static void round_trip(unsigned int seed)
{
	unsigned int in[2][8], out[2][8], spin = 20000;

	for (int i = 0; i < 8; i++) {
		in[0][i] = scramble(seed + i);
		in[1][i] = scramble(seed + 100 + i);
	}
	asm volatile("vmovups %3, %%ymm0\n\t"
		     "vmovups %4, %%ymm7\n\t"
		     "mov $158, %%eax\n\t" /* sched_yield */
		     "int $0x80\n"
		     "1: dec %2\n\t"
		     "jnz 1b\n\t"
		     "vmovups %%ymm0, %0\n\t"
		     "vmovups %%ymm7, %1"
		     : "=m"(out[0]), "=m"(out[1]), "+r"(spin)
		     : "m"(in[0]), "m"(in[1])
		     : "eax", "memory");
	errno = 0;
	check(!memcmp(in, out, sizeof(in)), "seed %u: the registers changed", seed);
}

static void process(unsigned int id)
{
	struct itimerval often = { { 0, 4000 }, { 0, 4000 } };

	signals = 0;
	check(signal(SIGALRM, handler) != SIG_ERR, "signal");
	check(!setitimer(ITIMER_REAL, &often, NULL), "setitimer");
	for (unsigned int n = 0; n < ROUNDS || (signals < 5 && n < 1000 * ROUNDS); n++)
		round_trip(id << 20 | n);
	check(signals >= 5, "only %d signals came", (int)signals);
	printf("processor: process %u: %d signals\n", id, (int)signals);
	exit(0);
}

int main(int argc, char **argv)
{
	int failed = 0, status;

	check(argc == 2, "usage: processor avx|fxsave");
	if (!strcmp(argv[1], "fxsave")) {
		check(!has_avx(), "AVX is there");
		return 0;
	}
	check(has_avx(), "there is no AVX for programs");
	fflush(stdout);
	for (unsigned int id = 0; id < PROCESSES; id++)
		if (!fork())
			process(id);
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}
