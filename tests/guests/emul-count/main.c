/* SPDX-License-Identifier: MIT */
/*
 * Question: is all that is emulated counted, and nothing else?
 *
 * Expected, where leaf 0x40000102 is announced: each privileged instruction that is done adds one
 * to EAX, each that is refused one to EBX, one of a program one to EDX, a store of the
 * writable_pagetables assist one to EAX. Hypercalls, faults and the instructions that are legal in
 * ring 1 add nothing. More places than the table holds are counted, as not recorded. (That asking
 * counts is seen by asking twice.)
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

#define PLACES 4096 /* more than any table of the hypervisor's */

USER_CODE(u_smsw, "smsw %eax; int $0x60");
USER_CODE(u_cli, "cli; int $0x60");

static struct ringone_cpuid before;

static struct ringone_cpuid counts(void)
{
	struct ringone_cpuid r;

	ringone_forced_cpuid(RINGONE_EMULATED_LEAF, 0, &r);
	return r;
}

static void expect(const char *what, unsigned int done, unsigned int refused, unsigned int programs)
{
	struct ringone_cpuid now = counts();

	CHECK(now.eax - before.eax == done + 1, "%s: %u done", what, now.eax - before.eax - 1);
	CHECK(now.ebx - before.ebx == refused, "%s: %u refused", what, now.ebx - before.ebx);
	CHECK(now.edx - before.edx == programs, "%s: %u of programs", what, now.edx - before.edx);
	before = counts();
}

static int has_umip(void)
{
	unsigned int a = 7, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return c >> 2 & 1;
}

/* Many places with a CLTS each. */
static void fill_the_table(void)
{
	uint8_t *code = page_alloc_n(PLACES * 3 / PAGE_SIZE + 1), *p = code;

	for (int i = 0; i < PLACES; i++) {
		*p++ = 0x0f;
		*p++ = 0x06; /* CLTS */
		*p++ = 0x90;
	}
	*p = 0xc3;
	((void (*)(void))code)();
	expect("many places", PLACES, 0, 0);
	CHECK(before.ecx >= PLACES / 2 && before.ecx <= PLACES, "%u not recorded", before.ecx);
}

void test_main(void)
{
	uint8_t *page = page_alloc();
	unsigned int umip = has_umip(), flags;
	uint64_t *entry = l1_entry((unsigned long)page);

	if (!(features & RINGONE_FEATURE_EMULATED))
		guest_skip("nothing is counted here");
	CHECK(umip, "the machine was to have UMIP");
	before = counts();
	expect("nothing", 0, 0, 0);
	asm volatile("clts; wbinvd" : : : "memory");
	expect("clts, wbinvd", 2, 0, 0);
	asm volatile("smsw %%eax; smsw %%eax; sgdt %0" : "=m"(*page) : : "eax");
	expect("smsw, sgdt", 3, 0, 0);
	EXPECT_FAULT(GP, asm volatile("lidt %0" : : "m"(*page)));
	EXPECT_FAULT(GP, asm volatile("rdmsr" : : "c"(0x12345678) : "eax", "edx"));
	expect("lidt, rdmsr", 0, 2, 0);
	EXPECT(user_run(&u_smsw), USER_EXIT);
	expect("smsw in a program", 0, 0, 1);
	EXPECT(user_run(&u_cli), GP);
	expect("cli in a program", 0, 0, 0);

	ringone_xen_version(XENVER_version, NULL);
	asm volatile("pushfl; popl %0; verw %1" : "=r"(flags) : "m"((uint16_t){ FLAT_KERNEL_DS }));
	EXPECT_FAULT(PF, asm volatile("movl 16, %%eax" : : : "eax"));
	EXPECT_FAULT(UD, asm volatile("ud2"));
	expect("what is not emulated", 0, 0, 0);

	EXPECT(ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	*(volatile uint32_t *)entry ^= PTE_AVAIL;
	*(volatile uint32_t *)entry ^= PTE_AVAIL;
	expect("stores to a table", 2, 0, 0);
	fill_the_table();
}
