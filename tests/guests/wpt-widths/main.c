/* SPDX-License-Identifier: MIT */
/*
 * Question: does a trapped store to a page-table entry do what the instruction does, whatever its
 * width and wherever in the entry it goes?
 *
 * Expected: for every instruction that a compiler makes of an assignment or an operation on bits and
 * value, one to eight bytes wide, at every place within an entry: memory, registers and flags are
 * afterwards what the same instruction leaves when it works on ordinary memory. Where the result
 * would be a present entry that is not allowed, the kernel gets its page fault and nothing changed.
 *
 * Because: stock Linux up to 5.8 clears the write bit of an entry with a byte-wide AND and dies at
 * its first fork when that is not understood.
 */
#include "guest.h"
#include "mm.h"

#define ARITH  0x8d5u
#define CF     0x001u
#define NO_AF  (ARITH & ~0x010u)
#define COUNTS (ARITH & ~0x810u) /* shifts by more than one leave OF open, and AF */
#define ROUNDS 12

enum { ANYWHERE, AT_START };

struct snippet {
	const char *text;
	uint32_t code, width, flags, where;
};

/* One line an instruction: it works on (%edi). */
#define SNIPPETS                                                                           \
	X("movb %%al,(%%edi)", 1, ARITH, ANYWHERE)                                         \
	X("movb %%bh,(%%edi)", 1, ARITH, ANYWHERE)                                         \
	X("movb $0x5a,(%%edi)", 1, ARITH, ANYWHERE)                                        \
	X("movw %%cx,(%%edi)", 2, ARITH, ANYWHERE)                                         \
	X("movw $0x1234,(%%edi)", 2, ARITH, ANYWHERE)                                      \
	X("movl %%edx,(%%edi)", 4, ARITH, ANYWHERE)                                        \
	X("movl $0x12345678,(%%edi)", 4, ARITH, ANYWHERE)                                  \
	X("movnti %%ebx,(%%edi)", 4, ARITH, ANYWHERE)                                      \
	X("lock andb $0xfd,(%%edi)", 1, NO_AF, ANYWHERE)                                   \
	X("lock orb $0x82,(%%edi)", 1, NO_AF, ANYWHERE)                                    \
	X("xorb $0x40,(%%edi)", 1, NO_AF, ANYWHERE)                                        \
	X("addb $0x71,(%%edi)", 1, ARITH, ANYWHERE)                                        \
	X("adcb $0x71,(%%edi)", 1, ARITH, ANYWHERE)                                        \
	X("sbbb $0x71,(%%edi)", 1, ARITH, ANYWHERE)                                        \
	X("subb $0x71,(%%edi)", 1, ARITH, ANYWHERE)                                        \
	X(".byte 0x82, 0x27, 0xfd", 1, NO_AF, ANYWHERE)                                    \
	X("andw $0xfff8,(%%edi)", 2, NO_AF, ANYWHERE)                                      \
	X("orw $0x8002,(%%edi)", 2, NO_AF, ANYWHERE)                                       \
	X("addw $0x1234,(%%edi)", 2, ARITH, ANYWHERE)                                      \
	X("andl $-3,(%%edi)", 4, NO_AF, ANYWHERE)                                          \
	X("andl $0x7ffff00e,(%%edi)", 4, NO_AF, ANYWHERE)                                  \
	X("xorl $0x12345678,(%%edi)", 4, NO_AF, ANYWHERE)                                  \
	X("addl $0x1000,(%%edi)", 4, ARITH, ANYWHERE)                                      \
	X("adcl $0,(%%edi)", 4, ARITH, ANYWHERE)                                           \
	X("sbbl $0,(%%edi)", 4, ARITH, ANYWHERE)                                           \
	X("subl $0x1000,(%%edi)", 4, ARITH, ANYWHERE)                                      \
	X("addb %%dl,(%%edi)", 1, ARITH, ANYWHERE)                                         \
	X("orb %%ah,(%%edi)", 1, NO_AF, ANYWHERE)                                          \
	X("adcb %%cl,(%%edi)", 1, ARITH, ANYWHERE)                                         \
	X("sbbw %%dx,(%%edi)", 2, ARITH, ANYWHERE)                                         \
	X("andw %%ax,(%%edi)", 2, NO_AF, ANYWHERE)                                         \
	X("subl %%ecx,(%%edi)", 4, ARITH, ANYWHERE)                                        \
	X("orl %%ebx,(%%edi)", 4, NO_AF, ANYWHERE)                                         \
	X("lock xorl %%eax,(%%edi)", 4, NO_AF, ANYWHERE)                                   \
	X("lock addl %%eax,(%%edi)", 4, ARITH, ANYWHERE)                                   \
	X("xchgb %%dl,(%%edi)", 1, ARITH, ANYWHERE)                                        \
	X("xchgb %%ch,(%%edi)", 1, ARITH, ANYWHERE)                                        \
	X("xchgw %%bx,(%%edi)", 2, ARITH, ANYWHERE)                                        \
	X("xchgl %%eax,(%%edi)", 4, ARITH, ANYWHERE)                                       \
	X("lock xaddb %%ah,(%%edi)", 1, ARITH, ANYWHERE)                                   \
	X("lock xaddw %%dx,(%%edi)", 2, ARITH, ANYWHERE)                                   \
	X("lock xaddl %%ebx,(%%edi)", 4, ARITH, ANYWHERE)                                  \
	X("notb (%%edi)", 1, ARITH, ANYWHERE)                                              \
	X("negw (%%edi)", 2, ARITH, ANYWHERE)                                              \
	X("lock notl (%%edi)", 4, ARITH, ANYWHERE)                                         \
	X("negl (%%edi)", 4, ARITH, ANYWHERE)                                              \
	X("incb (%%edi)", 1, ARITH, ANYWHERE)                                              \
	X("decw (%%edi)", 2, ARITH, ANYWHERE)                                              \
	X("lock incl (%%edi)", 4, ARITH, ANYWHERE)                                         \
	X("decl (%%edi)", 4, ARITH, ANYWHERE)                                              \
	X("sete (%%edi)", 1, ARITH, ANYWHERE)                                              \
	X("setno (%%edi)", 1, ARITH, ANYWHERE)                                             \
	X("setb (%%edi)", 1, ARITH, ANYWHERE)                                              \
	X("seta (%%edi)", 1, ARITH, ANYWHERE)                                              \
	X("setg (%%edi)", 1, ARITH, ANYWHERE)                                              \
	X("setl (%%edi)", 1, ARITH, ANYWHERE)                                              \
	X("setnp (%%edi)", 1, ARITH, ANYWHERE)                                             \
	X("sets (%%edi)", 1, ARITH, ANYWHERE)                                              \
	X("shlb (%%edi)", 1, NO_AF, ANYWHERE)                                              \
	X("shrw $5,(%%edi)", 2, COUNTS, ANYWHERE)                                          \
	X("sarl $3,(%%edi)", 4, COUNTS, ANYWHERE)                                          \
	X("shll %%cl,(%%edi)", 4, COUNTS, ANYWHERE)                                        \
	X("rolw %%cl,(%%edi)", 2, COUNTS, ANYWHERE)                                        \
	X("rorl $9,(%%edi)", 4, COUNTS, ANYWHERE)                                          \
	X("lock btsl $1,(%%edi)", 4, CF, ANYWHERE)                                         \
	X("lock btrw $13,(%%edi)", 2, CF, ANYWHERE)                                        \
	X("btcl $31,(%%edi)", 4, CF, ANYWHERE)                                             \
	X("and $63,%%eax; lock btsl %%eax,(%%edi)", 4, CF, AT_START)                       \
	X("and $63,%%eax; lock btrl %%eax,(%%edi)", 4, CF, AT_START)                       \
	X("and $63,%%eax; btcw %%ax,(%%edi)", 2, CF, AT_START)                             \
	X("or $-32,%%eax; add $4,%%edi; btcl %%eax,(%%edi); sub $4,%%edi", 4, 0, AT_START) \
	X("lock cmpxchgb %%dl,(%%edi)", 1, ARITH, ANYWHERE)                                \
	X("movb (%%edi),%%al; lock cmpxchgb %%bh,(%%edi)", 1, ARITH, ANYWHERE)             \
	X("lock cmpxchgw %%bx,(%%edi)", 2, ARITH, ANYWHERE)                                \
	X("movw (%%edi),%%ax; lock cmpxchgw %%bx,(%%edi)", 2, ARITH, ANYWHERE)             \
	X("lock cmpxchgl %%ecx,(%%edi)", 4, ARITH, ANYWHERE)                               \
	X("movl (%%edi),%%eax; cmpxchgl %%ecx,(%%edi)", 4, ARITH, ANYWHERE)                \
	X("lock cmpxchg8b (%%edi)", 8, ARITH, ANYWHERE)                                    \
	X("mov (%%edi),%%eax; mov 4(%%edi),%%edx; cmpxchg8b (%%edi)", 8, ARITH, ANYWHERE)  \
	X("stosb", 1, ARITH, ANYWHERE)                                                     \
	X("stosw", 2, ARITH, ANYWHERE)                                                     \
	X("stosl", 4, ARITH, ANYWHERE)                                                     \
	X("movsb", 1, ARITH, ANYWHERE)                                                     \
	X("movsw", 2, ARITH, ANYWHERE)                                                     \
	X("movsl", 4, ARITH, ANYWHERE)                                                     \
	X("mov $8,%%ecx; rep stosb", 8, ARITH, AT_START)                                   \
	X("mov $4,%%ecx; rep movsw", 8, ARITH, AT_START)                                   \
	X("mov $2,%%ecx; repne stosl", 8, ARITH, AT_START)

