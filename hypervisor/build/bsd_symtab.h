/* SPDX-License-Identifier: MIT */
/*
 * The symbol table that a kernel finds behind itself when it asks for it
 * (XEN_ELFNOTE_BSD_SYMTAB; how BSD kernels' in-kernel debuggers learn names):
 *
 *	kernel   +-----------------------+
 *	image    | text, data, bss       |
 *	         +-----------------------+ the image's end, rounded up to 4
 *	         | size                  | bytes from the ELF header to the strings' end
 *	         +-----------------------+ offsets in the headers count from here
 *	         | ELF header            | the file's own, without program headers
 *	         | 3 section headers     | none, symbols (SHT_SYMTAB), strings (SHT_STRTAB)
 *	         | symbols               |
 *	         | strings               |
 *	         +-----------------------+ rounded up to 4: now the kernel ends here
 *
 * To its kernel it is an ELF file that holds nothing else.
 */
#ifndef RINGONE_BUILD_BSD_SYMTAB_H
#define RINGONE_BUILD_BSD_SYMTAB_H

#include "elf.h"
#include "elf_format.h"

enum { BSD_SYMTAB_NONE, BSD_SYMTAB_SYMBOLS, BSD_SYMTAB_STRINGS, BSD_SYMTAB_SECTIONS };

struct bsd_symtab {
	uint32_t size; /* of all that follows */
	struct elf_header elf;
	struct section_header sections[BSD_SYMTAB_SECTIONS];
};

#define BSD_SYMTAB_ALIGN 4

/* Bytes it takes behind the kernel, size word included; 0: the file has no symbols. */
uint64_t bsd_symtab_bytes(const struct elf_info *elf);

/*
 * The headers to put at its beginning.  Symbols and strings (elf->symtab and
 * elf->strtab of the file) go to sections[].offset behind .elf.  Only for a file
 * that has some.
 */
void bsd_symtab_headers(const struct image *img, const struct elf_info *elf,
			struct bsd_symtab *table);

#endif
