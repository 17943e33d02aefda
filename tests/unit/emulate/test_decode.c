/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/emulate/decode.c */
/* cflags: -Wno-unused-parameter */
/* libs: -lcapstone */
/*
 * The instruction decoder: known encodings field by field, and a million random
 * ones whose lengths and memory operands must agree with Capstone's.
 * CPU_SEED=N repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include <capstone/capstone.h>

#include "emulate/decode.h"

#define RANDOM_INSNS 1000000

static uint64_t rng_state;

static uint32_t rng(void)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return rng_state >> 33;
}

#define D(i, ...)                                                             \
	do {                                                                  \
		static const uint8_t code_[] = { __VA_ARGS__ };               \
		assert_true(decode_insn(code_, sizeof(code_), &(i)));         \
		assert_int_equal((i).length, sizeof(code_));                  \
		/* One byte less is never enough. */                          \
		struct insn short_;                                           \
		assert_false(decode_insn(code_, sizeof(code_) - 1, &short_)); \
	} while (0)

static void control_registers(void **state)
{
	struct insn i;

	D(i, 0x0f, 0x22, 0xd8); /* mov %eax, %cr3 */
	assert_int_equal(i.map, MAP_0F);
	assert_int_equal(i.opcode, 0x22);
	assert_int_equal(i.reg, 3);
	assert_int_equal(i.rm, REG_EAX);
	assert_false(i.has_mem);
	D(i, 0x0f, 0x20, 0x06); /* mod 0 means a register here too */
	assert_int_equal(i.rm, REG_ESI);
	assert_false(i.has_mem);
	D(i, 0x0f, 0x01, 0x3c, 0x24); /* invlpg (%esp) */
	assert_int_equal(i.reg, 7);
	assert_int_equal(i.base, REG_ESP);
	assert_int_equal(i.segment, SEG_SS);
	D(i, 0x0f, 0x01, 0xd1); /* xsetbv */
	assert_int_equal(i.modrm, 0xd1);
}

static void memory_operands(void **state)
{
	struct insn i;

	D(i, 0x65, 0xa1, 0xfc, 0xff, 0xff, 0xff); /* mov %gs:-4, %eax */
	assert_true(i.has_mem);
	assert_int_equal(i.segment, SEG_GS);
	assert_int_equal(i.base, REG_NONE);
	assert_int_equal(i.disp, -4);
	D(i, 0x89, 0x44, 0x8d, 0x80); /* mov %eax, -128(%ebp,%ecx,4) */
	assert_int_equal(i.base, REG_EBP);
	assert_int_equal(i.index, REG_ECX);
	assert_int_equal(i.scale, 4);
	assert_int_equal(i.disp, -128);
	assert_int_equal(i.segment, SEG_SS);
	D(i, 0x3e, 0x89, 0x45, 0x00); /* the override wins over EBP's default */
	assert_int_equal(i.segment, SEG_DS);
	D(i, 0x8b, 0x04, 0x25, 1, 2, 3, 4); /* no base: disp32 behind the SIB */
	assert_int_equal(i.base, REG_NONE);
	assert_int_equal(i.index, REG_NONE);
	assert_int_equal(i.disp, 0x04030201);
	D(i, 0x67, 0x8b, 0x42, 0xfe); /* mov -2(%bp,%si), %eax */
	assert_int_equal(i.addrsize, 2);
	assert_int_equal(i.base, REG_EBP);
	assert_int_equal(i.index, REG_ESI);
	assert_int_equal(i.disp, -2);
	D(i, 0x67, 0x8b, 0x06, 0x34, 0x12);
	assert_int_equal(i.base, REG_NONE);
	assert_int_equal(i.disp, 0x1234);
}

