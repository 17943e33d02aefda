/* SPDX-License-Identifier: MIT */
/*
 * Question: does everything that belongs to one VCPU stay with it when four share a processor?
 *
 * Expected: each keeps its own GDT, LDT, selectors in FS and GS, page tables, debug registers,
 * x87 registers and MMX-sized halves of them, and its own handler of vector 0x80 (on Ringone a
 * gate that the processor takes without the hypervisor), through hundreds of switches, by yield
 * and by the end of a time slice.
 */
#include "smp.h"
#include "mm.h"

#define VCPUS  4
#define ROUNDS 400

/* int $0x80 answers with the number of the handler. */
#define HANDLER(n) "handler_" #n ": movl $0x" #n "80, %eax; jmp handler_end;"
asm(HANDLER(0) HANDLER(1) HANDLER(2)
	    HANDLER(3) "handler_end: jmp ringone_hypercall_page + 23 * 32");
extern const char handler_0[], handler_1[], handler_2[], handler_3[];
static const char *const handlers[VCPUS] = { handler_0, handler_1, handler_2, handler_3 };

static volatile unsigned int damaged, finished;
static struct tables tables[VCPUS];
static uint64_t *gdt[VCPUS], *ldt[VCPUS];
static unsigned int *fs_page[VCPUS], *gs_page[VCPUS];
static volatile unsigned int *private_word; /* one address, a frame for each VCPU */

#define SEL_FS (1 << 3 | 1)
#define SEL_GS (0 << 3 | 4 | 1)

static uint64_t data_segment(const void *base)
{
	return descriptor((unsigned long)base, PAGE_SIZE - 1, DESC_P | DESC_DPL(1) | DESC_DATA,
			  DESC_D);
}

static unsigned int read_fs(void)
{
	unsigned int v;

	asm volatile("movl %%fs:0, %0" : "=r"(v));
	return v;
}

static unsigned int read_gs(void)
{
	unsigned int v;

	asm volatile("movl %%gs:0, %0" : "=r"(v));
	return v;
}

static unsigned int soft_interrupt(void)
{
	unsigned int v;

	asm volatile("int $0x80" : "=a"(v) : : "memory");
	return v;
}

static void wrong(unsigned int id, const char *what, unsigned int is, unsigned int wanted)
{
	if (is == wanted)
		return;
	if (!damaged++)
		guest_fail("%s of VCPU %u is 0x%x, expected 0x%x", what, id, is, wanted);
}

static void settle(unsigned int id)
{
	unsigned long frame = virt_to_mfn(gdt[id]);
	struct trap_info t[2] = { { .vector = 0x80,
				    .flags = 3,
				    .cs = FLAT_KERNEL_CS,
				    .address = (unsigned long)handlers[id] } };

	EXPECT(ringone_set_trap_table(t), 0);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt[id], 512), 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(tables[id].l3)), 0);
	EXPECT(ringone_set_debugreg(1, 0x10000 * (id + 1)), 0);
	asm volatile("movl %0, %%fs; movl %1, %%gs" : : "r"(SEL_FS), "r"(SEL_GS));
}

static void look(unsigned int id)
{
	wrong(id, "the word behind FS", read_fs(), 0xf5000 + id);
	wrong(id, "the word behind GS", read_gs(), 0x65000 + id);
	wrong(id, "the handler of int 0x80", soft_interrupt(), id << 8 | 0x80);
	wrong(id, "DR1", ringone_get_debugreg(1), 0x10000 * (id + 1));
	wrong(id, "the private page", *private_word, 0x9a9e00 + id);
}

static void churn(unsigned int id)
{
	unsigned int seven = 7000 + id, back = 0, sum = 0;

	settle(id);
	for (unsigned int n = 0; n < ROUNDS; n++) {
		asm volatile("fninit; fildl %0" : : "m"(seven));
		look(id);
		if (n & 1)
			ringone_sched_op(SCHEDOP_yield, NULL);
		else /* long enough that a slice ends in here now and then */
			for (unsigned int i = 0; i < 20000; i++)
				asm volatile("" : "+r"(sum));
		asm volatile("fistpl %0" : "=m"(back));
		wrong(id, "st(0)", back, seven);
		look(id);
	}
	__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
}

static void other(unsigned int id)
{
	churn(id);
	smp_stop();
}

/* Every VCPU's tables map private_word's page to a frame of its own. */
static void prepare(unsigned int id, void *shared)
{
	unsigned long va = (unsigned long)shared;
	unsigned int *own = page_alloc();
	uint64_t *l1 = page_alloc();

	gdt[id] = page_alloc();
	ldt[id] = page_alloc();
	fs_page[id] = page_alloc();
	gs_page[id] = page_alloc();
	*fs_page[id] = 0xf5000 + id;
	*gs_page[id] = 0x65000 + id;
	*own = 0x9a9e00 + id;
	gdt[id][1] = data_segment(fs_page[id]);
	ldt[id][0] = data_segment(gs_page[id]);
	page_readonly(gdt[id]);
	page_readonly(ldt[id]);

	tables_make(&tables[id]);
	memcpy(l1, (void *)((unsigned long)l1_entry(va) & ~(PAGE_SIZE - 1ul)), PAGE_SIZE);
	l1[va >> 12 & 511] = (uint64_t)virt_to_mfn(own) << 12 | PTE_RW;
	page_readonly(l1);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(tables[id].l3)), 0);
	EXPECT(mmu_write(&tables[id].l2[va >> 30][va >> 21 & 511],
			 (uint64_t)virt_to_mfn(l1) << 12 | TABLE_FLAGS),
	       0);
}

void test_main(void)
{
	/* In an L2 slot that nothing else is in, so that a table of its own is cheap. */
	void *shared = (void *)0x40000000;

	smp_need(VCPUS);
	map_page((unsigned long)shared, virt_to_mfn(page_alloc()), PTE_RW);
	private_word = shared;
	for (unsigned int id = 0; id < VCPUS; id++)
		prepare(id, shared);
	for (unsigned int id = 1; id < VCPUS; id++)
		EXPECT(smp_start(id, other), 0);
	churn(0);
	CHECK(smp_wait(&finished, VCPUS, 20000), "%u of %u VCPUs came to the end", finished, VCPUS);
	EXPECT(damaged, 0);
}
