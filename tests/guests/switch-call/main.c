/* SPDX-License-Identifier: MIT */
/*
 * Question: does ringone_switch load page table and kernel stack, both or neither?
 *
 * Because: it is what a task switch does in one call, and so one more way to the base pointer.
 *
 * Expected: the other address space runs and traps land on the other stack; a frame that is no L3 of
 * ours, or one with a bad entry, changes nothing; a stack segment of ring 0 does not stay one; an L3
 * that nobody has validated yet works, and is memory again when it is left.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

#define VA 0x40000000ul

USER_CODE(leave, "int $0x60");

static uint32_t frame_at;
static char other[8192] __attribute__((aligned(16)));

static int look(struct ringone_frame *f)
{
	if (f->vector == USER_EXIT)
		frame_at = (uint32_t)&f->ss + 4;
	return 0;
}

static long switch_to(xen_pfn_t l3, unsigned int ss, const char *top)
{
	return ringone_call(RINGONE_HYPERCALL_SWITCH, l3, ss, (uint32_t)top, 0, 0);
}

static uint32_t stack_now(void)
{
	frame_at = 0;
	EXPECT(user_run(&leave), USER_EXIT);
	return frame_at;
}

/* A second address space whose middle gigabyte shows @value; what it needs stays the first's. */
static uint64_t *make_space(uint32_t value)
{
	uint64_t *l3 = page_alloc(), *l2 = page_alloc(), *l1 = page_alloc();
	uint32_t *data = page_alloc();

	*data = value;
	l1[0] = (uint64_t)virt_to_mfn(data) << 12 | PTE_RW;
	page_readonly(l1);
	l2[0] = (uint64_t)virt_to_mfn(l1) << 12 | TABLE_FLAGS;
	page_readonly(l2);
	for (int i = 0; i < 4; i++)
		l3[i] = l3_table[i];
	l3[1] = (uint64_t)virt_to_mfn(l2) << 12 | L3_FLAGS;
	page_readonly(l3);
	return l3;
}

static void refused(const char *what, xen_pfn_t l3, const char *top, uint32_t value)
{
	CHECK(switch_to(l3, FLAT_KERNEL_SS, top) < 0, "%s taken for an L3", what);
	EXPECT(*(volatile uint32_t *)VA, value);
}

void test_main(void)
{
	char *end = other + sizeof(other), *wrong = other + sizeof(other) / 2;

	if (!(features & RINGONE_FEATURE_SWITCH))
		guest_skip("no such call");
	user_run(&leave); /* its page is there in all tables from now on */
	uint64_t *a = make_space(0xaaaa), *b = make_space(0xbbbb), *bad = make_space(0);
	xen_pfn_t a_mfn = virt_to_mfn(a), b_mfn = virt_to_mfn(b);

	trap_hook = look;
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, a_mfn), 0);
	EXPECT(switch_to(a_mfn, FLAT_KERNEL_SS, end), 0);
	EXPECT(*(volatile uint32_t *)VA, 0xaaaa);
	EXPECT(stack_now(), (uint32_t)end);

	/* Not pinned: validated on the way, and let go when it is left. */
	EXPECT(switch_to(b_mfn, FLAT_KERNEL_SS, end), 0);
	EXPECT(*(volatile uint32_t *)VA, 0xbbbb);
	CHECK(page_remap(b, PTE_RW) < 0, "the L3 in use mapped writable");

	/* Neither, when the first is refused. */
	page_writable(bad);
	bad[0] = (uint64_t)virt_to_mfn(page_alloc()) << 12 | L3_FLAGS;
	page_readonly(bad);
	refused("one with a writable page", virt_to_mfn(bad), wrong, 0xbbbb);
	refused("memory", virt_to_mfn(page_alloc()), wrong, 0xbbbb);
	refused("the top L2", l3_table[3] >> 12, wrong, 0xbbbb);
	refused("an L1", *l2_entry((unsigned long)other) >> 12, wrong, 0xbbbb);
	refused("a frame of the hypervisor's", *(uint64_t *)(l2_entry(hole_start)) >> 12, wrong,
		0xbbbb);
	refused("a frame beyond memory", 0x7fffffff, wrong, 0xbbbb);
	refused("the last frame number", ~0u, wrong, 0xbbbb);
	refused("frame 0", 0, wrong, 0xbbbb);
	EXPECT(stack_now(), (uint32_t)end);

	EXPECT(switch_to(a_mfn, FLAT_KERNEL_SS & ~3u, end), 0);
	unsigned int ss;

	EXPECT(stack_now(), (uint32_t)end);
	asm("mov %%ss, %0" : "=r"(ss));
	EXPECT(ss & 3, 1);
	EXPECT(*(volatile uint32_t *)VA, 0xaaaa);
	EXPECT(page_remap(b, PTE_RW), 0);
	EXPECT(switch_to(a_mfn, FLAT_KERNEL_SS, wrong), 0); /* the same table, another stack */
	EXPECT(stack_now(), (uint32_t)wrong);

	EXPECT(switch_to(virt_to_mfn(l3_table), FLAT_KERNEL_SS, end), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, a_mfn), 0);
	EXPECT(page_remap(a, PTE_RW), 0);
	if (features & RINGONE_FEATURE_AUDIT)
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0), 0);
}
