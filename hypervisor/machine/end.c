/* SPDX-License-Identifier: MIT */
/* How the machine ends: power-off, reboot, or standing still for someone to read the screen. */
#include "machine.h"
#include "boot.h"
#include "say/say.h"
#include "x86.h"

static void __noreturn stand_still(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* What ACPI says, the keyboard controller's pulse line, a triple fault: one of them resets any PC. */
static void __noreturn reset(void)
{
	static const struct {
		uint16_t limit;
		uint32_t base;
	} __packed no_idt;

	acpi_reset();
	for (int i = 0; i < 1000; i++) {
		if (!(inb(0x64) & 2))
			break;
	}
	outb(0x64, 0xfe);
	for (int i = 0; i < 100000; i++)
		cpu_relax();
	__asm__ volatile("lidt %0; int3" : : "m"(no_idt));
	stand_still();
}

/*
 * `debugexit`: the machine is an emulator and a test waits for its status.
 * QEMU's ACPI power-off (port 0x604) gives 0, its isa-debug-exit device at
 * 0xf4 gives 2 * value + 1, Bochs listens for a word at 0x8900.
 */
static void leave_emulator(enum machine_end how)
{
	static const uint8_t status[] = { [MACHINE_DOMAIN_CRASHED] = 0x11, [MACHINE_PANIC] = 0x21 };

	if (how == MACHINE_POWEROFF)
		outw(0x604, 0x2000);
	else if (how != MACHINE_REBOOT)
		outb(0xf4, status[how]);
	for (const char *s = "Shutdown"; *s; s++)
		outb(0x8900, *s);
	if (how != MACHINE_REBOOT)
		stand_still(); /* QEMU's power-off takes a moment */
}

void machine_end(enum machine_end how)
{
	static bool ending;

	__asm__ volatile("cli");
	if (ending)
		stand_still();
	ending = true;
	serial_drain();
	if (options.debugexit)
		leave_emulator(how);
	if (how == MACHINE_POWEROFF) {
		printk(LOG_INFO,
		       "power-off is not ours to do on this machine; it is safe to switch it off\n");
		stand_still();
	}
	if (options.noreboot) {
		printk(LOG_INFO, "standing still (noreboot)\n");
		stand_still();
	}
	reset();
}
