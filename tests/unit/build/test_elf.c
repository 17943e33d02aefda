/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/build/elf.c hypervisor/build/recognise.c hypervisor/build/notes.c hypervisor/build/bsd_symtab.c hypervisor/build/legacy.c hypervisor/build/bootlayout.c tests/unit/build/hostlib.c */
/*
 * The ELF parser: what it accepts, what it says about the rest, and that no
 * file whatever makes it read outside of itself (ASan and UBSan watch).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include <xen/elfnote.h>

#include "build/bootlayout.h"
#include "build/bsd_symtab.h"
#include "image.h"
#include "layout.h"
#include "mutate.h"

#define MUTANTS 5000

/* Parse from a copy of exactly the file's size, so that one byte too far is noticed. */
static bool parse(const void *bytes, uint32_t size, struct elf_info *elf)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct image img = image_of(copy, size);
	bool ok;

	memcpy(copy, bytes, size);
	ok = elf_parse(&img, elf);
	free(copy);
	if (!ok)
		assert_true(strlen(elf->why) > 10);
	return ok;
}

static void refused(const void *bytes, uint32_t size, const char *because)
{
	struct elf_info elf;

	assert_false(parse(bytes, size, &elf));
	if (!strstr(elf.why, because))
		fail_msg("\"%s\" does not say \"%s\"", elf.why, because);
}

static void good(void **state)
{
	struct test_image t;
	struct elf_info elf;

	(void)state;
	image_init_pv(&t);
	assert_true(parse(t.bytes, t.size, &elf));
	assert_int_equal(elf.nr_segments, 2);
	assert_int_equal(elf.pstart, 0x100000);
	assert_int_equal(elf.pend, 0x104000);
	assert_int_equal(elf.entry, 0xc0100010);
	assert_int_equal(elf.nr_notes, 2);
	assert_int_equal(elf.symtab.size, 48);
	assert_int_equal(elf.strtab.offset, 0x840);
	assert_int_equal(elf.xen_guest.size, 0);
}

static void stripped(void **state)
{
	struct test_image t;
	struct elf_info elf;

	(void)state;
	image_init_pv(&t);
	ehdr(&t)->shoff = ehdr(&t)->shnum = 0;
	assert_true(parse(t.bytes, t.size, &elf));
	assert_int_equal(elf.nr_notes, 1);
	assert_int_equal(elf.symtab.size, 0);
}

static void sections(void **state)
{
	struct test_image t;
	struct elf_info elf;

	(void)state;
	image_init(&t);
	set_legacy(&t, "PAE=yes");
	assert_true(parse(t.bytes, t.size, &elf));
	assert_int_equal(elf.xen_guest.offset, 0x600);
	assert_int_equal(elf.xen_guest.size, 8);
	shdr(&t, 3)->link = 99; /* symbols without strings are no symbols, and no harm */
	assert_true(parse(t.bytes, t.size, &elf));
	assert_int_equal(elf.symtab.size, 0);
	shdr(&t, 2)->name = 0xfffffff0;
	assert_true(parse(t.bytes, t.size, &elf));
	assert_int_equal(elf.xen_guest.size, 0);
}

static void wrong_files(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t size;
		const char *because;
	} files[] = {
		{ "\x1f\x8b\x08\0\0\0\0\0", 8, "gzip" },
		{ "\xfd"
		  "7zXZ\0\0\4",
		  8, "xz" },
		{ "BZh91AY&", 8, "bzip2" },
		{ "\x02\x21\x4c\x18\0\0\0\0", 8, "lz4" },
		{ "\x28\xb5\x2f\xfd\0\0\0\0", 8, "zstd" },
		{ "070701000", 9, "cpio" },
		{ "#!/bin/sh", 9, "script" },
		{ "hello, world", 12, "not an ELF file" },
		{ "\177ELF", 4, "truncated" },
		{ "", 0, "not an ELF file" },
		{ "\177", 1, "not an ELF file" },
	};
	uint8_t bz[0x300] = "MZ";

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		refused(files[i].bytes, files[i].size, files[i].because);
	memcpy(bz + 0x202, "HdrS", 4);
	refused(bz, sizeof(bz), "bzImage");
	refused(bz, 0x200, "EFI");
}

#define REFUSED_WITH(change, because)              \
	do {                                       \
		struct test_image t;               \
                                                   \
		image_init_pv(&t);                 \
		change;                            \
		refused(t.bytes, t.size, because); \
	} while (0)

