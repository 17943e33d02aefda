/* SPDX-License-Identifier: MIT */
/* The records of a 32-bit ELF file as they lie in it (System V ABI, "Object Files"). */
#ifndef RINGONE_BUILD_ELF_FORMAT_H
#define RINGONE_BUILD_ELF_FORMAT_H

#include "types.h"

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct section_header {
	uint32_t name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

#endif
