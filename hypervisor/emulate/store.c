/* SPDX-License-Identifier: MIT */
/*
 * Stores of a kernel to memory that it may only read, decoded and computed:
 * store.h says which.  The arithmetic is the processor's own, flags included.
 */
#include "internal.h"
#include "mm/mm.h"

#define FLAGS_ARITH 0x8d5 /* OF SF ZF AF PF CF */
#define FLAG_CF     0x001
#define FLAG_PF     0x004
#define FLAG_ZF     0x040
#define FLAG_SF     0x080
#define FLAG_OF     0x800

/* ---- registers by width: 4 to 7 are AH to BH when a byte is meant ---- */

uint32_t store_reg(const struct cpu_user_regs *regs, uint8_t n, uint32_t bytes)
{
	bool high = bytes == 1 && n >= 4;
	uint32_t v = *insn_gpr((struct cpu_user_regs *)regs, high ? n - 4 : n);

	return (high ? v >> 8 : v) & store_mask(bytes);
}

void set_store_reg(struct cpu_user_regs *regs, uint8_t n, uint32_t bytes, uint32_t value)
{
	bool high = bytes == 1 && n >= 4;
	uint32_t *r = insn_gpr(regs, high ? n - 4 : n), shift = high ? 8 : 0;
	uint32_t mask = store_mask(bytes) << shift;

	*r = (*r & ~mask) | (value << shift & mask);
}

/* ---- decoding ---- */

static bool condition(uint32_t code, uint32_t f)
{
	bool sign = !(f & FLAG_SF) != !(f & FLAG_OF), holds;

	switch (code >> 1 & 7) {
	case 0:
		holds = f & FLAG_OF;
		break;
	case 1:
		holds = f & FLAG_CF;
		break;
	case 2:
		holds = f & FLAG_ZF;
		break;
	case 3:
		holds = f & (FLAG_CF | FLAG_ZF);
		break;
	case 4:
		holds = f & FLAG_SF;
		break;
	case 5:
		holds = f & FLAG_PF;
		break;
	case 6:
		holds = sign;
		break;
	default:
		holds = sign || f & FLAG_ZF;
	}
	return holds != (code & 1);
}

/* BTS, BTR, BTC: a bit number in a register reaches beyond the operand, either way. */
static bool decode_bit_op(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	static const uint8_t ops[] = { ST_BTS, ST_BTR, ST_BTC };
	uint32_t bits = in->opsize * 8;
	int32_t bit;

	s->bytes = in->opsize;
	if (in->opcode == 0xba) {
		if (in->reg < 5)
			return false;
		s->op = ops[in->reg - 5];
		s->value = in->imm & (bits - 1);
		return true;
	}
	if (in->opcode != 0xab && in->opcode != 0xb3 && in->opcode != 0xbb)
		return false;
	s->op = in->opcode == 0xab ? ST_BTS : in->opcode == 0xb3 ? ST_BTR : ST_BTC;
	bit = *insn_gpr(regs, in->reg);
	if (in->opsize == 2)
		bit = (int16_t)bit;
	s->value = bit & (bits - 1);
	s->linear = (uint32_t)((bit - (int32_t)s->value) / 8);
	return true;
}

static bool decode_0f(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	switch (in->opcode) {
	case 0x90 ... 0x9f:
		s->op = ST_SET;
		s->bytes = 1;
		s->value = condition(in->opcode, regs->eflags);
		return true;
	case 0xb0:
	case 0xb1:
		s->op = ST_CMPXCHG;
		s->value = store_reg(regs, in->reg, s->bytes);
		return true;
	case 0xc0:
	case 0xc1:
		s->op = ST_XADD;
		s->value = store_reg(regs, in->reg, s->bytes);
		s->reg = in->reg;
		return true;
	case 0xc3: /* MOVNTI */
		s->op = ST_SET;
		s->bytes = 4;
		s->value = *insn_gpr(regs, in->reg);
		return in->opsize == 4;
	case 0xc7:
		s->op = ST_CMPXCHG8B;
		s->bytes = 8;
		return in->reg == 1;
	default:
		return decode_bit_op(in, regs, s);
	}
}

/* By the second opcode digit of 00 to 31, and by the reg field of group 1; CMP stores nothing. */
static bool arithmetic(uint32_t n, struct store *s)
{
	s->op = ST_ADD + n;
	return n <= ST_XOR - ST_ADD;
}

/* C0, C1, D0 to D3 differ in where the count comes from.  No compiler makes RCL and RCR. */
static bool shift(const struct insn *in, const struct cpu_user_regs *regs, struct store *s)
{
	static const uint8_t ops[] = { ST_ROL, ST_ROR, 0, 0, ST_SHL, ST_SHR, ST_SHL, ST_SAR };

	s->op = ops[in->reg];
	s->value = in->opcode < 0xd0 ? in->imm : in->opcode < 0xd2 ? 1 : regs->ecx & 0xff;
	return in->reg != 2 && in->reg != 3;
}

static bool decode_map1(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	if (in->has_modrm)
		s->value = store_reg(regs, in->reg, s->bytes);
	switch (in->opcode & ~1) {
	case 0x00:
	case 0x08:
	case 0x10:
	case 0x18:
	case 0x20:
	case 0x28:
	case 0x30:
		return arithmetic(in->opcode >> 3, s);
	case 0x80: /* 81: a whole immediate */
	case 0x82: /* 83: a byte, sign-extended; 82 is 80 once more */
		s->value = insn_simm(in);
		return arithmetic(in->reg, s);
	case 0x86:
		s->op = ST_XCHG;
		s->reg = in->reg;
		return true;
	case 0x88:
		s->op = ST_SET;
		return true;
	case 0xa2:
		s->op = ST_SET;
		s->value = regs->eax;
		return true;
	case 0xa4:
		s->op = ST_MOVS;
		return true;
	case 0xaa:
		s->op = ST_STOS;
		s->value = regs->eax;
		return true;
	case 0xc0:
	case 0xd0:
	case 0xd2:
		return shift(in, regs, s);
	case 0xc6:
		s->op = ST_SET;
		s->value = in->imm;
		return in->reg == 0;
	case 0xf6:
		s->op = in->reg == 2 ? ST_NOT : ST_NEG;
		return in->reg == 2 || in->reg == 3;
	case 0xfe:
		s->op = in->reg == 0 ? ST_INC : ST_DEC;
		return in->reg <= 1;
	}
	return false;
}

