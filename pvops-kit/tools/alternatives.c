// SPDX-License-Identifier: MIT
#include "image.h"

#include <string.h>

/*
 * An entry begins with two 32-bit distances, each from its own place: to the instruction and to
 * the replacement. It ends with two bytes, the lengths. What is between (the CPU feature, flags)
 * has grown over the years, so the size is found by trying: the right one puts every replacement
 * inside of the section. Linux, arch/x86/include/asm/alternative.h.
 */
static const size_t entry_sizes[] = { 12, 13, 14 };

struct entry {
	uint64_t site, replacement;
	size_t length;
};

static int64_t distance(const uint8_t *at)
{
	int32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static struct entry entry_at(const uint8_t *table, uint64_t addr, size_t offset, size_t size)
{
	const uint8_t *at = table + offset;

	return (struct entry){
		.site = addr + offset + (uint64_t)distance(at),
		.replacement = addr + offset + 4 + (uint64_t)distance(at + 4),
		.length = at[size - 1],
	};
}

static int size_fits(const struct section *s, const uint8_t *table, size_t bytes, uint64_t addr,
		     size_t size)
{
	if (bytes % size)
		return 0;
	for (size_t at = 0; at < bytes; at += size) {
		struct entry e = entry_at(table, addr, at, size);

		if (e.length &&
		    (e.replacement < s->addr || e.replacement + e.length > s->addr + s->size))
			return 0;
	}
	return 1;
}

/* In each entry two places are relocated, the first words; nothing else is. */
static int places_fit(const struct place *places, size_t nr, size_t bytes, size_t size)
{
	if (bytes % size || nr != bytes / size * 2)
		return 0;
	for (size_t i = 0; i < nr; i++)
		if (places[i].at != i / 2 * size + i % 2 * 4)
			return 0;
	return 1;
}

int alternatives_of_object(const struct place *places, size_t nr, size_t bytes)
{
	size_t size = 0;

	for (size_t i = 0; !size && i < sizeof(entry_sizes) / sizeof(entry_sizes[0]); i++)
		if (places_fit(places, nr, bytes, entry_sizes[i]))
			size = entry_sizes[i];
	for (size_t i = 0; size && i < nr; i += 2) {
		const struct place *site = &places[i], *to = &places[i + 1];

		/* One that brings nothing may point behind the last byte. */
		if (!to->in || to->addr - to->in->addr >= to->in->size)
			continue;
		if (symbol_add(to->in, (struct symbol){ .addr = to->addr,
							.rank = 1,
							.name = to->in->name,
							.site = site->addr,
							.site_in = site->in }))
			return -1;
	}
	return 0;
}

int alternatives_add(struct image *image, const uint8_t *table, size_t bytes, uint64_t addr)
{
	struct section *s = NULL;
	size_t size = 0;

	for (size_t i = 0; i < image->nr_sections; i++)
		if (!strcmp(image->sections[i].name, ".altinstr_replacement"))
			s = &image->sections[i];
	for (size_t i = 0; s && !size && i < sizeof(entry_sizes) / sizeof(entry_sizes[0]); i++)
		if (size_fits(s, table, bytes, addr, entry_sizes[i]))
			size = entry_sizes[i];
	for (size_t at = 0; size && at < bytes; at += size) {
		struct entry e = entry_at(table, addr, at, size);

		if (e.length && symbol_add(s, (struct symbol){ .addr = e.replacement,
							       .rank = 1,
							       .name = s->name,
							       .site = e.site }))
			return -1;
	}
	return 0;
}
