/* SPDX-License-Identifier: MIT */
/* Ring 3: three pages of its own, entered by iret, left by any trap. */
#include "user.h"
#include "internal.h"
#include "mm.h"

char trap_stack[8192] __attribute__((aligned(16)));
int guest_user_native;
void *user_code_page, *user_data_page, *user_stack_page;

static struct context back;
static volatile int running;

void user_setup(void)
{
	if (user_code_page)
		return;
	user_code_page = page_alloc();
	user_data_page = page_alloc();
	user_stack_page = page_alloc();
	map_page(USER_CODE_VA, virt_to_mfn(user_code_page), PTE_USER);
	map_page(USER_DATA_VA, virt_to_mfn(user_data_page), PTE_USER | PTE_W);
	map_page(USER_STACK_VA, virt_to_mfn(user_stack_page), PTE_USER | PTE_W);
}

void user_load(const struct user_code *code)
{
	user_setup();
	memset(user_code_page, 0xcc, PAGE_SIZE);
	memcpy(user_code_page, code->start, code->end - code->start);
}

void user_default(struct user *u)
{
	memset(u, 0, sizeof(*u));
	u->eip = USER_CODE_VA;
	u->cs = FLAT_USER_CS;
	u->eflags = 0x202;
	u->esp = USER_STACK_TOP;
	u->ss = FLAT_USER_SS;
	u->ds = u->es = FLAT_USER_DS;
}

unsigned int user_enter(const struct user *u)
{
	probe_begin();
	if (!context_save(&back)) {
		running = 1;
		user_go(u);
	}
	running = 0;
	return trap.vector;
}

unsigned int user_run(const struct user_code *code)
{
	struct user u;

	user_load(code);
	user_default(&u);
	return user_enter(&u);
}

void user_warm(void)
{
	USER_CODE(leave, "int $0x60");

	for (int i = 0; i < 3; i++)
		if (user_run(&leave) != USER_EXIT)
			guest_fail("no way back from ring 3: vector %x", trap.vector);
}

int user_trapped(struct ringone_frame *f)
{
	/*
	 * From ring 3 in any case; from ring 1 when the way into ring 3 itself faulted and no
	 * probe of the test's own asked for it.
	 */
	if (!running || (ringone_frame_ring(f) != 3 && probe_armed))
		return 0;
	running = 0;
	context_load(&back, 1);
}
