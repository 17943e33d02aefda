// SPDX-License-Identifier: MIT
/*
 * /sbin/init that measures: the rows of tests/bench/user.c which need no C library. Prints
 * "USER key instructions entries cr3-loads flushes", each per operation, the cheapest of 5 batches;
 * under "qemu -icount shift=0" a tick of the time stamp counter is an instruction.
 *
 * Compiled with -DPATHS ("paths" to the script root) it goes warm through each operation three times,
 * between path_begins() and path_ends(), for tests/bench/user-paths.
 */
#include "signal.h"
#include "sys.h"

#define PAGE        4096
#define MAP_BYTES   (1 << 20)
#define STRIDE      (128 << 10) /* farther apart than a kernel maps around a fault */
#define FAULT_BYTES (4 << 20)   /* of /file */

static int counters; /* reading them costs an entry, which is taken off again */

struct cost {
	uint64_t instructions;
	uint32_t entries, cr3, flushes;
};

static struct cost now(void)
{
	struct cost c = { 0 };
	uint32_t d;

	if (counters)
		asm volatile("ud2a; .ascii \"xen\"; cpuid"
			     : "=a"(c.entries), "=b"(c.cr3), "=c"(c.flushes), "=d"(d)
			     : "0"(0x40000101), "2"(0));
	asm volatile("rdtsc" : "=A"(c.instructions) : : "memory");
	return c;
}

static void say(const char *s)
{
	call3(SYS_write, 1, s, length(s));
}

static void say_number(uint64_t v)
{
	char text[21];
	int at = 20;

	text[at] = 0;
	do {
		uint32_t low = v, high = v >> 32, rem;

		/* 64 by 10, without a library */
		rem = high % 10;
		high /= 10;
		asm("divl %2" : "+a"(low), "+d"(rem) : "r"(10));
		text[--at] = '0' + rem;
		v = (uint64_t)high << 32 | low;
	} while (v);
	say(text + at);
}

/* @v hundredths. */
static void say_hundredths(uint32_t v)
{
	say_number(v / 100);
	say(".");
	say_number(v / 10 % 10);
	say_number(v % 10);
}

static void fail(const char *what)
{
	say("bench: FAILED: ");
	say(what);
	say("\n");
	call3(SYS_reboot, RB_POWEROFF, 0, 0);
}

static void keep_cheaper(struct cost *best, const struct cost *before, const struct cost *after)
{
	if (after->instructions - before->instructions >= best->instructions)
		return;
	best->instructions = after->instructions - before->instructions;
	best->entries = after->entries - before->entries - counters;
	best->cr3 = after->cr3 - before->cr3;
	best->flushes = after->flushes - before->flushes;
}

static __attribute__((unused)) struct cost cheapest(int times, void (*op)(void))
{
	struct cost best = { .instructions = ~0ULL };

	for (int b = 0; b < 5; b++) {
		struct cost before = now(), after;

		for (int i = 0; i < times; i++)
			op();
		after = now();
		keep_cheaper(&best, &before, &after);
	}
	return best;
}

static __attribute__((unused)) void row(const char *key, struct cost c, uint32_t times)
{
	say("USER ");
	say(key);
	say(" ");
	say_number((uint32_t)c.instructions / times);
	say(" ");
	say_hundredths(c.entries * 100 / times);
	say(" ");
	say_hundredths(c.cr3 * 100 / times);
	say(" ");
	say_hundredths(c.flushes * 100 / times);
	say("\n");
}

static void null_call(void)
{
	call3(SYS_getppid, 0, 0, 0);
}

static long zero, null;

static void null_io(void)
{
	char byte;

	if (call3(SYS_read, zero, &byte, 1) != 1 || call3(SYS_write, null, &byte, 1) != 1)
		fail("null I/O");
}

static volatile int signals;

static void on_signal(int sig, uint32_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	signals++;
}

