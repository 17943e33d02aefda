/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/build/elf.c hypervisor/build/recognise.c hypervisor/build/notes.c hypervisor/build/bsd_symtab.c hypervisor/build/legacy.c tests/unit/build/hostlib.c */
/*
 * What a kernel says about itself: every note and every key of the older
 * string, their defaults, and each refusal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include <xen/elfnote.h>
#include <xen/features.h>

#include "build/notes.h"
#include "image.h"

#define PROVIDED ((1U << XENFEAT_dom0) | (1U << XENFEAT_pae_pgdir_above_4gb))

static bool parse(struct test_image *t, struct pv_info *pv)
{
	struct image img = image_of(t->bytes, t->size);
	struct elf_info elf;

	assert_true(elf_parse(&img, &elf));
	return pv_parse(&img, &elf, PROVIDED, pv);
}

static void accepted(struct test_image *t, struct pv_info *pv)
{
	if (!parse(t, pv))
		fail_msg("refused: %s", pv->why);
}

static void refused(struct test_image *t, const char *because)
{
	struct pv_info pv;

	assert_false(parse(t, &pv));
	if (!strstr(pv.why, because))
		fail_msg("\"%s\" does not say \"%s\"", pv.why, because);
}

static void usual(void **state)
{
	struct test_image t;
	struct pv_info pv;

	(void)state;
	image_init_pv(&t);
	accepted(&t, &pv);
	assert_int_equal(pv.virt_base, 0xc0000000);
	assert_int_equal(pv.virt_kstart, 0xc0100000);
	assert_int_equal(pv.virt_kend, 0xc0104000);
	assert_int_equal(pv.entry, 0xc0100020);
	assert_int_equal(pv.hypercall_page, 0xc0102000);
	assert_int_equal(pv.pae, PV_PAE_YES);
	assert_true(pv.extended_cr3);
	assert_false(pv.modern || pv.legacy || pv.mod_start_pfn || pv.has_init_p2m);
	assert_string_equal(pv.guest_os, "linux");
}

static void every_note(void **state)
{
	struct test_image t;
	struct pv_info pv;

	(void)state;
	image_init_pv(&t);
	add_number(&t, XEN_ELFNOTE_HV_START_LOW, 0xf5800000);
	add_number(&t, XEN_ELFNOTE_INIT_P2M, 0xe0000000);
	add_number(&t, XEN_ELFNOTE_MOD_START_PFN, 1);
	add_number(&t, XEN_ELFNOTE_SUSPEND_CANCEL, 1);
	add_number(&t, XEN_ELFNOTE_SUPPORTED_FEATURES, 1U << XENFEAT_dom0);
	add_string(&t, XEN_ELFNOTE_FEATURES, "!pae_pgdir_above_4gb|!writable_page_tables|nonsense");
	add_string(&t, XEN_ELFNOTE_LOADER, "generic");
	add_string(&t, XEN_ELFNOTE_BSD_SYMTAB, "yes");
	add_string(&t, XEN_ELFNOTE_GUEST_VERSION, "a version much longer than its place");
	add_string(&t, 0x7777, "unknown notes are no reason to refuse");
	add_note(&t, "GNU", 3, "0123456789abcdefghij", 20);
	accepted(&t, &pv);
	assert_true(pv.mod_start_pfn && pv.suspend_cancel && pv.bsd_symtab && pv.has_supported);
	assert_int_equal(pv.init_p2m, 0xe0000000);
	assert_int_equal(pv.features_required,
			 1U << XENFEAT_pae_pgdir_above_4gb | 1U << XENFEAT_writable_page_tables);
	assert_true(pv.features_supported & (1U << XENFEAT_writable_page_tables));
	assert_int_equal(strlen(pv.guest_version), sizeof(pv.guest_version) - 1);
}

static void eight_bytes(void **state)
{
	struct test_image t;
	struct pv_info pv;
	uint64_t v = 0xc0100030;

	(void)state;
	image_init_pv(&t);
	add_note(&t, "Xen", XEN_ELFNOTE_ENTRY, &v, 8);
	accepted(&t, &pv);
	assert_int_equal(pv.entry, 0xc0100030);
	v |= 1ULL << 32;
	add_note(&t, "Xen", XEN_ELFNOTE_ENTRY, &v, 8);
	refused(&t, "does not fit");
}

static void modern(void **state)
{
	struct test_image t;
	struct pv_info pv;

	(void)state;
	image_init_pv(&t);
	add_note(&t, "Ringone", 2, "", 0);
	accepted(&t, &pv);
	assert_false(pv.modern);
	add_note(&t, "Ringone", 1, "", 0);
	add_number(&t, XEN_ELFNOTE_HV_START_LOW, 0xfc000000);
	accepted(&t, &pv);
	assert_true(pv.modern);
}

static void base_zero(void **state)
{
	struct test_image t;
	struct pv_info pv;

	(void)state;
	image_init(&t);
	ehdr(&t)->entry = 0x100010;
	add_string(&t, XEN_ELFNOTE_PAE_MODE, "yes");
	accepted(&t, &pv);
	assert_int_equal(pv.virt_base, 0);
	assert_int_equal(pv.virt_kstart, 0x100000);
	assert_int_equal(pv.entry, 0x100010);
	assert_false(pv.has_hypercall_page);
}

/* Older kernels put virtual addresses into p_paddr and say so. */
static void paddr_offset(void **state)
{
	struct test_image t;
	struct pv_info pv;

	(void)state;
	image_init_pv(&t);
	phdr(&t, 0)->paddr = 0xc0100000;
	phdr(&t, 1)->paddr = 0xc0101000;
	add_number(&t, XEN_ELFNOTE_PADDR_OFFSET, 0xc0000000);
	accepted(&t, &pv);
	assert_int_equal(pv.virt_kstart, 0xc0100000);
	add_number(&t, XEN_ELFNOTE_PADDR_OFFSET, 0xd0000000);
	refused(&t, "PADDR_OFFSET");
	add_number(&t, XEN_ELFNOTE_PADDR_OFFSET, 0);
	refused(&t, "wraps");
}

