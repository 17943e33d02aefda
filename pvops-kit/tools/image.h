/* SPDX-License-Identifier: MIT */
/* The executable sections of an ELF file and the symbols inside of them. */
#ifndef PVKIT_IMAGE_H
#define PVKIT_IMAGE_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
	uint64_t addr;
	const char *name; /* NULL: only known to begin an instruction (relocations.c) */
	int rank;         /* when several share an address, the highest speaks */
	uint64_t site;    /* of an alternative: the address it may be patched over, else 0 */
	/* And in a relocatable object the section of that address, else NULL. */
	const struct section *site_in;
};

struct section {
	const char *name;
	size_t number; /* in the file's table of sections */
	uint64_t addr; /* virtual; in a relocatable object the offset in the section */
	const uint8_t *bytes;
	size_t size;
	struct symbol *symbols; /* sorted by address, one per address */
	size_t nr_symbols;
	uint8_t *starts; /* one bit a byte: an instruction begins here (branches.h) */
};

/* In a relocatable object: where the branch whose last four bytes are at @from leads. */
struct link {
	const struct section *in, *to; /* to: NULL for what another object defines */
	uint64_t from, target;
};

/* Code where nothing may be executed: the real mode's, another processor's, a user's. */
struct unread {
	const char *section, *name;
	uint64_t addr;
	size_t size;
	const char *why;
};

struct image {
	struct section *sections;
	size_t nr_sections;
	struct link *links; /* sorted by in, from */
	size_t nr_links;
	struct unread *unread;
	size_t nr_unread;
	int is64;
	int relocatable;
};

/*
 * Linux keeps instructions it may patch in at boot in .altinstr_replacement, without symbols, and
 * a table of them in .altinstructions. Give each a symbol (the section's name, with its site), so
 * that disassembly starts there and a report can say which function it is for. @table is the
 * content of .altinstructions, loaded at @addr. Called by image_load(); alternatives.c.
 */
int alternatives_add(struct image *image, const uint8_t *table, size_t size, uint64_t addr);

/*
 * The same for a relocatable object, whose table says nothing before its relocations are applied:
 * @places are what they say, sorted by @at, the offset in the table of @bytes bytes.
 */
struct place {
	uint64_t at;
	struct section *in; /* NULL: not in code */
	uint64_t addr;
};
int alternatives_of_object(const struct place *places, size_t nr, size_t bytes);

/*
 * Add the places in code that relocations of a relocatable object point to, where its branches
 * lead, and the symbols of its alternatives (as alternatives_add() does). @slot: for each section number its index in image->sections plus one, or 0. Called by
 * image_load(); relocations.c.
 */
int relocations_add(Elf *elf, struct image *image, const size_t *slot, size_t nr_slots);

/* The link of the branch of @s whose last four bytes are at @from, or NULL. */
const struct link *link_at(const struct image *image, const struct section *s, uint64_t from);

/*
 * Fill image->unread: functions, ELF files and blobs in sections that are loaded and not
 * executable. Called by image_load(); unread.c.
 */
int unread_add(Elf *elf, size_t names, struct image *image);

/* Add a symbol; keeps no order. Returns 0, or -1 without memory. */
int symbol_add(struct section *s, struct symbol symbol);

/*
 * Load @path. Returns 0 or -1; then *why says what is wrong with the file. What is loaded lives
 * until the process ends: a tool that reads one file need not free it.
 */
int image_load(const char *path, struct image *image, const char **why);

/* The last symbol with a name at or below @addr, or NULL. */
const struct symbol *symbol_at(const struct section *section, uint64_t addr);

#endif