/* The code, one piece behind the other, each with a RET; their addresses in a table. */
extern const uint32_t codes[];
void snippets_code(void);
void snippets_code(void)
{
#define X(text, ...)                       \
	asm volatile(".pushsection .text;" \
		     "1: " text "; ret;"   \
		     ".popsection;"        \
		     ".pushsection .rodata.codes, \"a\"; .long 1b; .popsection" ::);
	asm volatile(
		".pushsection .rodata.codes, \"a\"; .balign 4; .globl codes; codes: .popsection" ::);
	SNIPPETS
#undef X
}

static struct snippet snippets[] = {
#define X(text, width, flags, where) { text, 0, width, flags, where },
	SNIPPETS
#undef X
};
#define NR (sizeof(snippets) / sizeof(snippets[0]))

struct state {
	uint32_t eax, ebx, ecx, edx, esi, edi, eflags;
};

/* Order of struct state. */
struct state go;
uint32_t go_code;
void go_run(void);
asm(".text; go_run: pushal; movl go, %eax; movl go+4, %ebx; movl go+8, %ecx; movl go+12, %edx;"
    "movl go+16, %esi; movl go+20, %edi; pushl go+24; popfl; call *go_code;"
    "pushfl; popl go+24; movl %eax, go; movl %ebx, go+4; movl %ecx, go+8; movl %edx, go+12;"
    "movl %esi, go+16; movl %edi, go+20; popal; ret");

