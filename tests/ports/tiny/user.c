/* SPDX-License-Identifier: MIT */
/* The first process: it tries what a process can do, and says how it went. */
#include <stddef.h>
#include <stdint.h>
#include "calls.h"

static int call(int number, uint32_t a, uint32_t b)
{
	int result;

	asm volatile("int $0x80" : "=a"(result) : "0"(number), "b"(a), "c"(b) : "memory");
	return result;
}

static void say(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	call(SYS_WRITE, (uint32_t)text, n);
}

static int failed;

static void check(const char *what, int ok)
{
	say("user: ");
	say(what);
	say(ok ? ": ok\n" : ": FAILED\n");
	failed += !ok;
}

static void exit(int status)
{
	call(SYS_EXIT, status, 0);
	for (;;)
		;
}

static volatile int shared = 1; /* in .data: copied when somebody writes */

/* Runs @what in a child; returns the child's status. */
static int in_child(void (*what)(void))
{
	int status = -1, pid = call(SYS_FORK, 0, 0);

	if (!pid) {
		what();
		exit(0);
	}
	return call(SYS_WAIT, (uint32_t)&status, 0) == pid ? status : -1;
}

static void write_shared(void)
{
	shared = 2;
	exit(shared + 5);
}

static void touch_nothing(void)
{
	*(volatile int *)0 = 1;
}

static void touch_text(void)
{
	*(volatile char *)touch_nothing = 1;
}

static void touch_kernel(void)
{
	*(volatile int *)0xc0100000 = 1;
}

static void be_privileged(void)
{
	asm volatile("cli");
}

static void overflow_stack(void)
{
	volatile char page[4096];

	page[0] = 1;
	if (page[0])
		overflow_stack();
	page[1] = 1;
}

static void spin(void)
{
	for (;;)
		asm volatile("");
}

static int heap_works(void)
{
	char *heap = (char *)call(SYS_SBRK, 64 * 4096, 0);
	int before = call(SYS_FREE, 0, 0), sum = 0;

	for (int i = 0; i < 64; i += 2)
		heap[i * 4096] = i;
	for (int i = 0; i < 64; i++)
		sum += heap[i * 4096];
	return sum == 32 * 31 && before - call(SYS_FREE, 0, 0) >= 64;
}

static int many_children(void)
{
	int sum = 0, status;

	for (int i = 0; i < 8; i++)
		if (!call(SYS_FORK, 0, 0)) {
			call(SYS_SLEEP, 8 - i, 0);
			exit(i);
		}
	while (call(SYS_WAIT, (uint32_t)&status, 0) > 0)
		sum += status;
	return sum == 28;
}

/* A process that never gives up the processor does not keep it. */
static int preempted(void)
{
	uint32_t then = call(SYS_TICKS, 0, 0);
	int pid = call(SYS_FORK, 0, 0);

	if (!pid)
		spin();
	call(SYS_SLEEP, 5, 0);
	return call(SYS_TICKS, 0, 0) - then >= 5 && call(SYS_KILL, pid, 0) == 0 &&
	       call(SYS_WAIT, 0, 0) == pid;
}

void user_main(void)
{
	int before = call(SYS_FREE, 0, 0);

	check("system calls answer", call(SYS_PID, 0, 0) == 1 && call(99, 0, 0) == -1);
	check("a write from bad memory is refused", call(SYS_WRITE, 0x1000, 10) == -1);
	check("a child gets its own copy", in_child(write_shared) == 7 && shared == 1);
	check("a null pointer ends a process", in_child(touch_nothing) == 128 + 14);
	check("so does a write into its code", in_child(touch_text) == 128 + 14);
	check("so does the kernel's memory", in_child(touch_kernel) == 128 + 14);
	check("so does a privileged instruction", in_child(be_privileged) == 128 + 13);
	check("so does a stack without end", in_child(overflow_stack) == 128 + 14);
	check("eight children sleep and end", many_children());
	check("and all their memory came back", before - call(SYS_FREE, 0, 0) <= 2);
	check("heap pages come when touched", heap_works());
	check("the clock takes turns", preempted());
	say(failed ? "user: FAILED\n" : "user: all is well\n");
	exit(failed);
}
