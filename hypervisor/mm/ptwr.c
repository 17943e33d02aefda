/* SPDX-License-Identifier: MIT */
/*
 * The writable_pagetables assist.
 *
 * A kernel that stores to one of its L1 or L2 tables as if it were memory
 * faults, because tables are mapped read-only.  The store is decoded, checked
 * like any mmu_update, and done on the kernel's behalf, whether the kernel has
 * asked for the assist or not: Xen does so too, and there are kernels that count
 * on it (GNU Mach).  What is no store that we know, or not allowed, becomes the
 * kernel's page fault.  The option assist-off makes every one the kernel's.
 *
 * An entry has 8 bytes and the kernel may write any part of it: stock Linux up
 * to 5.8 clears the write bit with an AND of one byte.  When it is written in
 * two halves, the lower one, with the present bit, is written first when an
 * entry is cleared and last when it is made, so what stands between the halves
 * is not present.
 */
#include "boot.h"
#include "internal.h"
#include "l1_entry.h"
#include "mm.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "emulate/emulate.h"

/*
 * CMPXCHG and CMPXCHG8B on the operand at bit `at` of the entry: true when the
 * comparison held, and *new is then to be stored.
 */
static bool compare(const struct store *s, struct cpu_user_regs *regs, pte_t old, uint32_t at,
		    uint64_t *new)
{
	uint32_t memory = old.v >> at & store_mask(s->bytes), eflags = regs->eflags;
	bool equal;

	if (s->op == ST_CMPXCHG8B) {
		equal = old.v == ((uint64_t)regs->edx << 32 | regs->eax);
		*new = (uint64_t)regs->ecx << 32 | regs->ebx;
		if (!equal) {
			regs->eax = old.v;
			regs->edx = old.v >> 32;
		}
		regs->eflags = (regs->eflags & ~0x40) | (equal ? 0x40 : 0);
		return equal;
	}
	equal = compare_store(s, regs->eax, memory, &eflags);
	regs->eflags = eflags;
	*new = (old.v & ~((uint64_t)store_mask(s->bytes) << at)) | (uint64_t)s->value << at;
	if (!equal)
		set_store_reg(regs, REG_EAX, s->bytes, memory);
	return equal;
}

/* Perform the store on the entry at `slot` of `table`; false: not allowed. */
static bool perform(struct domain *d, struct page_info *table, const pte_t *slot,
		    const struct store *s, struct cpu_user_regs *regs)
{
	uint32_t at = (s->linear & 7) * 8, eflags = regs->eflags, keep, part;
	pte_t old = *slot;
	uint64_t new;

	if (s->op == ST_CMPXCHG || s->op == ST_CMPXCHG8B) {
		struct cpu_user_regs saved = *regs;

		if (!compare(s, regs, old, at, &new))
			return true;
		if (!entry_update(table, slot, PTE(new), 0, d, d))
			return true;
		*regs = saved;
		return false;
	}

	part = compute_store(s, old.v >> at & store_mask(s->bytes), &eflags);
	new = (old.v & ~((uint64_t)store_mask(s->bytes) << at)) | (uint64_t)part << at;
	/* Beside the bytes that are stored, the processor may set A and D at any moment. */
	keep = at ? PTE_A | PTE_D : 0;
	if (entry_update(table, slot, PTE(new), keep, d, d)) {
		/*
		 * The upper half of a present entry: the halves come in the
		 * wrong order, and the lower one will follow.  Until then the
		 * entry maps nothing.
		 */
		if (at < 32 || !(new &PTE_P) ||
		    entry_update(table, slot, PTE(new & ~PTE_P), 0, d, d))
			return false;
	}
	regs->eflags = eflags;
	if (s->reg >= 0)
		set_store_reg(regs, s->reg, s->bytes, old.v >> at);
	return true;
}

static void advance(const struct insn *in, const struct store *s, struct cpu_user_regs *regs)
{
	uint32_t step = regs->eflags & EFLAGS_DF ? -s->bytes : s->bytes;

	if (s->op == ST_STOS || s->op == ST_MOVS) {
		regs->edi += step;
		if (s->op == ST_MOVS)
			regs->esi += step;
		if ((in->rep || in->repne) && --regs->ecx)
			return;
	}
	regs->eip += in->length;
	regs->eflags &= ~EFLAGS_RF; /* the fault's, and used up */
	if (regs->eflags & EFLAGS_TF)
		inject_single_step();
}

/*
 * The validated L1 or L2 of this domain that va maps read-only; NULL: it maps
 * something else.  L2s are written so by kernels that copy a slot or two at
 * boot (GNU Mach).
 */
static struct page_info *mapped_table(struct domain *d, gva_t va)
{
	mfn_t table;
	pte_t e = guest_walk_l1(va, &table);
	struct page_info *p = mfn_to_page(pte_mfn(e));
	uint32_t type;