static void bad_values(void **state)
{
	static const struct {
		uint32_t note, value;
		const char *because;
	} bad[] = {
		{ XEN_ELFNOTE_ENTRY, 0xc0104000, "entry point" },
		{ XEN_ELFNOTE_ENTRY, 0xc00fffff, "entry point" },
		{ XEN_ELFNOTE_VIRT_BASE, 0xc0000800, "page aligned" },
		{ XEN_ELFNOTE_VIRT_BASE, 0xfff00000, "wraps" },
		{ XEN_ELFNOTE_HYPERCALL_PAGE, 0xc0102010, "hypercall page" },
		{ XEN_ELFNOTE_HYPERCALL_PAGE, 0xc0104000, "hypercall page" },
		{ XEN_ELFNOTE_HYPERCALL_PAGE, 0xfffff000, "hypercall page" },
		{ XEN_ELFNOTE_HV_START_LOW, 0xf5801000, "HV_START_LOW" },
	};
	struct test_image t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		image_init_pv(&t);
		add_number(&t, bad[i].note, bad[i].value);
		refused(&t, bad[i].because);
	}
	image_init_pv(&t);
	add_string(&t, XEN_ELFNOTE_PAE_MODE, "no");
	refused(&t, "not a PAE kernel");
	image_init_pv(&t);
	add_string(&t, XEN_ELFNOTE_XEN_VERSION, "xen-5.0");
	refused(&t, "xen-5.0");
	image_init_pv(&t);
	add_string(&t, XEN_ELFNOTE_FEATURES, "!supervisor_mode_kernel");
	refused(&t, "supervisor_mode_kernel");
	image_init_pv(&t);
	add_string(&t, XEN_ELFNOTE_FEATURES, "!flux_compensator");
	refused(&t, "flux_compensator");
	image_init_pv(&t);
	add_note(&t, "Xen", XEN_ELFNOTE_ENTRY, "abc", 3);
	refused(&t, "number of 3 bytes");
}

static void not_pv(void **state)
{
	struct test_image t;

	(void)state;
	image_init(&t);
	refused(&t, "not a paravirtual kernel");
	add_note(&t, "GNU", 3, "0123", 4);
	refused(&t, "not a paravirtual kernel");
}

