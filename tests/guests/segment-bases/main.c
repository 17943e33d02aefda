/* SPDX-License-Identifier: MIT */
/*
 * Question: does a kernel's stack segment count as what its descriptor says now, or as what it
 * said when the hypervisor first looked?
 *
 * Expected: with a flat stack segment of the guest's own GDT traps and irets use ESP as it is. Once
 * the descriptor has a base, by update_descriptor or by another GDT, frames are written and read
 * that much higher; with the flat one back, they are not.
 *
 * Because: whether a selector is flat is found out once and remembered, for the short ways.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

#define OWN_DS   0x69 /* entry 13, ring 1 */
#define BASE     0x1000
#define VECTOR   0x84
#define IRET_EAX 0x12345678

USER_CODE(call, "int $0x84; int $0x60");

extern char odd_entry[];
uint32_t odd_iret(uint32_t esp);
uint32_t odd_esp, odd_base, flat_esp;

/*
 * odd_entry: on OWN_DS, whose base should be odd_base: on to the same place through a flat one.
 * odd_iret(): an iret hypercall into ring 1 from a stack on OWN_DS; returns the EAX of its frame.
 */
asm("odd_entry:\n"
    "	movl	%esp, odd_esp\n"
    "	movl	odd_esp, %ecx\n"
    "	addl	odd_base, %ecx\n"
    "	movl	$0xe021, %eax\n"
    "	movl	%eax, %ss\n"
    "	movl	%ecx, %esp\n"
    "	jmp	guest_stub_soft + 4 * 16\n"
    "odd_iret:\n"
    "	movl	4(%esp), %ecx\n"
    "	movl	%esp, flat_esp\n"
    "	movl	$0x69, %eax\n"
    "	movl	%eax, %ss\n"
    "	movl	%ecx, %esp\n"
    "	pushl	$2\n"
    "	pushl	$0xe019\n"
    "	pushl	$1f\n"
    "	pushl	$0x12345678\n"
    "	movl	$23, %eax\n"
    "	int	$0x82\n"
    "1:	movl	$0xe021, %ecx\n"
    "	movl	%ecx, %ss\n"
    "	movl	flat_esp, %esp\n"
    "	ret\n");

static char stack[8192] __attribute__((aligned(16)));

static void try(uint32_t base)
{
	uint32_t sp = (uint32_t)stack + sizeof(stack) - base;

	odd_base = base;
	guest_user_native = 1; /* the hypercall's iret is looked at, too, and from another stack */
	EXPECT(ringone_stack_switch(OWN_DS, sp), 0);
	for (int round = 0; round < 3; round++) {
		memset(stack, 0, sizeof(stack));
		EXPECT(user_run(&call), VECTOR);
		EXPECT(trap.frame.eip, USER_CODE_VA + 2);
		EXPECT(trap.frame.cs & 0xffff, FLAT_USER_CS);
		EXPECT(odd_esp, sp - 20);
		memset(stack, 0, sizeof(stack));
		EXPECT(odd_iret(sp), IRET_EAX);
	}
}

static uint64_t flat_at(uint32_t base)
{
	return descriptor(base, 0xfffff, DESC_P | DESC_DPL(1) | DESC_DATA, DESC_G | DESC_D);
}

static xen_pfn_t gdt_with(uint64_t **gdt, uint32_t base)
{
	*gdt = page_alloc();
	(*gdt)[OWN_DS / 8] = flat_at(base);
	page_readonly(*gdt);
	return virt_to_mfn(*gdt);
}

void test_main(void)
{
	struct trap_info table[2] = { { VECTOR, 3, FLAT_KERNEL_CS, (unsigned long)odd_entry } };
	uint64_t *gdt, *other;
	xen_pfn_t frame = gdt_with(&gdt, 0), other_frame = gdt_with(&other, BASE);

	EXPECT(ringone_set_trap_table(table), 0);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	try(0);
	EXPECT(ringone_update_descriptor(virt_to_machine(&gdt[OWN_DS / 8]), flat_at(BASE)), 0);
	try(BASE);
	EXPECT(ringone_update_descriptor(virt_to_machine(&gdt[OWN_DS / 8]), flat_at(0)), 0);
	try(0);
	EXPECT(ringone_set_gdt(&other_frame, 512), 0);
	try(BASE);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	try(0);
}
