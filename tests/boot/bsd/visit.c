// SPDX-License-Identifier: MIT
/*
 * /sbin/init of a BSD's visit: what tests/boot/visit is to Linux, in one program without a library.
 *
 * forks		processes that write, read back and end; some run this program anew
 * maps		memory mapped, filled, protected and given back, many times
 * fault		a store into nothing is reported at its address
 * fill		most of memory written with a pattern and read again, in another process
 * audit		between all that the hypervisor recounts its references
 * storm		system calls under a clock's signals: registers survive
 *
 * Each says "visit: NAME: ok" or what went wrong; at the end "visit: done" and power-off, or
 * "visit: FAILED". Run as anything but process 1 it is the program that `forks` executes.
 */
#include "signal.h"
#include "sys.h"

static int failed;

static void say(const char *s)
{
	call3(SYS_write, 1, s, length(s));
}

static void say_hex(uint32_t v)
{
	char text[11] = "0x";

	for (int i = 0; i < 8; i++)
		text[2 + i] = "0123456789abcdef"[v >> (28 - 4 * i) & 15];
	text[10] = 0;
	say(text);
}

static void result(const char *name, const char *wrong, uint32_t value)
{
	say("visit: ");
	say(name);
	if (!wrong) {
		say(": ok\n");
		return;
	}
	failed = 1;
	say(": ");
	say(wrong);
	say(" ");
	say_hex(value);
	say("\n");
}

/* A process's exit status, or -1 when a signal ended it. */
static int wait_for(long pid)
{
	int status = -1;

	if (call6(SYS_wait4, pid, (long)&status, 0, 0, 0, 0, 0) != pid)
		return -1;
	return status & 0x7f ? -1 : status >> 8 & 0xff;
}

static void pattern(volatile uint32_t *at, size_t words, uint32_t seed)
{
	for (size_t i = 0; i < words; i++)
		at[i] = seed + i * 2654435761u;
}

/* Index of the first wrong word, `words` when there is none. */
static size_t differs(const volatile uint32_t *at, size_t words, uint32_t seed)
{
	for (size_t i = 0; i < words; i++)
		if (at[i] != seed + i * 2654435761u)
			return i;
	return words;
}

static uint32_t shared[4096]; /* copied on write by every child */

static void child(int n)
{
	pattern(shared, 4096, n);
	if (differs(shared, 4096, n) != 4096)
		call3(SYS_exit, 1, 0, 0);
	call3(SYS_exit, 7, 0, 0);
}

/*
 * The hypervisor recounts every reference, in the middle of what everybody does: through FreeBSD's
 * door for hypercalls. What an ordinary guest hears, or one on another hypervisor, is no failure.
 */
static const char *audited = "no door";

static void audit(void)
{
#ifndef NETBSD
	long call[7] = { RINGONE_HYPERCALL_AUDIT };
	static long fd;
	long rc;

	if (!fd)
		fd = call3(SYS_open, "/dev/xen/privcmd", O_RDWR, 0);
	if (fd < 0)
		return;
	rc = call3(SYS_ioctl, fd, PRIVCMD_HYPERCALL, call);
	if (rc == 0)
		audited = NULL;
	else if (rc == -EPERM || rc == -ENOSYS)
		audited = rc == -EPERM ? "not for this domain" : "not offered here";
	else
		result("audit", "found something, see above; error", -rc);
#endif
}

#define ROUNDS   14
#define CHILDREN 12 /* at once: more than the address spaces a kernel may keep ready */

static void forks(void)
{
	static char *const args[] = { "child", NULL };
	static char *const none[] = { NULL };

	pattern(shared, 4096, 0x1234);
	for (int round = 0; round < ROUNDS; round++) {
		long pid[CHILDREN];

		for (int i = 0; i < CHILDREN; i++) {
			pid[i] = call3(SYS_fork, 0, 0, 0);
			if (pid[i] == 0) {
				if (i % 4 == 3)
					call3(SYS_execve, "/sbin/init", args, none);
				child(round * CHILDREN + i);
			}
			if (pid[i] < 0)
				return result("forks", "fork failed", -pid[i]);
		}
		audit();
		for (int i = 0; i < CHILDREN; i++) {
			int status = wait_for(pid[i]);

			if (status != 7)
				return result("forks", "a child ended with", status);
		}
	}
	if (differs(shared, 4096, 0x1234) != 4096)
		return result("forks", "the parent's memory changed", 0);
	result("forks", NULL, 0);
}

