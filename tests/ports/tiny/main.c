/* SPDX-License-Identifier: MIT */
/*
 * tiny: a kernel to teach with. It has what every kernel of its time has, and of each the least:
 * descriptor tables, page tables, interrupts, a clock, processes with memory of their own that
 * fork and wait, and a serial console. Read layout.h and tiny.h first, then boot.S and this.
 */
#include "paging.h"

extern const uint8_t user_image[], user_image_end[];

/* The emulated machine's power button; on a machine without one, sleep for ever. */
void power_off(void)
{
	outw(0x604, 0x2000);
	for (;;)
		wait_for_interrupt();
}

void kernel_main(uint32_t magic, struct multiboot *info)
{
	console_init();
	print("tiny: hello\n");
	if (magic != MULTIBOOT_LOADED)
		panic("not loaded by a multiboot loader: magic %x", magic);
	memory_init(info);
	print("tiny: %u KiB of memory\n", memory_top / 1024);
	gdt_init();
	gates_init();
	paging_init();
	pic_init();
	timer_init();
	self_test();
	print("tiny: starting the first process, %u bytes\n", user_image_end - user_image);
	task_first(user_image, user_image_end - user_image);
	tasks_run();
	print("tiny: no process is left, power off\n");
	power_off();
}
