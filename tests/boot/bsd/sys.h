/* SPDX-License-Identifier: MIT */
#ifndef BSD_SYS_H
#define BSD_SYS_H

/*
 * The kernel's side of a BSD's C library, for programs that have none: system calls of i386, by
 * int 0x80, arguments on the stack behind a return address, the carry flag for "failed".
 *
 * The numbers FreeBSD and NetBSD share are most of them; the rest depends on -DNETBSD. Results
 * are negative error numbers where a call fails.
 */
#include <stddef.h>
#include <stdint.h>

#define SYS_exit     1
#define SYS_fork     2
#define SYS_read     3
#define SYS_write    4
#define SYS_open     5
#define SYS_close    6
#define SYS_wait4    7
#define SYS_getpid   20
#define SYS_kill     37
#define SYS_execve   59
#define SYS_munmap   73
#define SYS_mprotect 74
#define SYS_getppid  39
#define SYS_dup2     90
#ifdef NETBSD
#define SYS_reboot    208
#define SYS_setitimer 425
#define SYS_mmap      197
#define SYS_sigtramp  340
#define SYS_nanosleep 430
#define SYS_pipe2     453
#define RB_POWEROFF   0x0808
#else
#define SYS_reboot              55
#define SYS_setitimer           83
#define SYS_sigaction           416
#define SYS_nanosleep           240
#define SYS_mmap                477
#define SYS_pipe2               542
#define SYS_ioctl               54
#define EPERM                   1
#define ENOSYS                  78
/* of /dev/xen/privcmd, with seven words: number, five arguments, result */
#define PRIVCMD_HYPERCALL       0xc01c4500
#define RINGONE_HYPERCALL_AUDIT 55 /* ringone/watch.h */
#define RB_POWEROFF             0x4000
#endif

#ifdef NETBSD
/* NetBSD knows its programs by a note with the version they were made for: 7.0 here. */
asm(".pushsection .note.netbsd.ident, \"a\", @note\n\t"
    ".p2align 2\n\t"
    ".long 7, 4, 1\n\t"
    ".asciz \"NetBSD\"\n\t"
    ".p2align 2\n\t"
    ".long 700000000\n\t"
    ".popsection");
#endif

#define O_RDWR      2
#define PROT_NONE   0
#define PROT_READ   1
#define PROT_RW     3
#define MAP_ANON    0x1000
#define MAP_PRIVATE 0x2

#define SIGSEGV 11
#define SIGBUS  10
#define SIGALRM 14

/* Six words are enough for all of them; mmap's offset is the last two. */
static inline long call6(long nr, long a, long b, long c, long d, long e, long f, long g)
{
	long args[8] = { 0, a, b, c, d, e, f, g };
	long ret;
	char failed;

	/* the arguments are copied below the stack pointer, where the kernel looks for them */
	asm volatile("movl %%esp, %%edi\n\t"
		     "subl $32, %%esp\n\t"
		     "movl (%%esi), %%ecx; movl %%ecx, (%%esp)\n\t"
		     "movl 4(%%esi), %%ecx; movl %%ecx, 4(%%esp)\n\t"
		     "movl 8(%%esi), %%ecx; movl %%ecx, 8(%%esp)\n\t"
		     "movl 12(%%esi), %%ecx; movl %%ecx, 12(%%esp)\n\t"
		     "movl 16(%%esi), %%ecx; movl %%ecx, 16(%%esp)\n\t"
		     "movl 20(%%esi), %%ecx; movl %%ecx, 20(%%esp)\n\t"
		     "movl 24(%%esi), %%ecx; movl %%ecx, 24(%%esp)\n\t"
		     "movl 28(%%esi), %%ecx; movl %%ecx, 28(%%esp)\n\t"
		     "int $0x80\n\t"
		     "setc %1\n\t"
		     "movl %%edi, %%esp"
		     : "=a"(ret), "=b"(failed)
		     : "0"(nr), "S"(args)
		     : "ecx", "edx", "edi", "memory", "cc");
	return failed ? -ret : ret;
}

#define call3(nr, a, b, c) call6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0, 0)

static inline void *map_memory(size_t bytes, long prot)
{
#ifdef NETBSD
	/* a word of padding before the offset */
	long at = call6(SYS_mmap, 0, bytes, prot, MAP_ANON | MAP_PRIVATE, -1, 0, 0);
#else
	long at = call6(SYS_mmap, 0, bytes, prot, MAP_ANON | MAP_PRIVATE, -1, 0, 0);
#endif
	return at < 0 && at > -4096 ? NULL : (void *)at;
}

static inline size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

#endif