static uint32_t seed = 1;

static uint32_t rnd(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 7 ^ seed << 19;
}

static uint64_t *slot;
static unsigned int done, refused;

static void once(const struct snippet *s, uint32_t offset, uint64_t before)
{
	static uint64_t plain, source;
	struct state in = { rnd(), rnd(), rnd(), rnd(), (uint32_t)&source, 0, rnd() & ARITH }, want;
	unsigned int v;

	source = (uint64_t)rnd() << 32 | rnd();
	go_code = s->code;
	plain = before;
	go = in;
	go.edi = (uint32_t)&plain + offset;
	go_run();
	want = go;
	want.edi -= (uint32_t)&plain;

	EXPECT(mmu_write(slot, before), 0);
	go = in;
	go.edi = (uint32_t)slot + offset;
	v = probe(go_run());
	if (v == PF && (plain & PTE_P)) {
		CHECK(*slot == before || s->where, "%s: refused, and wrote", s->text);
		refused++;
		return;
	}
	go.edi -= (uint32_t)slot;
	CHECK(v == NO_FAULT, "%s at %u of %llx: vector %x", s->text, offset, before, v);
	CHECK(*slot == plain, "%s at %u of %llx: %llx, not %llx", s->text, offset, before, *slot,
	      plain);
	CHECK(go.eax == want.eax && go.ebx == want.ebx && go.ecx == want.ecx &&
		      go.edx == want.edx && go.esi == want.esi && go.edi == want.edi,
	      "%s: registers %x %x %x %x %x %x", s->text, go.eax, go.ebx, go.ecx, go.edx, go.esi,
	      go.edi);
	CHECK(!((go.eflags ^ want.eflags) & s->flags), "%s: flags %x, not %x", s->text, go.eflags,
	      want.eflags);
	done++;
}

/* What Linux does at fork: an entry in use loses its write bit by one byte. */
static void in_use(void)
{
	char *page = page_alloc(), *va = page_alloc();
	volatile uint8_t *byte;

	slot = l1_entry((unsigned long)va);
	EXPECT(mmu_write(slot, (uint64_t)virt_to_mfn(page) << 12 | PTE_RW), 0);
	byte = (volatile uint8_t *)slot;
	EXPECT(probe(asm volatile("lock andb $0xfd, %0" : "+m"(*byte))), NO_FAULT);
	EXPECT(*slot & PTE_W, 0);
	mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)va, 0);
	EXPECT_FAULT(PF, *(volatile char *)va = 1);
	EXPECT(probe(asm volatile("lock orb $2, %0" : "+m"(*byte))), NO_FAULT);
	EXPECT(probe(*(volatile char *)va = 1), NO_FAULT);
	/* A page table does not become writable this way. */
	EXPECT(mmu_write(slot, (uint64_t)virt_to_mfn(l3_table) << 12 | PTE_RO), 0);
	EXPECT(probe(asm volatile("orb $2, %0" : "+m"(*byte))), PF);
	EXPECT(*slot & PTE_W, 0);
	EXPECT(mmu_write(slot, (uint64_t)virt_to_mfn(va) << 12 | PTE_RW), 0);
}

void test_main(void)
{
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	in_use();
	slot = l1_entry((unsigned long)page_alloc());
	for (unsigned int i = 0; i < NR; i++) {
		struct snippet *s = &snippets[i];
		uint32_t last = s->where == AT_START ? 0 : 8 - s->width;

		s->code = codes[i];
		for (uint32_t offset = 0; offset <= last; offset++)
			for (unsigned int n = 0; n < ROUNDS; n++)
				once(s, offset, ((uint64_t)rnd() << 32 | rnd()) & ~PTE_P);
	}
	note("%u stores done, %u refused", done, refused);
	CHECK(done > 10 * NR && refused, "too few");
	/* Half in the next entry: not a store to an entry. */
	EXPECT(mmu_write(slot, 0), 0);
	EXPECT_FAULT(PF, *(volatile uint32_t *)((char *)slot + 6) = 0);
}
