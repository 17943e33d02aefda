/* SPDX-License-Identifier: MIT */
/*
 * Question: does a kernel that asks for its symbol table (ELF note BSD_SYMTAB) find it behind its
 * image, and itself in it?
 *
 * Because: the in-kernel debuggers of BSD kernels know no other way to names; NetBSD reads the size
 * at its end, takes what follows for an ELF file, and stops believing at the first odd offset.
 *
 * Expected: size, ELF header, three section headers, symbols, strings, as bsd_symtab.h of the
 * builder draws them; a function, a static one and a variable are found under their names with
 * their addresses; the first thing that the builder places behind the kernel lies behind the table.
 */
#include "guest.h"
#include "mm.h"

/* clang-format off */
asm(".pushsection .note.Xen, \"a\", @note\n"
    "	.balign	4\n"
    "	.long	4, 4, 11\n" /* owner, value, XEN_ELFNOTE_BSD_SYMTAB */
    "	.asciz	\"Xen\"\n"
    "	.asciz	\"yes\"\n"
    "	.popsection");
/* clang-format on */

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct section {
	uint32_t name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

struct symbol {
	uint32_t name, value, size;
	uint8_t info, other;
	uint16_t section;
};

enum { SHT_NULL, SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB };

extern char guest_end[], guest_entry[];
int boot_symbols_variable = 1;

static const struct elf_header *elf;
static const struct symbol *symbols;
static const char *strings;
static uint32_t nr_symbols, strings_size;

static int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static unsigned long address_of(const char *name)
{
	for (uint32_t i = 0; i < nr_symbols; i++)
		if (symbols[i].name < strings_size && same(strings + symbols[i].name, name))
			return symbols[i].value;
	return 0;
}

static __attribute__((noinline)) void open_table(void)
{
	uint32_t *size = (uint32_t *)(((unsigned long)guest_end + 3) & ~3UL);
	const struct section *s;

	elf = (const struct elf_header *)(size + 1);
	CHECK(*size > sizeof(*elf) + 3 * sizeof(*s), "the table takes %u bytes", *size);
	CHECK(elf->ident[0] == 0x7f && elf->ident[1] == 'E' && elf->ident[2] == 'L' &&
		      elf->ident[3] == 'F' && elf->ident[4] == 1,
	      "no ELF header at %p", elf);
	EXPECT(elf->version, 1);
	EXPECT(elf->shnum, 3);
	EXPECT(elf->shentsize, sizeof(*s));
	EXPECT(elf->phnum, 0);
	EXPECT(elf->entry, (unsigned long)guest_entry);

	s = (const struct section *)((const char *)elf + elf->shoff);
	EXPECT(s[0].type, SHT_NULL);
	EXPECT(s[1].type, SHT_SYMTAB);
	EXPECT(s[1].link, 2);
	EXPECT(s[1].entsize, sizeof(struct symbol));
	EXPECT(s[1].offset % 4, 0);
	EXPECT(s[2].type, SHT_STRTAB);
	EXPECT(s[2].offset + s[2].size, *size);
	CHECK(s[1].offset + s[1].size <= s[2].offset, "symbols run into strings");
	symbols = (const struct symbol *)((const char *)elf + s[1].offset);
	nr_symbols = s[1].size / sizeof(*symbols);
	strings = (const char *)elf + s[2].offset;
	strings_size = s[2].size;
	CHECK(start_info->mfn_list >= (unsigned long)strings + strings_size,
	      "the list of frames (%lx) lies in the table, which ends at %p", start_info->mfn_list,
	      strings + strings_size);
}

void test_main(void)
{
	open_table();
	EXPECT(address_of("test_main"), (unsigned long)test_main);
	EXPECT(address_of("open_table"), (unsigned long)open_table);
	EXPECT(address_of("boot_symbols_variable"), (unsigned long)&boot_symbols_variable);
	EXPECT(address_of("guest_entry"), (unsigned long)guest_entry);
	EXPECT(address_of("no_such_symbol"), 0);
}
