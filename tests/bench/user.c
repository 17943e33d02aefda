/* SPDX-License-Identifier: MIT */
/*
 * The user programs of the comparison with the stock kernel: small operations after lmbench's
 * list, written anew.  user [ROW...]: all rows, or the named ones.  user paths: each
 * once and warm, between path_begins() and path_ends(), for tests/bench/user-paths.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define PAGE        4096
#define MAP_BYTES   (1 << 20)
#define STRIDE      (64 << 10) /* farther apart than the kernel maps around a fault */
#define FAULT_BYTES (8 << 20)

static int zero_fd, null_fd, file_fd;
static char *readonly;
static sigjmp_buf after_fault;

static void null_call(void)
{
	syscall(SYS_getppid);
}

static void null_io(void)
{
	char byte = 0;

	if (read(zero_fd, &byte, 1) != 1 || write(null_fd, &byte, 1) != 1)
		fail("null I/O");
}

static volatile int signals;

static void on_signal(int sig)
{
	signals = sig;
}

static void signal_self(void)
{
	kill(getpid(), SIGUSR1);
}

static void reap(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fail("child");
}

static void fork_exit(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	reap(pid);
}

static void fork_exec(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bench/nothing", "nothing", NULL);
		_exit(1);
	}
	reap(pid);
}

static void fork_sh(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/sh", "sh", "-c", "/bench/nothing", NULL);
		_exit(1);
	}
	reap(pid);
}

static void fork_work(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bench/work", "work", NULL);
		_exit(1);
	}
	reap(pid);
}

/* gcc's compiler proper, on this very file as the preprocessor left it. */
static void fork_compile(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bench/cc1", "cc1", "-quiet", "-O2", "-fpreprocessed", "/bench/user.i", "-o",
		      "/tmp/user.s", NULL);
		_exit(1);
	}
	reap(pid);
}

static void map_touch_unmap(void)
{
	volatile char *p = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file_fd, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	for (int i = 0; i < MAP_BYTES; i += 4 * PAGE)
		p[i] = 1;
	munmap((void *)p, MAP_BYTES);
}

static void on_fault(int sig)
{
	siglongjmp(after_fault, sig);
}

static void protection_fault(void)
{
	if (!sigsetjmp(after_fault, 1))
		*(volatile char *)readonly = 1;
}

/* Mapped anew each time; only the touching is counted. */
static void page_faults(void)
{
	const int n = FAULT_BYTES / STRIDE;
	struct cost best = { .instructions = ~0ULL };

	for (int b = 0; b < 5; b++) {
		volatile char *p = mmap(NULL, FAULT_BYTES, PROT_READ, MAP_SHARED, file_fd, 0);
		struct cost before, after;

		if (p == MAP_FAILED)
			fail("mmap");
		before = cost_now();
		for (int i = 0; i < n; i++)
			p[i * STRIDE];
		after = cost_now();
		munmap((void *)p, FAULT_BYTES);
		after.instructions -= before.instructions;
		after.entries -= before.entries + (before.entries ? 1 : 0);
		after.cr3_loads -= before.cr3_loads;
		after.flushes -= before.flushes;
		if (after.instructions < best.instructions)
			best = after;
	}
	print_row("page_fault", (double)best.instructions / n, &best, n);
}

static int there[2], back[2];

static void pass(int from, int to)
{
	char token = 0;

	if (read(from, &token, 1) != 1 || write(to, &token, 1) != 1)
		_exit(0);
}

static void round_trip(void)
{
	char token = 0;

	if (write(there[1], &token, 1) != 1 || read(back[0], &token, 1) != 1)
		fail("pipe");
}

static void own_pipe(void)
{
	char token = 0;

	if (write(there[1], &token, 1) != 1 || read(there[0], &token, 1) != 1)
		fail("pipe");
}