static void wrong_headers(void **state)
{
	(void)state;
	REFUSED_WITH(ehdr(&t)->ident[4] = 2, "64-bit");
	REFUSED_WITH(ehdr(&t)->ident[5] = 2, "corrupt");
	REFUSED_WITH(ehdr(&t)->machine = 40, "ELF machine 40");
	REFUSED_WITH(ehdr(&t)->type = 3, "not an executable");
	REFUSED_WITH(ehdr(&t)->phnum = 0, "program headers");
	REFUSED_WITH(ehdr(&t)->phentsize = 56, "program headers");
	REFUSED_WITH(ehdr(&t)->phoff = 0xffffffe0, "truncated");
	REFUSED_WITH(ehdr(&t)->phnum = 0xffff, "truncated");
	REFUSED_WITH(ehdr(&t)->shoff = 0xffffff00, "truncated");
	REFUSED_WITH(ehdr(&t)->shnum = 0xffff, "truncated");
	REFUSED_WITH(t.size = 0x1850, "truncated");
	REFUSED_WITH(t.size = 0x50, "truncated");
}

static void wrong_segments(void **state)
{
	(void)state;
	REFUSED_WITH(phdr(&t, 0)->filesz = 0x2000, "larger in the file");
	REFUSED_WITH(phdr(&t, 0)->offset = 0xfffff000, "truncated");
	REFUSED_WITH((phdr(&t, 1)->memsz = 0xffffffff, phdr(&t, 1)->filesz = 0), "wraps");
	REFUSED_WITH(phdr(&t, 1)->paddr = 0xffffe000, "wraps");
	REFUSED_WITH(phdr(&t, 1)->paddr = 0x100fff, "overlap");
	REFUSED_WITH(phdr(&t, 1)->paddr = 0xfd001, "overlap");
	REFUSED_WITH((phdr(&t, 0)->type = 0, phdr(&t, 1)->type = 0), "nothing to load");
	REFUSED_WITH(phdr(&t, 2)->filesz = 0x10000, "truncated");
}

/* Whatever was let through must hold together. */
static void check_accepted(const struct image *img, const struct elf_info *elf,
			   const struct pv_info *pv, const struct boot_layout *l, uint32_t size,
			   uint32_t nr_pages)
{
	for (uint32_t i = 0; i < elf->nr_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint64_t first = (uint64_t)s->paddr - pv->paddr_offset;

		assert_true((uint64_t)s->offset + s->filesz <= size);
		assert_true(s->filesz <= s->memsz);
		assert_true(first + s->memsz <= (uint64_t)nr_pages * PAGE_SIZE);
		assert_true(pv->virt_base + first >= pv->virt_kstart);
		assert_true(pv->virt_base + first + s->memsz <= pv->virt_kend);
	}
	assert_true(pv->entry >= pv->virt_kstart && pv->entry < pv->virt_kend);
	if (pv->bsd_symtab_at) {
		struct bsd_symtab t;

		assert_true(pv->bsd_symtab_at >= pv->virt_base + elf->pend - pv->paddr_offset);
		assert_int_equal(pv->virt_kend - pv->bsd_symtab_at, bsd_symtab_bytes(elf));
		bsd_symtab_headers(img, elf, &t);
		assert_true(pv->bsd_symtab_at + 4 + t.sections[2].offset + elf->strtab.size <=
			    pv->virt_kend);
	}
	assert_true(l->tables >= pv->virt_kend && l->stack_end <= l->v_end);
	assert_true(l->pages_used <= nr_pages);
}

static void mutants(void **state)
{
	uint32_t accepted = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= MUTANTS; seed++) {
		struct layout_request r = { 100000, 16384, HOLE_START, seed & 1 };
		struct test_image t;
		struct elf_info elf;
		struct pv_info pv;
		struct boot_layout l;
		struct image img;
		uint8_t *copy;

		image_init_pv(&t);
		if (seed & 2)
			add_string(&t, XEN_ELFNOTE_BSD_SYMTAB, "yes");
		if (seed % 3 == 0)
			set_legacy(
				&t,
				"GUEST_OS=x,VIRT_BASE=0xC0000000,PAE=yes[extended-cr3],LOADER=generic");
		if (seed % 6 == 0)
			phdr(&t, 2)->type = shdr(&t, 1)->type = 0;
		mutate(t.bytes, &t.size, seed);
		copy = malloc(t.size + !t.size);
		memcpy(copy, t.bytes, t.size);
		img = image_of(copy, t.size);
		if (!elf_parse(&img, &elf)) {
			assert_true(strlen(elf.why) > 10);
		} else if (!pv_parse(&img, &elf, 0xff, &pv)) {
			assert_true(strlen(pv.why) > 10);
		} else if (!layout_compute(&pv, &r, &l)) {
			assert_true(strlen(l.why) > 10);
		} else {
			check_accepted(&img, &elf, &pv, &l, t.size, r.nr_pages);
			accepted++;
		}
		free(copy);
	}
	print_message("seeds 1 to %d: %u accepted, %u refused\n", MUTANTS, accepted,
		      MUTANTS - accepted);
	/* Damage that always or never matters would test nothing. */
	assert_in_range(accepted, MUTANTS / 20, MUTANTS * 19 / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),          cmocka_unit_test(stripped),
		cmocka_unit_test(sections),      cmocka_unit_test(wrong_files),
		cmocka_unit_test(wrong_headers), cmocka_unit_test(wrong_segments),
		cmocka_unit_test(mutants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
