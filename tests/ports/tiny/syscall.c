/* SPDX-License-Identifier: MIT */
#include "tiny.h"
#include "calls.h"

int user_range(uint32_t va, uint32_t bytes)
{
	return va < KERNEL_BASE && bytes <= KERNEL_BASE - va;
}

/* What the user's memory holds is checked by touching it: a bad page is answered by a fixup. */
static int readable(uint32_t va, uint32_t bytes)
{
	uint32_t end = va + bytes;
	int ok = 1;

	for (va &= -PAGE_SIZE; va < end && ok; va += PAGE_SIZE)
		asm volatile("1: movb (%1), %%al; jmp 3f; 2: movl $0, %0; 3: " FIXUP("1b", "2b")
			     : "+r"(ok)
			     : "r"(va)
			     : "eax", "memory");
	return ok;
}

static int sys_write(uint32_t va, uint32_t bytes)
{
	if (!user_range(va, bytes) || !readable(va, bytes))
		return -1;
	console_write((const char *)va, bytes);
	return bytes;
}

static int sys_sbrk(uint32_t bytes)
{
	uint32_t old = current->brk;

	if (old + bytes < old || old + bytes > STACK_TOP - STACK_SIZE)
		return -1;
	current->brk += bytes;
	return old;
}

static int call(struct frame *f)
{
	switch (f->eax) {
	case SYS_EXIT:
		task_exit(f->ebx);
	case SYS_FORK:
		return task_fork(f);
	case SYS_WRITE:
		return sys_write(f->ebx, f->ecx);
	case SYS_WAIT:
		if (f->ebx && (!user_range(f->ebx, 4) || !readable(f->ebx, 4)))
			return -1;
		return task_wait(f->ebx);
	case SYS_PID:
		return current->pid;
	case SYS_SBRK:
		return sys_sbrk(f->ebx);
	case SYS_SLEEP:
		task_sleep(f->ebx);
		return 0;
	case SYS_TICKS:
		return ticks;
	case SYS_FREE:
		return frames_free();
	case SYS_KILL:
		return task_kill(f->ebx);
	default:
		return -1;
	}
}

void syscall(struct frame *f)
{
	f->eax = call(f);
}