static void signal_self(void)
{
	int before = signals;

	call3(SYS_kill, 1, SIGUSR1, 0);
	if (signals != before + 1)
		fail("a signal");
}

#define STORE_BYTES 3 /* "movb $1,(%eax)" */

static void on_fault(int sig, uint32_t *info, void *context)
{
	(void)sig;
	(void)info;
	signals++;
	((uint32_t *)context)[CONTEXT_EIP] += STORE_BYTES;
}

static char *read_only;

static void protection_fault(void)
{
	int before = signals;

	asm volatile(".byte 0xc6, 0x00, 0x01" : : "a"(read_only) : "memory");
	if (signals != before + 1)
		fail("a protection fault");
}

static void reap(long pid)
{
	int status = -1;

	if (pid < 0 || call6(SYS_wait4, pid, (long)&status, 0, 0, 0, 0, 0) != pid || status)
		fail("a child");
}

static void fork_exit(void)
{
	long pid = call3(SYS_fork, 0, 0, 0);

	if (pid == 0)
		call3(SYS_exit, 0, 0, 0);
	reap(pid);
}

static void fork_exec(void)
{
	static char *const args[] = { "nothing", NULL };
	long pid = call3(SYS_fork, 0, 0, 0);

	if (pid == 0)
		call3(SYS_execve, "/sbin/init", args, args + 1);
	reap(pid);
}

static void map_touch_unmap(void)
{
	volatile char *p = map_memory(MAP_BYTES, PROT_RW);

	if (!p)
		fail("mmap");
	for (int i = 0; i < MAP_BYTES; i += 4 * PAGE)
		p[i] = 1;
	call3(SYS_munmap, p, MAP_BYTES, 0);
}

static int there[2], back[2];

static void pass(int from, int to)
{
	char token = 0;

	if (call3(SYS_read, from, &token, 1) != 1 || call3(SYS_write, to, &token, 1) != 1)
		call3(SYS_exit, 0, 0, 0);
}

static void round_trip(void)
{
	char token = 0;

	if (call3(SYS_write, there[1], &token, 1) != 1 || call3(SYS_read, back[0], &token, 1) != 1)
		fail("a pipe");
}

static const struct row {
	const char *key;
	int times;
	void (*op)(void);
} rows[] = {
	{ "null_call", 1000, null_call },
	{ "null_io", 500, null_io },
	{ "signal", 500, signal_self },
	{ "fork", 50, fork_exit },
	{ "exec", 30, fork_exec },
	{ "mmap", 50, map_touch_unmap },
	{ "protection", 300, protection_fault },
};

#define ROWS (int)(sizeof(rows) / sizeof(rows[0]))

static void open_pipes(void)
{
	if (call3(SYS_pipe2, there, 0, 0) < 0 || call3(SYS_pipe2, back, 0, 0) < 0)
		fail("a pipe");
}

static void start_partner(void)
{
	if (call3(SYS_fork, 0, 0, 0) == 0)
		for (;;)
			pass(there[0], back[1]);
}

#ifdef PATHS
#define WARM   20
#define ROUNDS 3 /* the shortest counts: no tick of the clock in it */

__attribute__((noinline)) void path_begins(void)
{
	asm volatile("");
}

__attribute__((noinline)) void path_ends(void)
{
	asm volatile("");
}

static volatile char *untouched; /* a mapping of /file; each page is touched once */

static void next_page(void)
{
	*untouched;
	untouched += STRIDE;
}

static void warm_path(const char *key, void (*op)(void))
{
#ifdef NETBSD /* seconds are 64 bits wide */
	static const long pause[] = { 0, 0, 20000000 };
#else
	static const long pause[] = { 0, 20000000 };
#endif

	for (int i = 0; i < WARM; i++)
		op();
	for (int i = 0; i < ROUNDS; i++) {
		say("PATH ");
		say(key);
		say("\n");
		call3(SYS_nanosleep, pause, 0, 0); /* the console's work is done */
		op();
		path_begins();
		op();
		path_ends();
	}
}