static void page_table_stores(void **state)
{
	struct insn i;

	D(i, 0xc7, 0x00, 0x67, 0x10, 0x20, 0x30); /* movl $0x30201067, (%eax) */
	assert_int_equal(i.imm, 0x30201067);
	assert_int_equal(i.imm_size, 4);
	D(i, 0xf0, 0x0f, 0xc7, 0x0f); /* lock cmpxchg8b (%edi) */
	assert_true(i.lock);
	assert_int_equal(i.reg, 1);
	assert_int_equal(i.base, REG_EDI);
	D(i, 0xf0, 0x0f, 0xb1, 0x0b); /* lock cmpxchg %ecx, (%ebx) */
	assert_int_equal(i.opcode, 0xb1);
	D(i, 0x83, 0x20, 0xfd); /* andl $-3, (%eax) */
	assert_int_equal(insn_simm(&i), -3);
	D(i, 0xf6, 0x00, 0x01); /* testb $1, (%eax) */
	assert_int_equal(i.imm_size, 1);
	D(i, 0xf7, 0x10); /* notl (%eax): no immediate */
	assert_int_equal(i.imm_size, 0);
	D(i, 0x0f, 0xba, 0x30, 0x01); /* btrl $1, (%eax) */
	assert_int_equal(i.imm, 1);
	D(i, 0xf3, 0xa5); /* rep movsl */
	assert_true(i.rep);
}

static void port_io(void **state)
{
	struct insn i;

	D(i, 0xe4, 0x71);
	assert_int_equal(i.imm, 0x71);
	D(i, 0x66, 0xef);
	assert_int_equal(i.opsize, 2);
	D(i, 0xf3, 0x66, 0x6d);
	assert_true(i.rep);
	assert_int_equal(i.opsize, 2);
}

static void lengths(void **state)
{
	struct insn i;

	D(i, 0xea, 1, 2, 3, 4, 0x19, 0xe0); /* far jump */
	assert_int_equal(i.imm2, 0xe019);
	D(i, 0xc8, 0x10, 0x00, 0x01); /* enter */
	D(i, 0x66, 0xe9, 0x01, 0x02);
	D(i, 0x66, 0x81, 0x00, 0x01, 0x02);
	D(i, 0x0f, 0x3a, 0x0f, 0xc1, 0x08); /* palignr */
	assert_int_equal(i.map, MAP_0F3A);
	D(i, 0x0f, 0x38, 0xf0, 0x00); /* movbe */
	assert_int_equal(i.map, MAP_0F38);
	D(i, 0xf4);
}

static void refused(void **state)
{
	static const uint8_t prefixes[16] = { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
					      0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90 };
	static const uint8_t vex[] = { 0xc5, 0xf8, 0x77, 0, 0, 0 };
	static const uint8_t evex[] = { 0x62, 0xf1, 0x7c, 0x48, 0x58, 0xc1 };
	struct insn i;

	assert_false(decode_insn(prefixes, sizeof(prefixes), &i)); /* 16 bytes are too many */
	assert_true(decode_insn(prefixes + 1, 15, &i));
	assert_int_equal(i.length, 15);
	assert_false(decode_insn(vex, sizeof(vex), &i));
	assert_false(decode_insn(evex, sizeof(evex), &i));
	assert_false(decode_insn(prefixes, 0, &i));
}

/* A random instruction that is likely to be one: prefixes, an opcode, what follows. */
static void random_insn(uint8_t *code)
{
	static const uint8_t prefix[] = { 0x66, 0x67, 0x26, 0x2e, 0x36, 0x3e,
					  0x64, 0x65, 0xf0, 0xf2, 0xf3 };
	uint32_t n = 0, nr_prefixes = rng() % 4 ? 0 : rng() % 3;

	for (int k = 0; k < INSN_MAX_LENGTH; k++)
		code[k] = rng();
	while (nr_prefixes--)
		code[n++] = prefix[rng() % sizeof(prefix)];
	if (rng() % 2)
		code[n++] = 0x0f;
}

/*
 * Encodings that decode.h says it does not know, the ones that exist to be
 * undefined, and those of one vendor (PadLock, EXTRQ and INSERTQ).
 */
