/* SPDX-License-Identifier: MIT */
/*
 * The writable_pagetables assist.
 *
 * A kernel that stores to one of its L1 tables as if it were memory faults,
 * because tables are mapped read-only.  With the assist on, the store is
 * decoded, checked like any mmu_update, and done on the kernel's behalf.  What
 * is no store that we know, or not allowed, becomes the kernel's page fault.
 *
 * An entry has 8 bytes and the kernel may write it in two halves.  The lower
 * half, with the present bit, is written first when an entry is cleared and
 * last when it is made, so what stands between the halves is not present.
 */
#include "decode.h"
#include "emulated.h"
#include "guest_word.h"
#include "internal.h"
#include "l1_entry.h"
#include "traps.h"
#include "x86.h"

#define FLAGS_ARITH 0x8d5 /* OF SF ZF AF PF CF */

/* A store, decoded: where, how wide, and what comes of the old value. */
struct store {
	enum {
		ST_MOV,
		ST_XCHG,
		ST_AND,
		ST_OR,
		ST_XOR,
		ST_BTS,
		ST_BTR,
		ST_BTC,
		ST_CMPXCHG,
		ST_CMPXCHG8B,
		ST_STOS,
		ST_MOVS
	} op;
	uint32_t linear, bytes; /* 4 or 8 */
	uint32_t value;         /* operand; a bit number for ST_BT* */
	uint32_t *reg;          /* register that takes the old value (ST_XCHG) */
};

static bool decode_bit_op(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	static const uint8_t ops[] = { 0, ST_BTS, ST_BTR, ST_BTC }; /* by /4 .. /7 */

	if (in->opcode == 0xba && in->reg >= 5) {
		s->op = ops[in->reg - 4];
		s->value = in->imm & 31;
		return true;
	}
	if (in->opcode != 0xab && in->opcode != 0xb3 && in->opcode != 0xbb)
		return false;
	s->op = in->opcode == 0xab ? ST_BTS : in->opcode == 0xb3 ? ST_BTR : ST_BTC;
	s->value = *insn_gpr(regs, in->reg);
	/* A register bit number reaches beyond the operand; such code is rare and left alone. */
	return s->value < 32;
}

static bool decode_group1(const struct insn *in, struct store *s)
{
	s->value = insn_simm(in);
	s->op = in->reg == 1 ? ST_OR : in->reg == 4 ? ST_AND : ST_XOR;
	return in->reg == 1 || in->reg == 4 || in->reg == 6;
}

static bool decode_operation(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	if (in->map == MAP_0F && in->opcode == 0xc7 && in->reg == 1) {
		s->op = ST_CMPXCHG8B;
		s->bytes = 8;
		return true;
	}
	if (in->opsize != 4)
		return false;
	if (in->map == MAP_0F && in->opcode == 0xb1) {
		s->op = ST_CMPXCHG;
		s->value = *insn_gpr(regs, in->reg);
		return true;
	}
	if (in->map == MAP_0F)
		return decode_bit_op(in, regs, s);
	if (in->map != MAP_1)
		return false;

	if (in->has_modrm)
		s->value = *insn_gpr(regs, in->reg);
	switch (in->opcode) {
	case 0x89:
		s->op = ST_MOV;
		return true;
	case 0xa3:
		s->op = ST_MOV;
		s->value = regs->eax;
		return true;
	case 0xc7:
		s->op = ST_MOV;
		s->value = in->imm;
		return in->reg == 0;
	case 0x87:
		s->op = ST_XCHG;
		s->reg = insn_gpr(regs, in->reg);
		return true;
	case 0x09:
		s->op = ST_OR;
		return true;
	case 0x21:
		s->op = ST_AND;
		return true;
	case 0x31:
		s->op = ST_XOR;
		return true;
	case 0x81:
	case 0x83:
		return decode_group1(in, s);
	case 0xab:
		s->op = ST_STOS;
		s->value = regs->eax;
		return true;
	case 0xa5:
		s->op = ST_MOVS;
		return true;
	}
	return false;
}

