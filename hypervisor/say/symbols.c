/* SPDX-License-Identifier: MIT */
/*
 * Names for our own addresses.  The table is made by tools/gen-symbols from a
 * first link and filled in by a second one; it is sorted by address.
 */
#include "say.h"

struct hv_symbol_entry {
	uint32_t addr;
	const char *name;
};
extern const struct hv_symbol_entry hv_symbols[];
extern const uint32_t nr_hv_symbols;

const char *hv_symbol(uint32_t addr, uint32_t *offset)
{
	uint32_t low = 0, high = nr_hv_symbols;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (hv_symbols[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low) {
		*offset = 0;
		return "?";
	}
	*offset = addr - hv_symbols[low - 1].addr;
	return hv_symbols[low - 1].name;
}