static void corrupt_note(void **state)
{
	struct test_image t;
	uint32_t huge = 0xfffffff0;

	(void)state;
	image_init_pv(&t);
	memcpy(t.bytes + 0x204, &huge, 4); /* descsz of the first note */
	refused(&t, "corrupt");
	image_init_pv(&t);
	memcpy(t.bytes + 0x200, &huge, 4); /* namesz */
	refused(&t, "corrupt");
}

/* As grub-mkimage writes its last one: 12 bytes announced, 4 there. */
static void short_note(void **state)
{
	struct test_image t;
	struct pv_info pv;
	uint32_t at, announced = 12;

	(void)state;
	image_init_pv(&t);
	at = t.notes_end;
	add_string(&t, XEN_ELFNOTE_GUEST_OS, "nix");
	memcpy(t.bytes + at + 4, &announced, 4);
	memcpy(t.bytes + t.notes_end, "beyond", 6); /* not of the section, so not of the note */
	accepted(&t, &pv);
	assert_string_equal(pv.guest_os, "nix");
	/* Cut in the middle of the string. */
	phdr(&t, 2)->filesz = shdr(&t, 1)->size -= 2;
	accepted(&t, &pv);
	assert_string_equal(pv.guest_os, "ni");
	/* A number that is cut is no number. */
	image_init_pv(&t);
	add_number(&t, XEN_ELFNOTE_HV_START_LOW, 0xf5800000);
	phdr(&t, 2)->filesz = shdr(&t, 1)->size -= 2;
	refused(&t, "number of 2 bytes");
}

static void legacy(void **state)
{
	struct test_image t;
	struct pv_info pv;

	(void)state;
	image_init(&t);
	ehdr(&t)->entry = 0xc0100010;
	phdr(&t, 0)->paddr = 0xc0100000;
	phdr(&t, 1)->paddr = 0xc0101000;
	set_legacy(&t, "GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,"
		       "HYPERCALL_PAGE=0x102,FEATURES=writable_page_tables|!dom0,"
		       "PAE=yes[extended-cr3],LOADER=generic");
	accepted(&t, &pv);
	assert_true(pv.legacy && pv.extended_cr3);
	assert_int_equal(pv.paddr_offset, 0xc0000000); /* the string's default is VIRT_BASE */
	assert_int_equal(pv.virt_kstart, 0xc0100000);
	assert_int_equal(pv.hypercall_page, 0xc0102000); /* a page number in the string */
	assert_int_equal(pv.features_required, 1U << XENFEAT_dom0);
	assert_string_equal(pv.loader, "generic");

	set_legacy(
		&t,
		"VIRT_BASE=0xC0000000,ELF_PADDR_OFFSET=0xC0000000,VIRT_ENTRY=0xC0100100,PAE=yes,BSD_SYMTAB");
	accepted(&t, &pv);
	assert_false(pv.extended_cr3);
	assert_int_equal(pv.entry, 0xc0100100);
	assert_true(pv.bsd_symtab);

	set_legacy(&t, "VIRT_BASE=zero,PAE=yes");
	refused(&t, "not a number");
	set_legacy(&t, "VIRT_BASE=0xC0000000");
	refused(&t, "not a PAE kernel");
	set_legacy(&t, "VIRT_BASE=0xC0000000,PAE=yes,HYPERCALL_PAGE=0xc0102000");
	refused(&t, "not a page number");
}

/* ELF notes win over the string, wherever the notes are found. */
static void notes_first(void **state)
{
	struct test_image t;
	struct pv_info pv;

	(void)state;
	image_init_pv(&t);
	set_legacy(&t, "VIRT_BASE=0xD0000000,PAE=no");
	accepted(&t, &pv);
	assert_false(pv.legacy);
	phdr(&t, 2)->type = 0; /* only the section is left */
	accepted(&t, &pv);
	assert_int_equal(pv.virt_base, 0xc0000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual),        cmocka_unit_test(every_note),
		cmocka_unit_test(eight_bytes),  cmocka_unit_test(modern),
		cmocka_unit_test(base_zero),    cmocka_unit_test(paddr_offset),
		cmocka_unit_test(bad_values),   cmocka_unit_test(not_pv),
		cmocka_unit_test(corrupt_note), cmocka_unit_test(legacy),
		cmocka_unit_test(notes_first),  cmocka_unit_test(short_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
