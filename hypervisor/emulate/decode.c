/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder of decode.h: two tables of one byte per opcode and
 * a walk over the bytes.  What the tables call bad is never emulated; the
 * guest then simply gets the exception that the processor raised.
 */
#include "decode.h"

#define M   0x10 /* a ModRM byte follows */
#define IMM 0x0f /* what follows that: one of these */
enum {
	I_0,  /* nothing */
	I_B,  /* a byte */
	I_W,  /* two bytes */
	I_Z,  /* two or four bytes, by operand size */
	I_WB, /* ENTER: two and one */
	I_A,  /* an address of the address size (moffs) */
	I_P,  /* far pointer: I_Z, then a selector */
	I_3B, /* group 3: a byte, for TEST only */
	I_3Z, /* group 3: I_Z, for TEST only */
};
#define BAD 0x80 /* undefined, a prefix or an escape handled elsewhere */
#define MB  (M | I_B)
#define MZ  (M | I_Z)

/* Sixteen opcodes a line. */
/* clang-format off */
static const uint8_t one_byte[256] = {
	/* 00 */ M, M, M, M, I_B, I_Z, 0, 0, M, M, M, M, I_B, I_Z, 0, BAD,
	/* 10 */ M, M, M, M, I_B, I_Z, 0, 0, M, M, M, M, I_B, I_Z, 0, 0,
	/* 20 */ M, M, M, M, I_B, I_Z, BAD, 0, M, M, M, M, I_B, I_Z, BAD, 0,
	/* 30 */ M, M, M, M, I_B, I_Z, BAD, 0, M, M, M, M, I_B, I_Z, BAD, 0,
	/* 40 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* 50 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* 60 */ 0, 0, M, M, BAD, BAD, BAD, BAD, I_Z, MZ, I_B, MB, 0, 0, 0, 0,
	/* 70 */ I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B,
	/* 80 */ MB, MZ, MB, MB, M, M, M, M, M, M, M, M, M, M, M, M,
	/* 90 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, I_P, 0, 0, 0, 0, 0,
	/* A0 */ I_A, I_A, I_A, I_A, 0, 0, 0, 0, I_B, I_Z, 0, 0, 0, 0, 0, 0,
	/* B0 */ I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z,
	/* C0 */ MB, MB, I_W, 0, M, M, MB, MZ, I_WB, 0, I_W, 0, 0, I_B, 0, 0,
	/* D0 */ M, M, M, M, I_B, I_B, 0, 0, M, M, M, M, M, M, M, M,
	/* E0 */ I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_B, I_Z, I_Z, I_P, I_B, 0, 0, 0, 0,
	/* F0 */ BAD, 0, BAD, BAD, 0, 0, M | I_3B, M | I_3Z, 0, 0, 0, 0, 0, 0, M, M,
};

static const uint8_t two_byte[256] = {
	/* 00 */ M, M, M, M, BAD, 0, 0, 0, 0, 0, BAD, 0, BAD, M, 0, MB,
	/* 10 */ M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	/* 20 */ M, M, M, M, BAD, BAD, BAD, BAD, M, M, M, M, M, M, M, M,
	/* 30 */ 0, 0, 0, 0, 0, 0, BAD, 0, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	/* 40 */ M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	/* 50 */ M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	/* 60 */ M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	/* 70 */ MB, MB, MB, MB, M, M, M, 0, BAD, M, BAD, BAD, M, M, M, M,
	/* 80 */ I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z, I_Z,
	/* 90 */ M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	/* A0 */ 0, 0, 0, M, MB, M, BAD, BAD, 0, 0, 0, M, MB, M, M, M,
	/* B0 */ M, M, M, M, M, M, M, M, M, BAD, MB, M, M, M, M, M,
	/* C0 */ M, M, MB, M, MB, MB, MB, M, 0, 0, 0, 0, 0, 0, 0, 0,
	/* D0 */ M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	/* E0 */ M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	/* F0 */ M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, BAD,
};
/* clang-format on */

struct cursor {
	const uint8_t *p;
	size_t left;
};

static bool take(struct cursor *c, uint32_t bytes, uint32_t *value)
{
	uint32_t v = 0;

	if (c->left < bytes)
		return false;
	for (uint32_t i = 0; i < bytes; i++)
		v |= (uint32_t)c->p[i] << (8 * i);
	c->p += bytes;
	c->left -= bytes;
	*value = v;
	return true;
}

/* Consume prefixes; *next is the first byte that is none. */
static bool take_prefixes(struct cursor *c, struct insn *i, uint8_t *next)
{
	static const uint8_t override[] = {
		[0x26] = SEG_ES + 1, [0x2e] = SEG_CS + 1, [0x36] = SEG_SS + 1,
		[0x3e] = SEG_DS + 1, [0x64] = SEG_FS + 1, [0x65] = SEG_GS + 1,
	};
	uint32_t b;

	for (;;) {
		if (!take(c, 1, &b))
			return false;
		if (b < sizeof(override) && override[b]) {
			i->segment = override[b] - 1;
			i->segment_override = true;
		} else if (b == 0x66) {
			i->opsize = 2;
		} else if (b == 0x67) {
			i->addrsize = 2;
		} else if (b == 0xf0) {
			i->lock = true;
		} else if (b == 0xf2 || b == 0xf3) {
			i->repne = b == 0xf2; /* the last one counts */
			i->rep = b == 0xf3;
		} else {
			*next = b;
			return true;
		}
	}
}

