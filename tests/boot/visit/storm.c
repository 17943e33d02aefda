/* SPDX-License-Identifier: MIT */
/*
 * Does anything get lost when events pour in during system calls?
 *
 * The parent makes a million null system calls through int 0x80, each with
 * every register known and checked, while an interval timer interrupts it,
 * one child writes numbered lines to the console (whoever reads the console
 * counts them) and, if asked to, another child reads numbered lines from it.
 * Where the hypervisor counts what it emulates for the kernel (docs/abi.md), it
 * must have emulated next to nothing meanwhile: no such thing is on these paths.
 *
 *	storm CALLS LINES_OUT LINES_IN
 */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <ringone/watch.h>

#include "visit.h"

static volatile unsigned long alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

/* getppid with a pattern in the registers that a system call has to leave alone. */
static long null_call(void)
{
	unsigned int b = 0x11111111, c = 0x22222222, d = 0x33333333, s = 0x44444444, t = 0x55555555;
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result), "+b"(b), "+c"(c), "+d"(d), "+S"(s), "+D"(t)
			 : "0"(SYS_getppid)
			 : "memory", "cc");
	check(b == 0x11111111 && c == 0x22222222 && d == 0x33333333 && s == 0x44444444 &&
		      t == 0x55555555,
	      "registers came back as %x %x %x %x %x", b, c, d, s, t);
	return result;
}

static pid_t start(void (*child)(long), long arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		child(arg);
		_exit(0);
	}
	return pid;
}

static void writer(long lines)
{
	for (long i = 1; i <= lines; i++) {
		printf("storm line %06ld of %06ld\n", i, lines);
		fflush(stdout);
	}
}

/* The other side sends "feed 000001" and so on when it sees our invitation. */
static void reader(long lines)
{
	struct termios tio;
	char line[128];
	long number;

	if (!tcgetattr(0, &tio)) {
		tio.c_lflag &= ~(ECHO | ECHOE | ECHOK | ECHONL);
		tcsetattr(0, TCSANOW, &tio);
	}
	printf("storm: feed me %ld lines\n", lines);
	fflush(stdout);
	for (long i = 1; i <= lines; i++) {
		alarm(120); /* a lost line must not hang the visit */
		check(fgets(line, sizeof(line), stdin), "end of input at line %ld", i);
		check(sscanf(line, "feed %ld", &number) == 1 && number == i,
		      "line %ld of the input reads \"%s\"", i, line);
	}
}

static void finish(pid_t pid, const char *who)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	check(got == pid && status == 0, "the %s ended with %#x", who, status);
}

#define MANY_EMULATED 100 /* what a driver may do in between; the calls are a million */

static void forced_cpuid(unsigned int leaf, unsigned int out[4])
{
	__asm__ volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "0"(leaf), "2"(0));
}

/* Instructions of the kernel that were emulated or refused so far; -1 where nobody counts. */
static long emulated(void)
{
	unsigned int r[4];

	forced_cpuid(RINGONE_CPUID_LEAF, r);
	if (r[1] != RINGONE_CPUID_EBX || !(r[0] & RINGONE_FEATURE_EMULATED))
		return -1;
	forced_cpuid(RINGONE_EMULATED_LEAF, r);
	return r[0] + r[1];
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : 1000000;
	long out = argc > 2 ? atol(argv[2]) : 500, in = argc > 3 ? atol(argv[3]) : 0;
	struct itimerval every_ms = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	pid_t parent = getppid(), w, r = 0;
	long before = emulated();
	double began, took;

	w = start(writer, out);
	if (in)
		r = start(reader, in);
	sigaction(SIGALRM, &sa, NULL);
	began = seconds();
	setitimer(ITIMER_REAL, &every_ms, NULL);
	for (long i = 0; i < calls; i++) {
		long got = null_call();

		check(got == parent, "call %ld returned %ld, should be %d", i, got, parent);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	took = seconds() - began;
	finish(w, "writer");
	if (r)
		finish(r, "reader");
	if (before >= 0) {
		long more = emulated() - before;

		printf("storm: %ld instructions of the kernel emulated before, %ld meanwhile\n",
		       before, more);
		check(more < MANY_EMULATED, "%ld of them", more);
	}
	/* The kernel's tick may be as slow as 10 ms, and half of it is others' time. */
	check(alarms >= took * 20, "only %lu alarms in %.3f s", alarms, took);
	printf("storm: %ld calls, %lu alarms in %ld ms, %ld lines out, %ld in\n", calls, alarms,
	       (long)(took * 1000), out, in);
	return 0;
}