/* String instructions: one element at a time; a REP comes back by itself. */
static bool decode_string(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	uint32_t source;

	if (in->addrsize != 4 || (in->rep && !regs->ecx))
		return false;
	if (!insn_linear(regs, SEG_ES, regs->edi, 4, true, &s->linear))
		return false;
	if (s->op == ST_STOS)
		return true;
	return insn_linear(regs, in->segment, regs->esi, 4, false, &source) &&
	       !copy_from_guest_raw(&s->value, GVA(source), 4);
}

static bool decode_store(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	s->bytes = 4;
	s->reg = NULL;
	if (!decode_operation(in, regs, s))
		return false;
	if (s->op == ST_STOS || s->op == ST_MOVS)
		return decode_string(in, regs, s);
	return in->has_mem && insn_linear(regs, in->segment, insn_mem_offset(in, regs), s->bytes,
					  true, &s->linear);
}

#define WITH_FLAGS(insn, flags, a, b) \
	__asm__(insn " %2, %0\n\tpushf\n\tpop %1" : "+r"(a), "=r"(flags) : "r"(b) : "cc")

/* The new value of the 32-bit operand, and the flags it leaves in *eflags. */
static uint32_t compute(const struct store *s, uint32_t old, uint32_t *eflags)
{
	uint32_t bit = 1U << (s->value & 31), flags = *eflags, r = old;

	switch (s->op) {
	case ST_AND:
		WITH_FLAGS("and", flags, r, s->value);
		break;
	case ST_OR:
		WITH_FLAGS("or", flags, r, s->value);
		break;
	case ST_XOR:
		WITH_FLAGS("xor", flags, r, s->value);
		break;
	case ST_BTS:
	case ST_BTR:
	case ST_BTC:
		flags = (flags & ~EFLAGS_CF) | (old & bit ? EFLAGS_CF : 0);
		r = s->op == ST_BTS ? old | bit : s->op == ST_BTR ? old & ~bit : old ^ bit;
		break;
	default:
		r = s->value;
	}
	*eflags = (*eflags & ~FLAGS_ARITH) | (flags & FLAGS_ARITH);
	return r;
}

/* CMPXCHG and CMPXCHG8B: true when the comparison held, *new is then to be stored. */
static bool compare(const struct store *s, struct cpu_user_regs *regs, pte_t old, uint64_t *new)
{
	uint32_t shift = s->linear & 4 ? 32 : 0, memory = old.v >> shift, flags, eax = regs->eax;

	if (s->op == ST_CMPXCHG8B) {
		bool equal = old.v == ((uint64_t)regs->edx << 32 | regs->eax);

		*new = (uint64_t)regs->ecx << 32 | regs->ebx;
		if (!equal) {
			regs->eax = old.v;
			regs->edx = old.v >> 32;
		}
		regs->eflags = (regs->eflags & ~0x40) | (equal ? 0x40 : 0);
		return equal;
	}
	WITH_FLAGS("cmp", flags, eax, memory);
	regs->eflags = (regs->eflags & ~FLAGS_ARITH) | (flags & FLAGS_ARITH);
	*new = (old.v & ~(0xffffffffULL << shift)) | (uint64_t)s->value << shift;
	if (memory != regs->eax)
		regs->eax = memory;
	return flags & 0x40;
}

/* Perform the store on the entry at `slot` of L1 `table`; false: not allowed. */
static bool perform(struct domain *d, struct page_info *table, pte_t *slot, const struct store *s,
		    struct cpu_user_regs *regs)
{
	uint32_t shift = s->linear & 4 ? 32 : 0, eflags = regs->eflags;
	pte_t old = *slot;
	uint64_t new;

	if (s->op == ST_CMPXCHG || s->op == ST_CMPXCHG8B) {
		struct cpu_user_regs saved = *regs;

		if (!compare(s, regs, old, &new))
			return true;
		if (!mod_l1_entry(table, slot, PTE(new), 0, d, d))
			return true;
		*regs = saved;
		return false;
	}

