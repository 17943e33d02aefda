/* SPDX-License-Identifier: MIT */
/*
 * Other VCPUs that mean harm, too. Each runs one loop: take the batch that the first VCPU has laid
 * out, send it, yield, look for the next one. What a long call leaves half done when it is
 * preempted, another VCPU's call meets; and its arguments change while it is read.
 *
 * The loop is its own handler for everything: it starts again on an empty stack. It reads through
 * CS, so that no selector of its own can stop it.
 */
#include "fuzz.h"

#define CROWD_BATCH 10

static multicall_entry_t batches[4][CROWD_BATCH] __attribute__((used));
static volatile uint32_t generation __attribute__((used));
static uint32_t begun[4] __attribute__((used));
static char stacks[4][1024] __attribute__((aligned(16), used));

/* EDI: which VCPU we are (0 to 3), found by the entry taken. 13: multicall; 29, 0: yield. */
asm(".pushsection .text\n"
    ".irp n, 0, 1, 2, 3\n"
    "	.balign 16\n"
    "fuzz_crowd_\\n:\n"
    "	movl $stacks + 1024 * (\\n + 1), %esp\n"
    "	movl %cs:generation, %edx\n"
    "	cmpl %cs:begun + 4 * \\n, %edx\n"
    "	je 1f\n"
    "	movl %edx, %ss:begun + 4 * \\n\n"
    "	movl $13, %eax\n"
    "	movl $batches + 32 * 10 * \\n, %ebx\n"
    "	movl $10, %ecx\n"
    "	int $0x82\n"
    "1:	movl $29, %eax\n"
    "	xorl %ebx, %ebx\n"
    "	int $0x82\n"
    "	jmp fuzz_crowd_\\n\n"
    ".endr\n"
    ".popsection");
extern char fuzz_crowd_0[], fuzz_crowd_1[];

_Static_assert(sizeof(multicall_entry_t) * CROWD_BATCH == 32 * 10, "known to the assembly");

uint32_t crowd_entry(uint32_t id)
{
	return (uint32_t)(unsigned long)fuzz_crowd_0 +
	       (id & 3) * (uint32_t)(fuzz_crowd_1 - fuzz_crowd_0);
}

uint32_t crowd_stack(uint32_t id)
{
	return (uint32_t)(unsigned long)stacks[id & 3] + sizeof(stacks[0]);
}

/* What would make a VCPU of the crowd deaf at once, or the domain dead. */
static int too_much(const struct call *c)
{
	return c->nr == __HYPERVISOR_iret || c->nr == __HYPERVISOR_set_trap_table ||
	       c->nr == __HYPERVISOR_stack_switch || c->nr == __HYPERVISOR_set_callbacks ||
	       c->nr == __HYPERVISOR_callback_op || c->nr == __HYPERVISOR_sched_op_compat;
}

/* Lays out new batches and lets the others have the processor for a while. */
uint32_t crowd_act(void)
{
	for (uint32_t id = 1; id < 4; id++)
		for (uint32_t i = 0; i < CROWD_BATCH; i++) {
			multicall_entry_t *e = &batches[id][i];
			struct call c;

			make_call(&c);
			if (too_much(&c))
				c = (struct call){ __HYPERVISOR_xen_version, { 0 } };
			e->op = c.nr;
			for (int j = 0; j < 5; j++)
				e->args[j] = c.a[j];
		}
	generation++;
	for (uint32_t i = 1 + below(6); i; i--)
		ringone_trap_call(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0, 0);
	return 1;
}

/* All VCPUs there are, with contexts that are right. */
void crowd_begin(void)
{
	static struct vcpu_guest_context x;

	for (uint32_t id = 1; id < 4; id++) {
		crowd_context(&x, id);
		if (!ringone_trap_call(__HYPERVISOR_vcpu_op, VCPUOP_initialise, id, (uint32_t)&x, 0,
				       0))
			ringone_trap_call(__HYPERVISOR_vcpu_op, VCPUOP_up, id, 0, 0, 0);
	}
}

void crowd_context(struct vcpu_guest_context *x, uint32_t id)
{
	const uint32_t loop = crowd_entry(id);

	memset(x, 0, sizeof(*x));
	x->flags = VGCF_in_kernel;
	x->user_regs.cs = FLAT_KERNEL_CS;
	x->user_regs.ss = FLAT_KERNEL_SS;
	x->user_regs.ds = x->user_regs.es = FLAT_KERNEL_DS;
	x->user_regs.eip = loop;
	x->user_regs.esp = crowd_stack(id);
	x->user_regs.eflags = 0x202;
	x->kernel_ss = FLAT_KERNEL_SS;
	x->kernel_sp = crowd_stack(id);
	x->ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(one_in(2) ? spare.l3 : l3_table));
	x->event_callback_cs = x->failsafe_callback_cs = FLAT_KERNEL_CS;
	x->event_callback_eip = x->failsafe_callback_eip = loop;
	for (int i = 0; i < 32; i++)
		x->trap_ctxt[i] = (struct trap_info){ i, 0, FLAT_KERNEL_CS, loop };
}