static bool take_disp(struct cursor *c, struct insn *i, uint32_t bytes)
{
	uint32_t v;

	if (!take(c, bytes, &v))
		return false;
	i->disp = bytes == 1 ? (int8_t)v : bytes == 2 ? (int16_t)v : (int32_t)v;
	return true;
}

/* The eight base and index pairs of 16-bit addressing. */
static bool take_mem16(struct cursor *c, struct insn *i)
{
	static const uint8_t base[8] = {
		REG_EBX, REG_EBX, REG_EBP, REG_EBP, REG_ESI, REG_EDI, REG_EBP, REG_EBX,
	};
	static const uint8_t index[8] = {
		REG_ESI, REG_EDI, REG_ESI, REG_EDI, REG_NONE, REG_NONE, REG_NONE, REG_NONE,
	};

	if (i->mod == 0 && i->rm == 6)
		return take_disp(c, i, 2);
	i->base = base[i->rm];
	i->index = index[i->rm];
	return i->mod == 0 || take_disp(c, i, i->mod);
}

static bool take_mem32(struct cursor *c, struct insn *i)
{
	uint32_t sib, disp = i->mod == 1 ? 1 : i->mod == 2 ? 4 : 0;

	i->base = i->rm;
	if (i->rm == 4) {
		if (!take(c, 1, &sib))
			return false;
		i->base = sib & 7;
		i->scale = 1 << (sib >> 6);
		if ((sib >> 3 & 7) != 4)
			i->index = sib >> 3 & 7;
	}
	if (i->mod == 0 && i->base == 5) {
		i->base = REG_NONE;
		disp = 4;
	}
	return !disp || take_disp(c, i, disp);
}

static bool take_modrm(struct cursor *c, struct insn *i)
{
	uint32_t b;

	if (!take(c, 1, &b))
		return false;
	i->has_modrm = true;
	i->modrm = b;
	i->mod = b >> 6;
	i->reg = b >> 3 & 7;
	i->rm = b & 7;
	/* Moves to and from control and debug registers have no memory form: mod is ignored. */
	if (i->map == MAP_0F && (i->opcode & 0xfc) == 0x20)
		i->mod = 3;
	if (i->mod == 3)
		return true;
	i->has_mem = true;
	if (!(i->addrsize == 2 ? take_mem16(c, i) : take_mem32(c, i)))
		return false;
	if (!i->segment_override && (i->base == REG_EBP || i->base == REG_ESP))
		i->segment = SEG_SS;
	return true;
}

static bool take_imm(struct cursor *c, struct insn *i, uint32_t kind)
{
	uint32_t v;

	switch (kind) {
	case I_3B:
	case I_3Z:
		if (i->reg > 1)
			return true;
		i->imm_size = kind == I_3B ? 1 : i->opsize;
		break;
	case I_B:
		i->imm_size = 1;
		break;
	case I_W:
	case I_WB:
		i->imm_size = 2;
		break;
	case I_Z:
	case I_P:
		i->imm_size = i->opsize;
		break;
	case I_A:
		i->has_mem = true;
		if (!take(c, i->addrsize, &v))
			return false;
		i->disp = (int32_t)v;
		return true;
	default:
		return true;
	}
	if (!take(c, i->imm_size, &i->imm))
		return false;
	if (kind == I_P || kind == I_WB) {
		if (!take(c, kind == I_P ? 2 : 1, &v))
			return false;
		i->imm2 = v;
	}
	return true;
}

/* C4, C5, 62 and 8F introduce other encodings unless they are LES, LDS, BOUND and POP. */
static bool other_encoding(const struct insn *i)
{
	if (i->map != MAP_1)
		return false;
	switch (i->opcode) {
	case 0xc4:
	case 0xc5:
	case 0x62:
		return i->mod == 3;
	case 0x8f:
		return i->reg != 0;
	default:
		return false;
	}
}

bool decode_insn(const uint8_t *bytes, size_t avail, struct insn *i)
{
	struct cursor c = { bytes, MIN(avail, (size_t)INSN_MAX_LENGTH) };
	uint32_t b;
	uint8_t attr;

	*i = (struct insn){
		.opsize = 4,
		.addrsize = 4,
		.segment = SEG_DS,
		.base = REG_NONE,
		.index = REG_NONE,
		.scale = 1,
	};
	if (!take_prefixes(&c, i, &i->opcode))
		return false;
	attr = one_byte[i->opcode];
	if (i->opcode == 0x0f) {
		if (!take(&c, 1, &b))
			return false;
		i->opcode = b;
		i->map = MAP_0F;
		attr = two_byte[b];
		if (b == 0x38 || b == 0x3a) {
			i->map = b == 0x38 ? MAP_0F38 : MAP_0F3A;
			attr = b == 0x38 ? M : MB;
			if (!take(&c, 1, &b))
				return false;
			i->opcode = b;
		}
	}
	if (attr & BAD)
		return false;
	if ((attr & M) && !take_modrm(&c, i))
		return false;
	if (other_encoding(i) || !take_imm(&c, i, attr & IMM))
		return false;
	i->length = c.p - bytes;
	return true;
}
