/* SPDX-License-Identifier: MIT */
/* Which instructions a kernel in ring 1 may not use, and which it may not trust. */
#ifndef PVKIT_CLASSIFY_H
#define PVKIT_CLASSIFY_H

#include <capstone/capstone.h>
#include <stdio.h>

enum insn_class {
	INSN_FINE,
	INSN_PRIVILEGED, /* faults outside of ring 0 (or above IOPL) */
	INSN_SENSITIVE,  /* does not fault, and silently does something else */
	INSN_INFO,       /* legal; shows the processor rather than the virtual one */
};

/*
 * What one instruction is. @what is set to the part of a port that has to deal with it
 * ("interrupts", "mmu", ...), a string that lives for ever. Needs CS_OPT_DETAIL.
 * Rule: Intel SDM volume 3, "Privileged Instructions"; Robin and Irvine (2000) for the rest.
 */
enum insn_class classify(csh handle, const cs_insn *insn, const char **what);

/* The same for a mnemonic as plain_mnemonic() or newer_instruction() names it. */
enum insn_class class_of_name(const char *name, const char **what);

/*
 * Write the table behind classify() to @out: mnemonic, class and part, separated by tabs. Moves
 * to and from control and debug registers are in it as mov-cr and mov-dr.
 */
void print_kinds(FILE *out);

/*
 * Length of an instruction at @bytes that Capstone 4 does not know, or not as what it is, else 0:
 * *name is set to its name, NULL when any ring may use it. At most @left bytes are read.
 */
size_t newer_instruction(const uint8_t *bytes, size_t left, const char **name);

/*
 * The length of an instruction with a VEX or EVEX prefix at @bytes, which the disassembler does not
 * know; 0 if there is none, or not all of it. None of them is privileged or sensitive in a 32-bit
 * mode. Where the manuals define no such instruction it raises #UD, whatever this says.
 */
size_t vector_instruction(const uint8_t *bytes, size_t left);

/* "privileged", "sensitive", "info". */
const char *class_name(enum insn_class class);

/*
 * The mnemonic as whitelists spell it: without rep and lock prefixes, without the size letter of
 * the flags, return and string-port instructions ("popfd" is "popf", "insw" is "ins"; Capstone
 * gets that letter wrong behind a rep anyway), and with the register of a move to or from a
 * control or debug register in it ("mov-cr3"); segment registers loaded are "load-ds", and the ones
 * that show the ring "read-cs". Returns a pointer into static memory.
 */
const char *plain_mnemonic(const cs_insn *insn);

#endif
