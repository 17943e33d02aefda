/* SPDX-License-Identifier: MIT */
/*
 * The end of the machine: only a fault of the hypervisor itself comes here.
 * Registers, what the stack says about how we got here, and the guest that was
 * running, for whoever has to find out why.
 */
#include "say.h"
#include "mm/mm.h"
#include "x86.h"

#define MAX_FRAMES  24
#define SCAN_WORDS  256
#define MAX_SCANNED 20

extern const char __image_start[], __text_end[], __image_end[];

static bool is_text(uint32_t addr)
{
	return addr >= (uint32_t)__image_start && addr < (uint32_t)__text_end;
}

static void print_hv_address(const char *what, uint32_t addr)
{
	uint32_t offset;
	const char *name = hv_symbol(addr, &offset);

	printk_raw("  %s %08x %s+0x%x\n", what, addr, name, offset);
}

/* All words below stay inside the image: stacks are there, and it is always mapped. */
static bool on_stack(uint32_t addr)
{
	return addr >= (uint32_t)__image_start && addr + 8 <= (uint32_t)__image_end &&
	       !(addr & 3) && !is_text(addr);
}

static void print_hv_backtrace(uint32_t ebp)
{
	for (uint32_t n = 0; n < MAX_FRAMES && on_stack(ebp); n++) {
		const uint32_t *frame = (const uint32_t *)ebp;

		if (!is_text(frame[1]))
			break;
		print_hv_address("from", frame[1]);
		if (frame[0] <= ebp)
			break;
		ebp = frame[0];
	}
}

/* Everything on the stack that looks like a return address, for when EBP lies. */
static void print_hv_stack(uint32_t esp)
{
	uint32_t end = (esp & ~(STACK_SIZE - 1)) + CPU_OFFSET, printed = 0;

	for (uint32_t i = 0; i < SCAN_WORDS && esp < end && printed < MAX_SCANNED; i++, esp += 4) {
		if (!on_stack(esp))
			break;
		if (is_text(*(const uint32_t *)esp)) {
			print_hv_address("seen", *(const uint32_t *)esp);
			printed++;
		}
	}
}

void print_registers(const struct cpu_user_regs *r, bool stack_known)
{
	printk_raw("  eip %04x:%08x  eflags %08x\n", r->cs, r->eip, r->eflags);
	printk_raw("  eax %08x  ebx %08x  ecx %08x  edx %08x\n", r->eax, r->ebx, r->ecx, r->edx);
	printk_raw("  esi %08x  edi %08x  ebp %08x", r->esi, r->edi, r->ebp);
	if (!stack_known) {
		printk_raw("\n");
		return;
	}
	printk_raw("  esp %04x:%08x\n", r->ss, r->esp);
	printk_raw("  ds %04x  es %04x  fs %04x  gs %04x\n", r->ds, r->es, r->fs, r->gs);
}

struct last_words last_words;

static void __noreturn end(void)
{
	if (last_words.end)
		last_words.end();
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void __noreturn stop(const struct cpu_user_regs *regs, const char *fmt, va_list ap)
{
	static bool panicking;
	char reason[256];
	uint32_t esp;

	__asm__ volatile("cli");
	if (panicking) /* the report itself has failed: no more words */
		end();
	panicking = true;
	serial_drain();
	vsnprintf(reason, sizeof(reason), fmt, ap);
	printk_raw("\nRingone: PANIC: %s\n", reason);
	if (regs) {
		/* A frame from ring 0 ends at eflags: the stack goes on right behind it. */
		esp = regs->entry_vector == TRAP_DF ? regs->esp : (uint32_t)&regs->esp;
		print_registers(regs, false);
		print_hv_address("at  ", regs->eip);
		print_hv_backtrace(regs->ebp);
	} else {
		__asm__("mov %%esp, %0" : "=r"(esp));
		print_hv_backtrace((uint32_t)__builtin_frame_address(0));
	}
	print_hv_stack(esp);
	printk_raw("  cr0 %08x  cr2 %08x  cr3 %08x  cr4 %08x\n", read_cr0(), read_cr2(), read_cr3(),
		   read_cr4());
	if (last_words.context)
		last_words.context();
	printk_raw("Ringone: the machine is stopped; this is a fault of the hypervisor, "
		   "please report it with the lines above\n");
	end();
}

void cannot_run(const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	printk_raw("Ringone: cannot run: %s\n", why);
	end();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	stop(NULL, fmt, ap);
	va_end(ap);
}

/* regs: the frame of an exception in ring 0, or registers saved by the #DF task. */
void panic_regs(const struct cpu_user_regs *regs, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	stop(regs, fmt, ap);
	va_end(ap);
}