/* Two processes pass a token: half a round trip, less what the pipe itself costs. */
static void context_switch(void)
{
	const int n = 500;
	struct cost pipe_batch, batch;
	double pipe_only, both;
	pid_t pid;

	if (pipe(there) || pipe(back))
		fail("pipe");
	pipe_only = cost_of(n, own_pipe, &pipe_batch);
	pid = fork();
	if (!pid) {
		close(there[1]);
		for (;;)
			pass(there[0], back[1]);
	}
	both = cost_of(n, round_trip, &batch);
	close(there[1]);
	waitpid(pid, NULL, 0);
	print_row("switch", both / 2 - pipe_only, &batch, 2 * n);
}

/* ---- one warm round of each, for a log of every instruction ---- */

#define WARM   20
#define ROUNDS 7 /* the shortest counts: no tick of the clock in it, no search for memory */

__attribute__((noinline)) void path_begins(void)
{
	__asm__ volatile("");
}

__attribute__((noinline)) void path_ends(void)
{
	__asm__ volatile("");
}

static volatile char *untouched; /* a mapping of the file; each page is touched once */

static void next_page(void)
{
	*untouched;
	untouched += STRIDE;
}

static void paths(void)
{
	static const struct {
		const char *key;
		void (*op)(void);
	} rows[] = {
		{ "null_call", null_call },  { "signal", signal_self },
		{ "fork", fork_exit },       { "exec", fork_exec },
		{ "mmap", map_touch_unmap }, { "protection", protection_fault },
		{ "page_fault", next_page }, { "round_trip", round_trip },
		{ "sh", fork_sh },
	};
	const unsigned int n = sizeof(rows) / sizeof(rows[0]);
	pid_t pid;

	untouched = mmap(NULL, FAULT_BYTES, PROT_READ, MAP_SHARED, file_fd, 0);
	if (untouched == MAP_FAILED || pipe(there) || pipe(back))
		fail("paths");
	pid = fork();
	if (!pid) {
		close(there[1]);
		for (;;)
			pass(there[0], back[1]);
	}
	for (unsigned int i = 0; i < n; i++)
		for (int k = 0; k < WARM; k++)
			rows[i].op();
	for (unsigned int i = 0; i < n * ROUNDS; i++) {
		printf("PATH %s\n", rows[i / ROUNDS].key);
		fflush(stdout);
		usleep(20000); /* the console's work is done */
		rows[i / ROUNDS].op();
		path_begins();
		rows[i / ROUNDS].op();
		path_ends();
	}
	printf("PATH end\n");
	fflush(stdout);
	usleep(20000);
	path_begins(); /* who looks on sees that there is no more */
	close(there[1]);
	waitpid(pid, NULL, 0);
}

static int wanted(int argc, char **argv, const char *key)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], key))
			return 1;
	return argc == 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *key;
		int times;
		void (*op)(void);
	} rows[] = {
		{ "null_call", 1000, null_call }, { "null_io", 500, null_io },
		{ "signal", 500, signal_self },   { "fork", 50, fork_exit },
		{ "exec", 30, fork_exec },        { "sh", 10, fork_sh },
		{ "work", 1, fork_work },         { "compile", 1, fork_compile },
		{ "mmap", 50, map_touch_unmap },  { "protection", 300, protection_fault },
	};

	cost_init();
	zero_fd = open("/dev/zero", O_RDONLY);
	null_fd = open("/dev/null", O_WRONLY);
	file_fd = open("/bench/file", O_RDWR | O_CREAT, 0600);
	if (zero_fd < 0 || null_fd < 0 || file_fd < 0)
		fail("open");
	for (int i = 0; i < FAULT_BYTES / PAGE; i++)
		if (write(file_fd, (char[PAGE]){ 1 }, PAGE) != PAGE)
			fail("/bench/file");
	readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (readonly == MAP_FAILED)
		fail("mmap");
	signal(SIGUSR1, on_signal);
	signal(SIGSEGV, on_fault);

	if (argc == 2 && !strcmp(argv[1], "paths")) {
		paths();
		return 0;
	}
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (wanted(argc, argv, rows[i].key))
			measure(rows[i].key, rows[i].times, rows[i].op);
	if (wanted(argc, argv, "page_fault"))
		page_faults();
	if (wanted(argc, argv, "switch"))
		context_switch();
	return 0;
}