	new = (old.v & ~(0xffffffffULL << shift)) | (uint64_t)compute(s, old.v >> shift, &eflags)
							    << shift;
	if (mod_l1_entry(table, slot, PTE(new), 0, d, d)) {
		/*
		 * The upper half of a present entry: the halves come in the
		 * wrong order, and the lower one will follow.  Until then the
		 * entry maps nothing.
		 */
		if (!shift || !(new &PTE_P) ||
		    mod_l1_entry(table, slot, PTE(new & ~PTE_P), 0, d, d))
			return false;
	}
	if (s->op >= ST_AND && s->op <= ST_BTC)
		regs->eflags = eflags;
	if (s->reg)
		*s->reg = old.v >> shift;
	return true;
}

static void advance(const struct insn *in, const struct store *s, struct cpu_user_regs *regs)
{
	uint32_t step = regs->eflags & EFLAGS_DF ? -4U : 4U;

	if (s->op == ST_STOS || s->op == ST_MOVS) {
		regs->edi += step;
		if (s->op == ST_MOVS)
			regs->esi += step;
		if (in->rep && --regs->ecx)
			return;
	}
	regs->eip += in->length;
	regs->eflags &= ~EFLAGS_RF; /* the fault's, and used up */
	if (regs->eflags & EFLAGS_TF)
		inject_single_step();
}

/* The validated L1 of this domain that va maps read-only; NULL: it maps something else. */
static struct page_info *mapped_l1(struct domain *d, uint32_t va)
{
	mfn_t table;
	pte_t e = guest_walk_l1(va, &table);
	struct page_info *p = mfn_to_page(pte_mfn(e));

	if ((e.v & (PTE_P | PTE_RW)) != PTE_P || frame_is_io(pte_mfn(e)) || p->owner != d)
		return NULL;
	return (p->type & (PGT_type_mask | PGT_validated)) == (PGT_l1 | PGT_validated) ? p : NULL;
}

/* Registers by their numbers in a ModRM byte. */
static inline uint32_t gpr(const struct cpu_user_regs *regs, uint32_t n)
{
	static const uint8_t at[8] = {
		offsetof(struct cpu_user_regs, eax), offsetof(struct cpu_user_regs, ecx),
		offsetof(struct cpu_user_regs, edx), offsetof(struct cpu_user_regs, ebx),
		offsetof(struct cpu_user_regs, esp), offsetof(struct cpu_user_regs, ebp),
		offsetof(struct cpu_user_regs, esi), offsetof(struct cpu_user_regs, edi),
	};

	return *(const uint32_t *)((const char *)regs + at[n]);
}

/* A plain store, as compilers write it: what, and how long the instruction is. */
struct plain_store {
	uint32_t value, length;
};

/*
 * MOV of a register (89) or an immediate (C7 /0) to (%reg) or disp8(%reg), in
 * the hypervisor's flat segments, at va.  False: it is something else, or the
 * code cannot be read; the long way decides.
 */
static inline bool decode_plain_store(const struct domain *d, const struct cpu_user_regs *regs,
				      uint32_t va, struct plain_store *s)
{
	uint32_t w0, w1, modrm, mod, rm, at;

	if (regs->cs != FLAT_KERNEL_CS || regs->ds != FLAT_KERNEL_DS ||
	    !guest_words_ok(d, regs->eip, 8) || !get_guest_word(&w0, regs->eip))
		return false;
	modrm = w0 >> 8 & 0xff;
	mod = modrm >> 6;
	rm = modrm & 7;
	/* 4: a SIB byte; 5: no base, or EBP and so the stack's segment. */
	if (mod > 1 || rm == 4 || (rm == 5 && (!mod || regs->ss != FLAT_KERNEL_SS)))
		return false;
	at = gpr(regs, rm) + (mod ? (uint32_t)(int8_t)(w0 >> 16) : 0);
	if (at != va || va & 3)
		return false;
	s->length = 2 + mod;
	if ((w0 & 0xff) == 0x89) {
		s->value = gpr(regs, modrm >> 3 & 7);
		return true;
	}
	if ((w0 & 0xff) != 0xc7 || (modrm & 0x38) || !get_guest_word(&w1, regs->eip + 4))
		return false;
	s->value = mod ? w0 >> 24 | w1 << 8 : w0 >> 16 | w1 << 16;
	s->length += 4;
	return true;
}

