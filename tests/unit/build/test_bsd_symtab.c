/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/build/elf.c hypervisor/build/recognise.c hypervisor/build/notes.c hypervisor/build/legacy.c hypervisor/build/bsd_symtab.c tests/unit/build/hostlib.c */
/*
 * BSD_SYMTAB: where the symbol table goes, what its headers say, and that a
 * reader who knows nothing but ELF finds every symbol in the copy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include <xen/elfnote.h>

#include "build/bsd_symtab.h"
#include "build/notes.h"
#include "image.h"

#define KERNEL_END 0xc0104000 /* of image_init */

struct loaded {
	struct elf_info elf;
	struct pv_info pv;
	bool ok;
};

static struct loaded load(struct test_image *t)
{
	struct image img = image_of(t->bytes, t->size);
	struct loaded l = { 0 };

	l.ok = elf_parse(&img, &l.elf) && pv_parse(&img, &l.elf, 0xff, &l.pv);
	return l;
}

static void asked(struct test_image *t, const char *answer)
{
	image_init_pv(t);
	add_string(t, XEN_ELFNOTE_BSD_SYMTAB, answer);
}

static void placed_behind_the_image(void **state)
{
	struct test_image t;
	struct loaded l;

	(void)state;
	asked(&t, "yes");
	l = load(&t);
	assert_true(l.ok);
	assert_int_equal(l.pv.bsd_symtab_at, KERNEL_END);
	/* Size word, header, 3 section headers, 3 symbols, strings rounded up. */
	assert_int_equal(l.pv.virt_kend - KERNEL_END,
			 4 + 52 + 3 * 40 + 48 + ((l.elf.strtab.size + 3) & ~3U));
	assert_int_equal(l.pv.virt_kend - KERNEL_END, bsd_symtab_bytes(&l.elf));

	/* An image that ends anywhere: the size word is aligned. */
	phdr(&t, 1)->memsz -= 2;
	l = load(&t);
	assert_true(l.ok);
	assert_int_equal(l.pv.bsd_symtab_at, KERNEL_END);
	phdr(&t, 1)->memsz -= 2;
	l = load(&t);
	assert_int_equal(l.pv.bsd_symtab_at, KERNEL_END - 4);
}

static void not_wanted_or_not_there(void **state)
{
	struct test_image t;
	struct loaded l;

	(void)state;
	image_init_pv(&t);
	l = load(&t);
	assert_true(l.ok);
	assert_int_equal(l.pv.bsd_symtab_at, 0);
	assert_int_equal(l.pv.virt_kend, KERNEL_END);

	asked(&t, "no");
	l = load(&t);
	assert_true(l.ok);
	assert_int_equal(l.pv.bsd_symtab_at, 0);

	asked(&t, "yes");
	shdr(&t, 3)->type = 0; /* stripped */
	l = load(&t);
	assert_true(l.ok && l.pv.bsd_symtab);
	assert_int_equal(l.pv.bsd_symtab_at, 0);
	assert_int_equal(l.pv.virt_kend, KERNEL_END);
}

/* Neither entry nor hypercall page may lie in the table that only the builder adds. */
static void no_place_for_an_entry(void **state)
{
	struct test_image t;
	struct loaded l;

	(void)state;
	asked(&t, "yes");
	add_number(&t, XEN_ELFNOTE_ENTRY, KERNEL_END + 8);
	l = load(&t);
	assert_false(l.ok);
	assert_non_null(strstr(l.pv.why, "entry point"));
}

static void no_room(void **state)
{
	struct test_image t;
	struct loaded l;

	(void)state;
	image_init(&t);
	add_number(&t, XEN_ELFNOTE_VIRT_BASE, 0xffefc000);
	add_number(&t, XEN_ELFNOTE_ENTRY, 0xffffc020);
	add_string(&t, XEN_ELFNOTE_PAE_MODE, "yes");
	add_string(&t, XEN_ELFNOTE_BSD_SYMTAB, "yes");
	phdr(&t, 1)->memsz -= 0x40; /* 64 bytes below 4 GiB */
	l = load(&t);
	assert_false(l.ok);
	assert_non_null(strstr(l.pv.why, "BSD_SYMTAB"));
}

/* What the builder does, and what a debugger then reads. */
static void reads_as_elf(void **state)
{
	struct test_image t, copy = { 0 };
	struct loaded l;
	struct image img;
	struct bsd_symtab table;
	struct elf_info again;
	const uint32_t *symbol;
	const char *names;
	uint8_t *at = copy.bytes;

	(void)state;
	asked(&t, "yes");
	shdr(&t, 3)->info = 1;  /* the first symbol that is not local */
	shdr(&t, 3)->size += 5; /* not whole symbols: cut */
	l = load(&t);
	img = image_of(t.bytes, t.size);
	bsd_symtab_headers(&img, &l.elf, &table);

	memcpy(at, &table.elf, sizeof(table) - 4);
	memcpy(at + table.sections[1].offset, t.bytes + l.elf.symtab.offset, l.elf.symtab.size);
	memcpy(at + table.sections[2].offset, t.bytes + l.elf.strtab.offset, l.elf.strtab.size);

	assert_int_equal(table.size, table.sections[2].offset + l.elf.strtab.size);
	assert_in_range(bsd_symtab_bytes(&l.elf), 4 + table.size, 4 + table.size + 3);
	assert_memory_equal(at, "\177ELF", 4);
	assert_int_equal(ehdr(&copy)->ehsize, 52);
	assert_int_equal(ehdr(&copy)->version, 1);
	assert_int_equal(ehdr(&copy)->phnum | ehdr(&copy)->phoff | ehdr(&copy)->shstrndx, 0);
	assert_int_equal(ehdr(&copy)->shnum, 3);
	assert_int_equal(ehdr(&copy)->shoff, 52);
	assert_int_equal(table.sections[0].type, 0);
	assert_int_equal(table.sections[1].type, 2);
	assert_int_equal(table.sections[1].link, 2);
	assert_int_equal(table.sections[1].info, 1);
	assert_int_equal(table.sections[1].entsize, 16);
	assert_int_equal(table.sections[1].size, 48);
	assert_int_equal(table.sections[1].offset % 4, 0);
	assert_int_equal(table.sections[2].type, 3);

	symbol = (uint32_t *)(at + table.sections[1].offset) + 2 * 4;
	names = (char *)at + table.sections[2].offset;
	assert_string_equal(names + symbol[0], "main");
	assert_int_equal(symbol[1], 0xc0100040);

	/* Our own reader agrees, given something to load. */
	ehdr(&copy)->phoff = 0xc00;
	ehdr(&copy)->phentsize = 32;
	ehdr(&copy)->phnum = 1;
	memcpy(copy.bytes + 0xc00, phdr(&t, 0), 32);
	copy.size = t.size;
	img = image_of(copy.bytes, copy.size);
	assert_true(elf_parse(&img, &again));
	assert_int_equal(again.symtab.offset, table.sections[1].offset);
	assert_int_equal(again.strtab.size, l.elf.strtab.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placed_behind_the_image),
		cmocka_unit_test(not_wanted_or_not_there),
		cmocka_unit_test(no_place_for_an_entry),
		cmocka_unit_test(no_room),
		cmocka_unit_test(reads_as_elf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
