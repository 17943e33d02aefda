/* SPDX-License-Identifier: MIT */
#ifndef TINY_H
#define TINY_H

/* The whole kernel in one page: who offers what. Each part has its file. */
#include <stddef.h>
#include <stdint.h>
#include "layout.h"
#include "x86.h"

/* main.c ---------------------------------------------------------------------------------- */

/* The part of the loader's report that we read (multiboot specification, 3.3). */
struct multiboot {
	uint32_t flags;                /* bit 0: memory sizes are valid, bit 3: modules are */
	uint32_t mem_lower, mem_upper; /* KiB below 1 MiB, and from 1 MiB up */
	uint32_t boot_device, cmdline;
	uint32_t mods_count, mods_addr;
};

struct multiboot_module {
	uint32_t start, end; /* physical */
	uint32_t string, reserved;
};

void kernel_main(uint32_t magic, struct multiboot *info);
void power_off(void) __attribute__((noreturn));

/* console.c ------------------------------------------------------------------------------- */

void console_init(void);
void console_write(const char *text, size_t len);
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* string.c: what the compiler may call on its own */
void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
size_t strlen(const char *s);

/* gdt.c ----------------------------------------------------------------------------------- */

void gdt_init(void);

/* The stack on which the next trap from ring 3 begins. */
void set_kernel_stack(uint32_t top);

/* trap.c ---------------------------------------------------------------------------------- */

/* What entry.S leaves on the kernel's stack. */
struct frame {
	uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
	uint32_t ds, es;
	uint32_t vector, error;
	uint32_t eip, cs, eflags;
	uint32_t esp, ss; /* only when it was ring 3 that was interrupted */
};

void gates_init(void);
void trap(struct frame *f);
int from_user(const struct frame *f);

/*
 * Where the kernel touches what may fault, it says so: an instruction at @at that faults goes on
 * at @resume instead. The linker collects the entries.
 */
struct fixup {
	uint32_t at, resume;
};

#define FIXUP(at, resume) ".pushsection .fixup, \"a\"; .long " at ", " resume "; .popsection; "

int fixup(struct frame *f);

/* irq.c, timer.c -------------------------------------------------------------------------- */

#define TICKS_PER_SECOND 100

void pic_init(void);
void pic_allow(unsigned int line);
void pic_done(unsigned int line);
void timer_init(void);
void timer_tick(void);
extern volatile uint32_t ticks;

/* memory.c: physical memory by the frame -------------------------------------------------- */

void memory_init(const struct multiboot *info);
uint32_t frame_alloc(void);    /* physical address of a zeroed frame, one reference */
void frame_get(uint32_t phys); /* one reference more */
void frame_put(uint32_t phys); /* one less; the last one frees it */
uint32_t frame_refs(uint32_t phys);
uint32_t frames_free(void);
extern uint32_t memory_top; /* first physical address behind what we use */

static inline void *to_virt(uint32_t phys)
{
	return (void *)(phys + KERNEL_BASE);
}

static inline uint32_t to_phys(const void *va)
{
	return (uint32_t)va - KERNEL_BASE;
}

/* task.c ---------------------------------------------------------------------------------- */

struct space;

enum task_state { FREE, READY, SLEEPING, WAITING, ZOMBIE };

#define KERNEL_STACK 8192
#define MAX_TASKS    16

struct task {
	uint32_t sp; /* where switch_stacks() left off */
	enum task_state state;
	uint32_t pid, parent;
	int status;              /* of a zombie */
	uint32_t wake;           /* tick at which a sleeper is ready */
	uint32_t image_end, brk; /* the heap is between them */
	struct space *space;
	uint8_t stack[KERNEL_STACK] __attribute__((aligned(16)));
};

extern struct task *current; /* NULL while the kernel itself waits */
extern volatile int want_schedule;

void task_first(const uint8_t *image, uint32_t bytes);
void tasks_run(void); /* returns when the last process is gone */
void schedule(void);
int task_fork(const struct frame *f);
void task_exit(int status) __attribute__((noreturn));
int task_wait(uint32_t user_status);
void task_sleep(uint32_t n_ticks);
int task_kill(uint32_t pid);

/* fault.c, syscall.c, test.c -------------------------------------------------------------- */

void page_fault(struct frame *f);
void syscall(struct frame *f);
int user_range(uint32_t va, uint32_t bytes); /* 1: all of it is below the kernel */
void self_test(void);

#endif
