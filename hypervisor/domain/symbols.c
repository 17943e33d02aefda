/* SPDX-License-Identifier: MIT */
/*
 * Names for a guest kernel's addresses, from the .symtab and .strtab of the
 * file it was loaded from.  They stay where the boot loader put them and are
 * read through the map cache: slow, and only ever used to write a report.
 */
#include "domain.h"
#include "lib.h"
#include "mm/mm.h"

struct elf_symbol {
	uint32_t name, value, size;
	uint8_t info, other;
	uint16_t section;
};

_Static_assert(sizeof(struct elf_symbol) == ELF_SYMBOL_SIZE, "domain.h");

enum { TYPE_NONE = 0, TYPE_FUNCTION = 2, SECTION_UNDEFINED = 0, SECTION_ABSOLUTE = 0xfff1 };

static void machine_read(paddr_t from, void *to, uint32_t bytes)
{
	while (bytes) {
		uint32_t offset = from & (PAGE_SIZE - 1), n = MIN(bytes, PAGE_SIZE - offset);
		const char *page = map_frame(paddr_to_mfn(from));

		memcpy(to, page + offset, n);
		unmap_frame(page);
		from += n;
		to = (char *)to + n;
		bytes -= n;
	}
}

static bool is_code(const struct elf_symbol *s)
{
	uint32_t type = s->info & 15;

	return (type == TYPE_FUNCTION || type == TYPE_NONE) && s->name &&
	       s->section != SECTION_UNDEFINED && s->section != SECTION_ABSOLUTE;
}

/* Between two names for one place, a function is better than a bare label. */
static bool better(const struct elf_symbol *s, const struct elf_symbol *best)
{
	if (s->value != best->value)
		return s->value > best->value;
	return (s->info & 15) == TYPE_FUNCTION && (best->info & 15) != TYPE_FUNCTION;
}

static const char *name_of(const struct guest_symbols *t, const struct elf_symbol *s)
{
	static char name[64];
	uint32_t n;

	if (s->name >= t->strtab_size)
		return NULL;
	n = MIN(sizeof(name) - 1, t->strtab_size - s->name);
	machine_read(t->strtab + s->name, name, n);
	name[n] = '\0';
	for (char *p = name; *p; p++) /* the file may hold anything: no control characters */
		if (*p < ' ' || *p > '~')
			*p = '?';
	return name;
}

/*
 * The symbol at or before an address of the guest's kernel and how far behind
 * it the address lies; NULL when there is none.  The name is good until the
 * next call.
 */
const char *guest_symbol(struct domain *d, uint32_t addr, uint32_t *offset)
{
	const struct guest_symbols *t = &d->symbols;
	struct elf_symbol best = { 0 }, s[64];

	for (uint32_t i = 0; i < t->nr; i += ARRAY_SIZE(s)) {
		uint32_t n = MIN(t->nr - i, ARRAY_SIZE(s));

		machine_read(t->symtab + i * sizeof(s[0]), s, n * sizeof(s[0]));
		breathe(); /* the table is as long as whoever made the file wanted */
		for (uint32_t k = 0; k < n; k++)
			if (s[k].value <= addr && is_code(&s[k]) && better(&s[k], &best))
				best = s[k];
	}
	/* Far behind the last symbol there is no function any more. */
	if (!best.name || addr - best.value > 0x100000)
		return NULL;
	*offset = addr - best.value;
	return name_of(t, &best);
}
