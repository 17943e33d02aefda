/* SPDX-License-Identifier: MIT */
/*
 * Why a domain was killed (DESIGN 6), for whoever ports a kernel: the reason
 * and the check that refused, registers, a backtrace with the names of the
 * guest's own symbol table, the hypercall it was in, and what its page tables
 * say about the addresses involved.
 *
 * Everything printed is read from the guest with copies that may fail, and
 * every loop is bounded: a dying guest is no more to be trusted than a live one.
 */
#include "domain.h"
#include "call/call.h"
#include "mm/mm.h"
#include "say/say.h"
#include "unit.h"

#define MAX_FRAMES       24
#define SCAN_WORDS       256
#define MAX_SCANNED      16
#define KERNEL_CODE_SPAN (16U << 20)

static void print_guest_address(struct domain *d, const char *what, uint32_t addr)
{
	uint32_t offset = 0;
	const char *name = guest_symbol(d, addr, &offset);

	breathe();
	if (name)
		printk_raw("  %s %08x %s+0x%x\n", what, addr, name, offset);
	else
		printk_raw("  %s %08x\n", what, addr);
}

static bool read_word(uint32_t va, uint32_t *word)
{
	return !copy_from_guest_raw(word, GVA(va), sizeof(*word));
}

/* The chain of saved EBPs, as far as the kernel keeps one. */
static uint32_t print_frames(struct domain *d, uint32_t ebp)
{
	uint32_t n, next, ret;

	for (n = 0; n < MAX_FRAMES; n++) {
		if (ebp & 3 || !read_word(ebp, &next) || !read_word(ebp + 4, &ret) || !ret)
			break;
		print_guest_address(d, "from", ret);
		if (next <= ebp)
			break;
		ebp = next;
	}
	return n;
}

/*
 * Without frame pointers: everything on the stack that may be a return address.
 * A handler's address says roughly where the kernel's code is, which spares us
 * a search of the symbol table for every word.
 */
static void scan_stack(struct vcpu *v, uint32_t esp)
{
	uint32_t word, offset, printed = 0,
			       code = v->cpu.event_eip ? v->cpu.event_eip : v->regs.eip;
	struct domain *d = v->domain;

	for (uint32_t i = 0; i < SCAN_WORDS && printed < MAX_SCANNED; i++) {
		if (!read_word(esp + 4 * i, &word))
			break;
		if (word - code + KERNEL_CODE_SPAN < 2 * KERNEL_CODE_SPAN &&
		    guest_symbol(d, word, &offset)) {
			print_guest_address(d, "seen", word);
			printed++;
		}
	}
}

static void print_hypercall(const struct cpu_user_regs *r)
{
	const struct multicall_entry *m = multicall_current;

	if ((r->entry_vector & 0xff) != HYPERCALL_VECTOR)
		return;
	if (m) /* whose arguments went to its handler and are not kept */
		printk_raw("  in a multicall: %s\n", hypercall_name(m->op));
	printk_raw("  in hypercall %u %s(%x, %x, %x, %x, %x, %x)\n", r->eax, hypercall_name(r->eax),
		   r->ebx, r->ecx, r->edx, r->esi, r->edi, r->ebp);
}

static void report_crash(struct domain *d)
{
	struct cpu_user_regs *r = guest_regs();
	struct vcpu *v = current;

	if (!v || v->domain != d)
		return;
	/* A hypercall leaves them where they are until its way out needs them in the frame. */
	if ((r->entry_vector & 0xff) == HYPERCALL_VECTOR)
		__asm__("mov %%fs, %0\n\tmov %%gs, %1" : "=r"(r->fs), "=r"(r->gs));
	printk_raw(" vcpu %u, ring %u:\n", v->id, r->cs & 3);
	print_registers(r, true);
	print_hypercall(r);
	print_guest_address(d, "at  ", r->eip);
	if (print_frames(d, r->ebp) < 2)
		scan_stack(v, r->esp);
	print_page_walk(GVA(r->eip));
	breathe();
	if (r->esp != r->eip)
		print_page_walk(GVA(r->esp));
	breathe();
	if (v->info->arch.cr2) {
		printk_raw("  its last page fault was at %08lx\n", v->info->arch.cr2);
		print_page_walk(GVA(v->info->arch.cr2));
	}
}

/*
 * Locks: any may be held.  The end itself waits for the way out, where none is
 * (exit_to_guest_work); until then the domain is only marked.
 */
void kill_domain_at(const char *file, int line, struct domain *d, const char *fmt, ...)
{
	char reason[256];
	va_list ap;

	if (d->crashed)
		return;
	d->crashed = true;
	this_cpu()->softirq |= SOFTIRQ_DOMAINS | SOFTIRQ_SCHED;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	printk_raw("Ringone: domain %u killed: %s\n  refused at %s:%d\n", d->id, reason, file,
		   line);
	units_crash_report(d);
}

/* For a panic (say.h): whose guest was running. */
void panic_context(void)
{
	const struct vcpu *v = current;

	if (!v)
		return;
	printk_raw(" domain %u, vcpu %u was running:\n", v->domain->id, v->id);
	print_registers(guest_regs(), true);
}

UNIT(report, .crash_report = report_crash);
