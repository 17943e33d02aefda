/* SPDX-License-Identifier: MIT */
/* Source lines from DWARF. */
#ifndef PVKIT_LINES_H
#define PVKIT_LINES_H

#include "image.h"

#include <stdint.h>

/*
 * Open the debug information of @path, which is @relocatable or linked. Without any, source_line()
 * knows nothing; no error.
 */
void lines_open(const char *path, int relocatable);

/*
 * "file:line" of @addr in section @s, or "-" when the debug information does not say; for inlined code the line
 * where the function that has a symbol calls it. Valid until the next call.
 */
const char *source_line(const struct section *s, uint64_t addr);

#endif
