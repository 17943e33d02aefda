/* SPDX-License-Identifier: MIT */
/* Processes: made, switched between, waited for. */
#include "paging.h"

/* The program's first bytes (user.lds). */
struct header {
	uint32_t magic, entry, text_end, image_end;
};

#define HEADER_MAGIC 0x796e6974 /* "tiny" */

static struct task tasks[MAX_TASKS];
static uint32_t last_pid, kernel_sp;
struct task *current;
volatile int want_schedule;

extern char trap_return[];
void switch_stacks(uint32_t *old, uint32_t new);

static struct task *find_free(void)
{
	for (struct task *t = tasks; t < tasks + MAX_TASKS; t++)
		if (t->state == FREE)
			return t;
	return NULL;
}

/*
 * A stack on which switch_stacks() finds four registers and then trap_return as the address to
 * go on at, which in turn finds @f.
 */
static void prepare_stack(struct task *t, const struct frame *f)
{
	struct frame *at = (struct frame *)(t->stack + KERNEL_STACK) - 1;
	uint32_t *sp = (uint32_t *)at;

	memcpy(at, f, sizeof(*f));
	*--sp = (uint32_t)trap_return;
	for (int i = 0; i < 4; i++)
		*--sp = 0;
	t->sp = (uint32_t)sp;
}

static void load_image(struct space *s, const uint8_t *image, uint32_t bytes, uint32_t text_end)
{
	for (uint32_t at = 0; at < bytes; at += PAGE_SIZE) {
		uint32_t phys = frame_alloc(), n = bytes - at < PAGE_SIZE ? bytes - at : PAGE_SIZE;

		memcpy(to_virt(phys), image + at, n);
		space_map(s, USER_BASE + at, phys,
			  USER_BASE + at < text_end ? PTE_U : PTE_U | PTE_W);
	}
}

/* The first process, from the program that is linked into the kernel. */
void task_first(const uint8_t *image, uint32_t bytes)
{
	const struct header *h = (const struct header *)image;
	struct task *t = find_free();
	struct frame f = {
		.ds = USER_DS,
		.es = USER_DS,
		.eip = h->entry,
		.cs = USER_CS,
		.eflags = EFLAGS_IF | 2,
		.esp = STACK_TOP,
		.ss = USER_DS,
	};

	if (h->magic != HEADER_MAGIC)
		panic("the program has no header");
	t->space = space_create();
	load_image(t->space, image, bytes, h->text_end);
	t->image_end = USER_BASE + ((bytes + PAGE_SIZE - 1) & -PAGE_SIZE);
	t->brk = h->image_end > t->image_end ? h->image_end : t->image_end;
	t->pid = ++last_pid;
	prepare_stack(t, &f);
	t->state = READY;
}

/* The next one in turn that can run, waking sleepers on the way; NULL when there is none. */
static struct task *pick(void)
{
	int from = current ? (int)(current - tasks) : -1;

	for (int i = 1; i <= MAX_TASKS; i++) {
		struct task *t = &tasks[(from + i) % MAX_TASKS];

		if (t->state == SLEEPING && (int32_t)(ticks - t->wake) >= 0)
			t->state = READY;
		if (t->state == READY)
			return t;
	}
	return NULL;
}

/* Gives the processor to the next process, or to the kernel's own loop when all wait. */
void schedule(void)
{
	struct task *old = current, *new = pick();

	want_schedule = 0;
	if (old == new)
		return;
	current = new;
	if (new)
		set_kernel_stack((uint32_t) new->stack + KERNEL_STACK);
	space_use(new ? new->space : &kernel_space);
	switch_stacks(old ? &old->sp : &kernel_sp, new ? new->sp : kernel_sp);
}

/* The kernel's own loop: runs processes until there are none, and sleeps when all wait. */
void tasks_run(void)
{
	for (;;) {
		int alive = 0;

		schedule();
		for (struct task *t = tasks; t < tasks + MAX_TASKS; t++) {
			if (t->state == ZOMBIE && !t->parent) {
				space_destroy(t->space);
				t->state = FREE;
			}
			alive += t->state != FREE;
		}
		if (!alive)
			return;
		wait_for_interrupt();
	}
}

/* Returns the child's pid in the parent, 0 in the child, -1 where there is no room. */
int task_fork(const struct frame *f)
{
	struct task *t = find_free();
	struct frame child = *f;
	struct space *s = t ? space_create() : NULL;

	if (!s)
		return -1;
	space_share(current->space, s);
	t->space = s;
	t->parent = current->pid;
	t->image_end = current->image_end;
	t->brk = current->brk;
	t->pid = ++last_pid;
	child.eax = 0;
	prepare_stack(t, &child);
	t->state = READY;
	return t->pid;
}

/* @gone runs no more; its parent (or tasks_run()) takes away what is left of it. */
static void end(struct task *gone, int status)
{
	for (struct task *t = tasks; t < tasks + MAX_TASKS; t++) {
		if (t->state != FREE && t->parent == gone->pid)
			t->parent = 0;
		if (t->state == WAITING && t->pid == gone->parent)
			t->state = READY;
	}
	gone->status = status;
	gone->state = ZOMBIE;
}

void task_exit(int status)
{
	end(current, status);
	schedule();
	panic("a process that had ended runs");
}

/* Waits for any child. Returns its pid and stores its status at @user_status; -1: no child. */
int task_wait(uint32_t user_status)
{
	for (;;) {
		int children = 0;

		for (struct task *t = tasks; t < tasks + MAX_TASKS; t++) {
			if (t->state == FREE || t->parent != current->pid)
				continue;
			children++;
			if (t->state != ZOMBIE)
				continue;
			if (user_status)
				memcpy((void *)user_status, &t->status, sizeof(t->status));
			space_destroy(t->space);
			t->state = FREE;
			return t->pid;
		}
		if (!children)
			return -1;
		current->state = WAITING;
		schedule();
	}
}

/* Ends a child of the current process: 0, or -1 where there is no such. */
int task_kill(uint32_t pid)
{
	for (struct task *t = tasks; t < tasks + MAX_TASKS; t++)
		if (t->pid == pid && t->parent == current->pid && t->state != FREE &&
		    t->state != ZOMBIE) {
			end(t, 128);
			return 0;
		}
	return -1;
}

void task_sleep(uint32_t n_ticks)
{
	current->wake = ticks + n_ticks;
	current->state = SLEEPING;
	schedule();
}
