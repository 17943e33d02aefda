/* SPDX-License-Identifier: MIT */
/* Source lines from DWARF. */
#ifndef PVKIT_LINES_H
#define PVKIT_LINES_H

#include <stdint.h>

/* Open the debug information of @path. Without any, source_line() knows nothing; no error. */
void lines_open(const char *path);

/*
 * "file:line" of @addr, or "-" when the debug information does not say; for inlined code the line
 * where the function that has a symbol calls it. Valid until the next call. Addresses are virtual,
 * as in a linked file.
 */
const char *source_line(uint64_t addr);

#endif
