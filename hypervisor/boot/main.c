/* SPDX-License-Identifier: MIT */
/* The order of things at boot.  Reading on from here: docs/tour.md. */
#include "internal.h"
#include "boot.h"
#include "build/build.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "gate/gate.h"
#include "lib.h"
#include "machine/machine.h"
#include "mm/mm.h"
#include "pirq/pirq.h"
#include "say/say.h"
#include "sched/sched.h"
#include "time/time.h"

extern char boot_stack[];
extern pte_t idle_l3[4];

void __noreturn hypervisor_main(uint32_t magic, uint32_t info_paddr);
static void __noreturn on_own_stack(void);

static void __noreturn end_after_panic(void)
{
	machine_end(MACHINE_PANIC);
}

static void boot_cpu_init(void)
{
	struct cpu *c = (struct cpu *)(boot_stack + CPU_OFFSET);

	memset(c, 0, sizeof(*c));
	c->l3 = idle_l3;
	c->cr3 = hv_va_to_paddr(idle_l3);
	cpus[0] = c;
	nr_cpus = 1;
}

static uint64_t total_ram(void)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < boot_info.nr_e820; i++)
		if (boot_info.e820[i].type == E820_RAM)
			bytes += boot_info.e820[i].size;
	return bytes;
}

/* head.S comes here on a stack that still reaches into where struct cpu will lie. */
void hypervisor_main(uint32_t magic, uint32_t info_paddr)
{
	boot_cpu_init();
	console_init();
	last_words = (struct last_words){ panic_context, end_after_panic };
	paging_early();
	multiboot_parse(magic, info_paddr);
	options_parse(boot_info.cmdline);
	multiboot_report();
	printk(LOG_INFO,
	       "a paravirtual machine monitor for 32-bit x86; %llu MiB of memory, "
	       "%u module%s from %s\n",
	       total_ram() >> 20, boot_info.nr_modules, boot_info.nr_modules == 1 ? "" : "s",
	       boot_info.loader[0] ? boot_info.loader : "an unnamed loader");
	paging_init();
	mapcache_init();
	frames_init();
	frames_show_m2p();
	paging_give_ram();
	heap_init();
	__asm__ volatile("mov %0, %%esp\n\txor %%ebp, %%ebp\n\tjmp *%1"
			 :
			 : "r"(cpus[0]), "r"(on_own_stack));
	__builtin_unreachable();
}

static void on_own_stack(void)
{
	struct domain *d;

	cpu_tables_init(cpus[0]);
	fpu_init_cpu();
	irq_init();
	lines_init();
	time_init();
	sched_init();
	serial_enable_interrupts();

	if (!boot_info.nr_modules)
		cannot_run("no kernel to run: load a paravirtual ELF kernel as the first module "
			   "(GRUB: module2 /boot/vmlinux ARGS; QEMU: -initrd \"vmlinux ARGS\")");
	d = build_first_domain(&boot_info.modules[0],
			       boot_info.nr_modules > 1 ? &boot_info.modules[1] : NULL,
			       options.dom0_mem, options.first_plain);
	start_first_vcpu(d->vcpus[0]);
	resume_guest();
}
