/* SPDX-License-Identifier: MIT */
/*
 * Does a fault arrive where it happened?  Each kind of bad access must raise
 * SIGSEGV with its own address in si_addr and the right si_code, and the
 * program must be able to carry on after it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

#include "visit.h"

static sigjmp_buf back;
static volatile uintptr_t seen_addr;
static volatile int seen_code;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	seen_addr = (uintptr_t)info->si_addr;
	seen_code = info->si_code;
	siglongjmp(back, 1);
}

enum access { READ, WRITE, CALL };

static void try(enum access how, uintptr_t addr)
{
	volatile char *p = (volatile char *)addr;

	switch (how) {
	case READ:
		(void)*p;
		break;
	case WRITE:
		*p = 1;
		break;
	case CALL:
		((void (*)(void))addr)();
		break;
	}
}

static void expect(const char *what, enum access how, uintptr_t addr, int code)
{
	seen_addr = ~0UL;
	seen_code = 0;
	if (!sigsetjmp(back, 1)) {
		try(how, addr);
		errno = 0;
		die("%s at %#lx did not fault", what, (unsigned long)addr);
	}
	errno = 0;
	check(seen_addr == addr, "%s: si_addr is %#lx, should be %#lx", what,
	      (unsigned long)seen_addr, (unsigned long)addr);
	check(seen_code == code, "%s: si_code is %d, should be %d", what, seen_code, code);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	char *page =
		mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t at = (uintptr_t)page;

	check(page != MAP_FAILED, "mmap");
	sigaction(SIGSEGV, &sa, NULL);
	expect("read of address 16", READ, 16, SEGV_MAPERR);
	expect("write to address 0", WRITE, 0, SEGV_MAPERR);
	expect("call of address 4", CALL, 4, SEGV_MAPERR);

	page[0] = page[4096] = 42;
	check(!mprotect(page, 4096, PROT_READ), "mprotect");
	expect("write to a read-only page", WRITE, at + 123, SEGV_ACCERR);
	check(page[0] == 42, "the page changed");
	check(!mprotect(page, 4096, PROT_NONE), "mprotect");
	expect("read of a closed page", READ, at + 4095, SEGV_ACCERR);
	check(!mprotect(page, 4096, PROT_READ | PROT_WRITE), "mprotect");
	check(page[0] == 42 && ++page[0] == 43, "the page did not open again");
	check(!munmap(page + 4096, 4096), "munmap");
	expect("read behind the mapping", READ, at + 4096, SEGV_MAPERR);

	for (int i = 0; i < 5000; i++)
		expect("one of 5000 reads", READ, at + 4096 + i % 4096, SEGV_MAPERR);
	printf("fault: 5006 faults at the right address\n");
	return 0;
}