/* String instructions: one element at a time; a REP comes back by itself. */
static bool decode_string(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	uint32_t source;

	if (in->addrsize != 4 || ((in->rep || in->repne) && !regs->ecx))
		return false;
	if (!insn_linear(regs, SEG_ES, regs->edi, s->bytes, true, &s->linear))
		return false;
	if (s->op == ST_STOS)
		return true;
	return insn_linear(regs, in->segment, regs->esi, s->bytes, false, &source) &&
	       !copy_from_guest_raw(&s->value, GVA(source), s->bytes);
}

bool decode_store(const struct insn *in, struct cpu_user_regs *regs, struct store *s)
{
	uint32_t beyond;

	/* Nearly all come in pairs: an even opcode for a byte, and the odd one. */
	*s = (struct store){ .bytes = in->opcode & 1 ? in->opsize : 1, .reg = -1 };
	if (in->map == MAP_1 ? !decode_map1(in, regs, s)
			     : in->map != MAP_0F || !decode_0f(in, regs, s))
		return false;
	if (s->op == ST_STOS || s->op == ST_MOVS)
		return decode_string(in, regs, s);
	beyond = s->linear;
	return in->has_mem && insn_linear(regs, in->segment, insn_mem_offset(in, regs) + beyond,
					  s->bytes, true, &s->linear);
}

/* ---- computing ---- */

/*
 * The instruction itself, on a register of the operand's width, with the
 * guest's arithmetic flags going in and coming out.  Its second operand is ECX,
 * which is CL for a shift by a number.
 */
#define RUN(text)                                                              \
	__asm__ volatile("push	%[f]\n\tpopf\n\t" text "\n\tpushf\n\tpop	%[f]" \
			 : [r] "+q"(r), [f] "+r"(f)                            \
			 : [s] "c"(s->value)                                   \
			 : "cc", "memory")
#define RUN_BINARY(op)                           \
	do {                                     \
		if (s->bytes == 1)               \
			RUN(op " %b[s], %b[r]"); \
		else if (s->bytes == 2)          \
			RUN(op " %w[s], %w[r]"); \
		else                             \
			RUN(op " %k[s], %k[r]"); \
	} while (0)
#define RUN_UNARY(op)                     \
	do {                              \
		if (s->bytes == 1)        \
			RUN(op " %b[r]"); \
		else if (s->bytes == 2)   \
			RUN(op " %w[r]"); \
		else                      \
			RUN(op " %k[r]"); \
	} while (0)
#define RUN_SHIFT(op) RUN_UNARY(op " %%cl,")

static uint32_t bit_op(const struct store *s, uint32_t old, uint32_t *eflags)
{
	uint32_t bit = 1U << s->value;

	*eflags = (*eflags & ~FLAG_CF) | (old & bit ? FLAG_CF : 0);
	return s->op == ST_BTS ? old | bit : s->op == ST_BTR ? old & ~bit : old ^ bit;
}

static uint32_t run(const struct store *s, uint32_t old, uint32_t *flags)
{
	unsigned long r = old, f = *flags;

	switch (s->op) {
	case ST_ADD:
	case ST_XADD:
		RUN_BINARY("add");
		break;
	case ST_OR:
		RUN_BINARY("or");
		break;
	case ST_ADC:
		RUN_BINARY("adc");
		break;
	case ST_SBB:
		RUN_BINARY("sbb");
		break;
	case ST_AND:
		RUN_BINARY("and");
		break;
	case ST_SUB:
		RUN_BINARY("sub");
		break;
	case ST_XOR:
		RUN_BINARY("xor");
		break;
	case ST_INC:
		RUN_UNARY("inc");
		break;
	case ST_DEC:
		RUN_UNARY("dec");
		break;
	case ST_NOT:
		RUN_UNARY("not");
		break;
	case ST_NEG:
		RUN_UNARY("neg");
		break;
	case ST_ROL:
		RUN_SHIFT("rol");
		break;
	case ST_ROR:
		RUN_SHIFT("ror");
		break;
	case ST_SHL:
		RUN_SHIFT("shl");
		break;
	case ST_SHR:
		RUN_SHIFT("shr");
		break;
	default: /* ST_SAR */
		RUN_SHIFT("sar");
	}
	*flags = f;
	return r;
}

uint32_t compute_store(const struct store *s, uint32_t old, uint32_t *eflags)
{
	uint32_t flags = *eflags & FLAGS_ARITH, r;

	if (s->op < ST_BTS)
		return s->value & store_mask(s->bytes);
	if (s->op < ST_ADD)
		return bit_op(s, old, eflags);
	r = run(s, old, &flags);
	*eflags = (*eflags & ~FLAGS_ARITH) | (flags & FLAGS_ARITH);
	return r & store_mask(s->bytes);
}

bool compare_store(const struct store *s, uint32_t accumulator, uint32_t memory, uint32_t *eflags)
{
	const struct store sub = { .op = ST_SUB, .bytes = s->bytes, .value = memory };

	return !compute_store(&sub, accumulator & store_mask(s->bytes), eflags);
}