	if ((e.v & (PTE_P | PTE_RW)) != PTE_P || frame_is_io(pte_mfn(e)) || p->owner != d)
		return NULL;
	type = p->type & (PGT_type_mask | PGT_validated);
	return type == (PGT_l1 | PGT_validated) || type == (PGT_l2 | PGT_validated) ? p : NULL;
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
 * MOV of a register (89) or an immediate (C7 /0) to (%reg) or disp8(%reg), at
 * va, in a code segment known to be flat.  So are the others if the operand's
 * offset is va, for there the processor has found it to lie: nobody has to ask
 * them.  False: it is something else, or the code cannot be read; the long way
 * decides.
 */
static inline bool decode_plain_store(const struct vcpu *v, const struct cpu_user_regs *regs,
				      gva_t va, struct plain_store *s)
{
	uint32_t w0, w1, modrm, mod, rm, at;

	if (regs->cs != v->cpu.flat_cs || !guest_words_ok(v->domain, GVA(regs->eip), 8) ||
	    !get_guest_word(&w0, GVA(regs->eip)))
		return false;
	modrm = w0 >> 8 & 0xff;
	mod = modrm >> 6;
	rm = modrm & 7;
	/* 4: a SIB byte; 5 without a displacement: no base. */
	if (mod > 1 || rm == 4 || (rm == 5 && !mod))
		return false;
	at = gpr(regs, rm) + (mod ? (uint32_t)(int8_t)(w0 >> 16) : 0);
	if (at != va.a || va.a & 3)
		return false;
	s->length = 2 + mod;
	if ((w0 & 0xff) == 0x89) {
		s->value = gpr(regs, modrm >> 3 & 7);
		return true;
	}
	if ((w0 & 0xff) != 0xc7 || (modrm & 0x38) || !get_guest_word(&w1, GVA(regs->eip + 4)))
		return false;
	s->value = mod ? w0 >> 24 | w1 << 8 : w0 >> 16 | w1 << 16;
	s->length += 4;
	return true;
}

/* The slot behind va when that is a read-only view of a validated L1 of v's domain, or NULL. */
static inline const uint32_t *plain_slot(const struct vcpu *v, gva_t va, struct page_info **table)
{
	const uint32_t *e;
	mfn_t m;

	if (!guest_l1_slot(v, va, table, (const pte_t **)&e) ||
	    (e[0] & (PTE_LOW_P | PTE_LOW_RW)) != PTE_LOW_P)
		return NULL;
	m = halves_mfn(e[0], e[1]);
	*table = mfn_to_page(m);
	if (!mfn_valid(m) || (*table)->owner != v->domain ||
	    ((*table)->type & (PGT_type_mask | PGT_validated)) != (PGT_l1 | PGT_validated))
		return NULL;
	return map_table(m) + (va.a & (PAGE_SIZE - 1) & ~7U);
}

/* The common case of ptwr_fault(): one half of an entry by one plain store.  False: not done. */
static bool plain_store(struct vcpu *v, gva_t va, struct cpu_user_regs *regs)
{
	struct domain *d = v->domain;
	struct page_info *table;
	struct plain_store s;
	const uint32_t *slot;
	int rc = -XEN_EINVAL;

	if ((regs->eflags & EFLAGS_TF) || v->mm.old_table || !decode_plain_store(v, regs, va, &s))
		return false;
	spin_lock(&d->mm.lock);
	slot = plain_slot(v, va, &table);
	/* Beside a present half the processor may set A and D: those are not to be lost. */
	if (slot && !(va.a & 4 && slot[0] & PTE_LOW_P))
		rc = va.a & 4 ? l1_update(table, (const pte_t *)slot, slot[0], s.value, d, d)
			      : l1_update(table, (const pte_t *)slot, s.value, slot[1], d, d);
	spin_unlock(&d->mm.lock);
	if (rc)
		return false;
	count_emulated(emulated_site(regs), EMULATED_PT_STORE, true);
	regs->eip += s.length;
	return true;
}

/*
 * Ring 1 wrote to va, which it may only read, below the hypervisor; called
 * without locks, before the fault is the guest's.
 */
bool ptwr_fault(struct vcpu *v, gva_t va, struct cpu_user_regs *regs)
{
	struct domain *d = v->domain;
	struct page_info *table;
	struct store s;
	struct insn in;
	bool done = false;
	const pte_t *slot;

	if (options.assists_off & (1U << VMASST_TYPE_writable_pagetables))
		return false;
	if (plain_store(v, va, regs)) {
		count_way(WAY_PT_STORE, true);
		return true;
	}
	/* A cheap look first: most write faults of a kernel are its own affair. */
	if (!mapped_table(d, va) || !fetch_guest_insn(regs, &in) || !decode_store(&in, regs, &s))
		return false;
	/* Within one entry, and where the fault was. */
	if ((s.linear & 7) + s.bytes > sizeof(pte_t) || s.linear != va.a)
		return false;

	spin_lock(&d->mm.lock);
	/* What an L2 lets go of may take long, and has to find room; the store will fault again. */
	if (TRUST_WHEN(5, 112, v->mm.old_table) && finish_old_table(v)) {
		spin_unlock(&d->mm.lock);
		return true;
	}
	table = mapped_table(d, va);
	if (table) {
		slot = map_frame(page_to_mfn(table));
		done = perform(d, table, slot + (va.a & (PAGE_SIZE - 1)) / sizeof(pte_t), &s, regs);
		unmap_frame(slot);
	}
	spin_unlock(&d->mm.lock);
	if (done) {
		count_way(WAY_PT_STORE, false);
		count_emulated(emulated_site(regs), EMULATED_PT_STORE, true);
		advance(&in, &s, regs);
	}
	return done;
}
