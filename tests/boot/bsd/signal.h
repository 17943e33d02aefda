/* SPDX-License-Identifier: MIT */
#ifndef BSD_SIGNAL_H
#define BSD_SIGNAL_H

/*
 * Signals of a BSD, for programs without a library: how a handler is set, and what of its second
 * and third argument one has to know, in words.
 */
#include "sys.h"

#define SA_SIGINFO 0x40
#define SIGUSR1    30

#ifdef NETBSD
struct sigaction_args {
	void (*handler)(int, uint32_t *, void *);
	uint32_t mask[4];
	int flags;
};

/* Where a handler returns to: the third word of what it was called with is the context to resume. */
asm("return_from_signal:\n\t"
    "pushl 8(%esp)\n\t"
    "pushl $0\n\t"
    "movl $308, %eax\n\t" /* setcontext */
    "int $0x80\n\t"
    "hlt");
extern char return_from_signal[];

struct interval {
	int32_t sec, sec_high, usec;
};

#define FAULT_ADDRESS 3  /* siginfo: signo code errno addr */
#define CONTEXT_EIP   23 /* ucontext: flags link mask[4] stack[3], then 14 registers */

static inline void set_handler(int sig, struct sigaction_args *act)
{
	call6(SYS_sigtramp, sig, (long)act, 0, (long)return_from_signal, 2, 0, 0);
}
#else
struct sigaction_args {
	void (*handler)(int, uint32_t *, void *);
	int flags;
	uint32_t mask[4];
};

struct interval {
	int32_t sec, usec;
};

#define FAULT_ADDRESS 6  /* siginfo: signo errno code pid uid status addr */
#define CONTEXT_EIP   19 /* ucontext: mask[4], then 15 registers */

static inline void set_handler(int sig, struct sigaction_args *act)
{
	call3(SYS_sigaction, sig, act, NULL);
}
#endif

#endif