static void measure(void)
{
	long fd = call3(SYS_open, "/file", 0, 0);

	untouched = (char *)call6(SYS_mmap, 0, FAULT_BYTES, PROT_READ, MAP_PRIVATE, fd, 0, 0);
	for (int i = 0; i < ROWS; i++)
		warm_path(rows[i].key, rows[i].op);
	warm_path("page_fault", next_page);
	open_pipes();
	start_partner();
	warm_path("round_trip", round_trip);
	say("PATH end\n");
	path_begins(); /* who looks on sees that there is no more */
}
#else
static void page_faults(void)
{
	const int n = FAULT_BYTES / STRIDE;
	struct cost best = { .instructions = ~0ULL };
	long fd = call3(SYS_open, "/file", 0, 0);

	for (int b = 0; b < 6; b++) {
		long at = call6(SYS_mmap, 0, FAULT_BYTES, PROT_READ, MAP_PRIVATE, fd, 0, 0);
		volatile char *p = (volatile char *)at;
		struct cost before, after;

		if (fd < 0 || (at < 0 && at > -4096))
			fail("/file");
		before = now();
		for (int i = 0; i < n; i++)
			p[i * STRIDE];
		after = now();
		call3(SYS_munmap, p, FAULT_BYTES, 0);
		keep_cheaper(&best, &before, &after);
	}
	row("page_fault", best, n);
}

static void switches(void)
{
	const int n = 500;
	struct cost both, alone;

	open_pipes();
	/* the pipe itself: written and read by one process */
	alone = (struct cost){ .instructions = ~0ULL };
	for (int b = 0; b < 5; b++) {
		struct cost before = now(), after;
		char token = 0;

		for (int i = 0; i < n; i++) {
			call3(SYS_write, there[1], &token, 1);
			call3(SYS_read, there[0], &token, 1);
		}
		after = now();
		after.instructions -= before.instructions;
		if (after.instructions < alone.instructions)
			alone = after;
	}
	start_partner();
	both = cheapest(n, round_trip);
	both.instructions -= 2 * alone.instructions;
	row("switch", both, 2 * n);
}

static void measure(void)
{
	for (int i = 0; i < ROWS; i++)
		row(rows[i].key, cheapest(rows[i].times, rows[i].op), rows[i].times);
	page_faults();
	switches();
	say("USER end\n");
}
#endif

/* Whether the forced CPUID is known: to a child that dies of it where it is not. */
static void find_counters(void)
{
	long pid = call3(SYS_fork, 0, 0, 0);
	int status = -1;

	if (pid == 0) {
		counters = 1;
		now();
		call3(SYS_exit, 0, 0, 0);
	}
	call6(SYS_wait4, pid, (long)&status, 0, 0, 0, 0, 0);
	counters = status == 0;
}

static void prepare(void)
{
	struct sigaction_args usr = { .handler = on_signal, .flags = SA_SIGINFO };
	struct sigaction_args fault = { .handler = on_fault, .flags = SA_SIGINFO };

	zero = call3(SYS_open, "/dev/zero", O_RDWR, 0);
	null = call3(SYS_open, "/dev/null", O_RDWR, 0);
	read_only = map_memory(PAGE, PROT_READ);
	if (zero < 0 || null < 0 || !read_only)
		fail("preparations");
	set_handler(SIGUSR1, &usr);
	set_handler(SIGSEGV, &fault);
	set_handler(SIGBUS, &fault);
}

void _start(void);
void _start(void)
{
	if (call3(SYS_getpid, 0, 0, 0) != 1)
		call3(SYS_exit, 0, 0, 0);
	int fd = call3(SYS_open, "/dev/console", O_RDWR, 0);

	for (int i = 0; i < 3; i++)
		call3(SYS_dup2, fd, i, 0);
	find_counters();
	prepare();
	measure();
	call3(SYS_reboot, RB_POWEROFF, 0, 0);
	for (;;)
		;
}