/* The slot behind va when that is a read-only view of a validated L1 of v's domain, or NULL. */
static inline uint32_t *plain_slot(const struct vcpu *v, uint32_t va, struct page_info **table)
{
	const uint32_t *e = (const uint32_t *)guest_l1_slot(v, va, table);
	mfn_t m;

	if (!e || (e[0] & (PTE_LOW_P | PTE_LOW_RW)) != PTE_LOW_P)
		return NULL;
	m = halves_mfn(e[0], e[1]);
	*table = mfn_to_page(m);
	if (!mfn_valid(m) || (*table)->owner != v->domain ||
	    ((*table)->type & (PGT_type_mask | PGT_validated)) != (PGT_l1 | PGT_validated))
		return NULL;
	return map_table(m) + (va & (PAGE_SIZE - 1) & ~7U);
}

/* The common case of ptwr_fault(): one half of an entry by one plain store.  False: not done. */
static bool plain_store(struct vcpu *v, uint32_t va, struct cpu_user_regs *regs)
{
	struct domain *d = v->domain;
	struct page_info *table;
	struct plain_store s;
	uint32_t *slot;
	int rc = -XEN_EINVAL;

	if ((regs->eflags & EFLAGS_TF) || v->old_table || !decode_plain_store(d, regs, va, &s))
		return false;
	spin_lock(&d->mm_lock);
	slot = plain_slot(v, va, &table);
	/* Beside a present half the processor may set A and D: those are not to be lost. */
	if (slot && !(va & 4 && slot[0] & PTE_LOW_P))
		rc = va & 4 ? l1_update(table, (pte_t *)slot, slot[0], s.value, d, d)
			    : l1_update(table, (pte_t *)slot, s.value, slot[1], d, d);
	spin_unlock(&d->mm_lock);
	if (rc)
		return false;
	count_emulated(emulated_site(regs), EMULATED_PT_STORE, true);
	regs->eip += s.length;
	return true;
}

/* A page fault at va; called without locks, before the fault is the guest's. */
bool ptwr_fault(struct vcpu *v, uint32_t va, struct cpu_user_regs *regs, uint32_t error_code)
{
	struct domain *d = v->domain;
	struct page_info *table;
	struct store s;
	struct insn in;
	bool done = false;
	pte_t *slot;

	if (!(d->vm_assist & (1U << VMASST_TYPE_writable_pagetables)) || !guest_kernel_mode(regs) ||
	    error_code != (PF_PRESENT | PF_WRITE) || va >= guest_range_end(d))
		return false;
	if (plain_store(v, va, regs))
		return true;
	/* A cheap look first: most write faults of a kernel are its own affair. */
	if (!mapped_l1(d, va) || !fetch_guest_insn(regs, &in) || !decode_store(&in, regs, &s))
		return false;
	/* One aligned half or whole of one entry, where the fault was. */
	if ((s.linear & (s.bytes - 1)) || s.linear != va)
		return false;

	spin_lock(&d->mm_lock);
	table = mapped_l1(d, va);
	if (table) {
		slot = map_frame(page_to_mfn(table));
		done = perform(d, table, slot + (va & (PAGE_SIZE - 1)) / sizeof(pte_t), &s, regs);
		unmap_frame(slot);
	}
	spin_unlock(&d->mm_lock);
	if (done) {
		count_emulated(emulated_site(regs), EMULATED_PT_STORE, true);
		advance(&in, &s, regs);
	}
	return done;
}
