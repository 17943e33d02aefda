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
 * 0xf4 gives 2 * value + 1, Bochs listens for a word at 0x8900.  Comes back
 * where the machine has none of them.
 */
static void leave_emulator(enum machine_end how)
{
	static const uint8_t status[] = { [MACHINE_DOMAIN_CRASHED] = 0x11, [MACHINE_PANIC] = 0x21 };

	if (how == MACHINE_REBOOT)
		return;
	if (how == MACHINE_POWEROFF)
		outw(0x604, 0x2000);
	else
		outb(0xf4, status[how]);
	for (const char *s = "Shutdown"; *s; s++)
		outb(0x8900, *s);
	for (int i = 0; i < 300000; i++) /* QEMU's power-off takes a moment */
		inb(0x61);
	acpi_power_off();
}

/*
 * Every machine is left.  A domain's power-off is ACPI's affair; where there is
 * none, nobody can switch off, and under debugexit a reset ends an emulator
 * that was started to be left (QEMU -no-reboot).
 */
void machine_end(enum machine_end how)
{
	static bool ending;

	__asm__ volatile("cli");
	if (ending)
		stand_still();
	ending = true;
	serial_drain();
	if (options.debugexit) {
		leave_emulator(how);
		reset();
	}
	if (how == MACHINE_POWEROFF) {
		acpi_power_off();
		printk(LOG_INFO, "no ACPI here that could switch the machine off: it is safe to "
				 "do so by hand\n");
		stand_still();
	}
	if (options.noreboot) {
		printk(LOG_INFO, "standing still (noreboot)\n");
		stand_still();
	}
	reset();
}