static void maps(void)
{
	for (int round = 0; round < 60; round++) {
		size_t pages = 1 + round * 7 % 200;
		uint32_t *m = map_memory(pages * 4096, PROT_RW);

		if (!m)
			return result("maps", "mmap failed", round);
		pattern(m, pages * 1024, round);
		audit();
		if (call3(SYS_mprotect, m, pages * 4096, PROT_READ) < 0)
			return result("maps", "mprotect failed", round);
		if (differs(m, pages * 1024, round) != pages * 1024)
			return result("maps", "memory changed", (uint32_t)m);
		if (call3(SYS_munmap, m, pages * 4096, 0) < 0)
			return result("maps", "munmap failed", round);
	}
	result("maps", NULL, 0);
}

static void on_fault(int sig, uint32_t *info, void *context)
{
	(void)sig;
	(void)context;
	/* the exit status tells whether it is right */
	call3(SYS_exit, info[FAULT_ADDRESS] == 0x5a5a5a54 ? 42 : 1, 0, 0);
}

static void fault(void)
{
	struct sigaction_args act = { .handler = on_fault, .flags = 0x40 };
	long pid = call3(SYS_fork, 0, 0, 0);
	int status;

	if (pid == 0) {
		set_handler(SIGSEGV, &act);
		set_handler(SIGBUS, &act);
		*(volatile uint32_t *)0x5a5a5a54 = 1;
		call3(SYS_exit, 2, 0, 0);
	}
	status = wait_for(pid);
	result("fault", status == 42 ? NULL : "not reported at its address; status", status);
}

static volatile int ticks;

static void on_tick(int sig, uint32_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	ticks++;
}

static void storm(void)
{
	struct sigaction_args act = { .handler = on_tick, .flags = 0x42 };
	struct interval every[2] = { { .usec = 10000 }, { .usec = 10000 } };
	long pid = call3(SYS_getpid, 0, 0, 0);
	uint32_t *m = map_memory(64 * 4096, PROT_RW);

	pattern(m, 64 * 1024, 99);
	set_handler(SIGALRM, &act);
	call3(SYS_setitimer, 0, every, NULL);
	for (int i = 0; i < 20000 || ticks < 20; i++) {
		long got = call3(SYS_getpid, 0, 0, 0);

		if (got != pid)
			return result("storm", "a system call answered", got);
		if (i > 50000000)
			return result("storm", "the clock ticked only", ticks);
	}
	every[0].usec = every[1].usec = 0;
	call3(SYS_setitimer, 0, every, NULL);
	if (differs(m, 64 * 1024, 99) != 64 * 1024)
		return result("storm", "memory changed", 0);
	call3(SYS_munmap, m, 64 * 4096, 0);
	result("storm", NULL, 0);
}

#define FILL (24 << 20)

static void fill(void)
{
	long pid = call3(SYS_fork, 0, 0, 0);
	int status;

	if (pid == 0) {
		uint32_t *m = map_memory(FILL, PROT_RW);

		if (!m)
			call3(SYS_exit, 2, 0, 0);
		pattern(m, FILL / 4, 5);
		call3(SYS_exit, differs(m, FILL / 4, 5) == FILL / 4 ? 7 : 1, 0, 0);
	}
	status = wait_for(pid);
	result("fill", status == 7 ? NULL : "status", status);
}

void _start(void);
void _start(void)
{
	if (call3(SYS_getpid, 0, 0, 0) != 1)
		child(1);
	int fd = call3(SYS_open, "/dev/console", O_RDWR, 0);

	for (int i = 0; i < 3; i++)
		call3(SYS_dup2, fd, i, 0);
	say("visit: ring 3 speaks\n");
	forks();
	maps();
	fault();
	storm();
	fill();
	say("visit: audit: ");
	say(audited ? audited : "ok");
	say("\n");
	say(failed ? "visit: FAILED\n" : "visit: done\n");
	call3(SYS_reboot, RB_POWEROFF, 0, 0);
	for (;;)
		;
}