static bool other_encoding(const uint8_t *code, const cs_insn *c)
{
	for (uint32_t k = 0; k < c->size; k++) {
		uint8_t b = code[k];

		if (b == 0x66 || b == 0x67 || b == 0x26 || b == 0x2e || b == 0x36 || b == 0x3e ||
		    b == 0x64 || b == 0x65 || b == 0xf0 || b == 0xf2 || b == 0xf3)
			continue;
		if (b == 0x0f) {
			b = code[k + 1];
			return b == 0xb9 || b == 0xff || b == 0xa6 || b == 0xa7 || b == 0x78;
		}
		return b == 0xc4 || b == 0xc5 || b == 0x62 || b == 0x8f;
	}
	return false;
}

static void print_difference(const uint8_t *code, const cs_insn *c, const struct insn *i, bool ok)
{
	for (int k = 0; k < INSN_MAX_LENGTH; k++)
		print_error("%02x ", code[k]);
	print_error(": Capstone: %s %s (%u bytes), decode_insn: %s, %u bytes\n", c->mnemonic,
		    c->op_str, c->size, ok ? "ok" : "refused", i->length);
}

/* Capstone's operand of type memory, if it names the same base and displacement. */
static bool same_memory(const cs_insn *c, const struct insn *i)
{
	static const x86_reg regs32[] = { X86_REG_EAX, X86_REG_ECX, X86_REG_EDX, X86_REG_EBX,
					  X86_REG_ESP, X86_REG_EBP, X86_REG_ESI, X86_REG_EDI };
	const cs_x86 *x = &c->detail->x86;

	if (!i->has_mem || !i->has_modrm || i->addrsize == 2)
		return true;
	for (int k = 0; k < x->op_count; k++) {
		const x86_op_mem *m = &x->operands[k].mem;

		if (x->operands[k].type != X86_OP_MEM)
			continue;
		if (m->base == (i->base == REG_NONE ? X86_REG_INVALID : regs32[i->base]) &&
		    (int32_t)m->disp == i->disp)
			return true;
	}
	return x->op_count == 0; /* some hints list no operand */
}

static void against_capstone(void **state)
{
	const char *seed = getenv("CPU_SEED");
	uint32_t compared = 0, differences = 0;
	csh cs;
	cs_insn *c;

	rng_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
	print_message("seed: CPU_SEED=%llu\n", (unsigned long long)rng_state);
	assert_int_equal(cs_open(CS_ARCH_X86, CS_MODE_32, &cs), CS_ERR_OK);
	cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON);
	c = cs_malloc(cs);
	for (uint32_t n = 0; n < RANDOM_INSNS; n++) {
		uint8_t code[INSN_MAX_LENGTH + 1] = { 0 };
		const uint8_t *at = code;
		size_t size = INSN_MAX_LENGTH;
		uint64_t address = 0;
		struct insn i;
		bool ok;

		random_insn(code);
		ok = decode_insn(code, INSN_MAX_LENGTH, &i);
		if (ok)
			assert_in_range(i.length, 1, INSN_MAX_LENGTH);
		if (!cs_disasm_iter(cs, &at, &size, &address, c))
			continue; /* Capstone knows less in places: nothing to compare with */
		if (other_encoding(code, c))
			continue;
		/* With F2 or F3 beside it, Capstone forgets what 66 does to a near call. */
		if (ok && i.map == MAP_1 && i.opcode == 0xe8 && i.opsize == 2)
			continue;
		compared++;
		if (!ok || i.length != c->size || !same_memory(c, &i)) {
			print_difference(code, c, &i, ok);
			if (++differences > 20)
				break;
		}
	}
	cs_free(c, 1);
	cs_close(&cs);
	assert_int_equal(differences, 0);
	assert_true(compared > RANDOM_INSNS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_registers), cmocka_unit_test(memory_operands),
		cmocka_unit_test(page_table_stores), cmocka_unit_test(port_io),
		cmocka_unit_test(lengths),           cmocka_unit_test(refused),
		cmocka_unit_test(against_capstone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
