/* SPDX-License-Identifier: MIT */
/*
 * What to write to switch the machine off.  The sleep types of state S5 stand
 * in ACPI's byte code, in a form so regular that it can be found without
 * running any (ACPI 6.5, sections 7.4.2, 20.2.3, 20.2.5):
 *
 *	08 [5C] "_S5_"   12  length  count  PM1a type  PM1b type  ...
 *	Name(\_S5,       Package (count) { ... })
 *
 * Pure; runs in the unit tests.
 */
#include "machine.h"
#include "lib.h"

#define NAME_OP    0x08
#define ROOT       0x5c
#define PACKAGE_OP 0x12
#define BYTE       0x0a
#define WORD       0x0b
#define DWORD      0x0c

/* A small integer at *pos, which moves behind it. */
static bool integer(const uint8_t *aml, uint32_t n, uint32_t *pos, uint8_t *value)
{
	uint32_t bytes = 0;

	if (*pos >= n)
		return false;
	switch (aml[*pos]) {
	case 0:
	case 1:
		*value = aml[(*pos)++];
		return true;
	case BYTE:
		bytes = 1;
		break;
	case WORD:
		bytes = 2;
		break;
	case DWORD:
		bytes = 4;
		break;
	default:
		return false;
	}
	if (bytes >= n - *pos)
		return false;
	*value = aml[*pos + 1];
	*pos += 1 + bytes;
	return true;
}

/* True: a and b are the types for PM1a_CNT and PM1b_CNT, 0 to 7. */
bool s5_find(const uint8_t *aml, uint32_t n, uint8_t *a, uint8_t *b)
{
	for (uint32_t at = 1; at + 6 < n; at++) {
		uint32_t pos = at + 4;

		if (memcmp(aml + at, "_S5_", 4) || aml[pos] != PACKAGE_OP)
			continue;
		if (aml[at - 1] != NAME_OP &&
		    !(at > 1 && aml[at - 1] == ROOT && aml[at - 2] == NAME_OP))
			continue;
		pos += 2 + (aml[pos + 1] >> 6); /* the operation, and the length: 1 to 4 bytes */
		if (pos >= n || aml[pos] < 1)
			continue;
		pos++;
		if (!integer(aml, n, &pos, a))
			continue;
		if (!integer(aml, n, &pos, b))
			*b = 0;
		if (*a < 8 && *b < 8)
			return true;
	}
	return false;
}
