/* SPDX-License-Identifier: MIT */
/*
 * The one lexer of the kit. Every line count pvkit prints, above or below the fraction bar, goes
 * through strip_text(), so that numerator and denominator cannot disagree about what a line is.
 */
#ifndef PVKIT_STRIP_H
#define PVKIT_STRIP_H

#include <stddef.h>
#include <stdio.h>

/* How comments look. */
enum strip_mode {
	STRIP_C,    /* C, SmPL, lex and yacc: slash-star and slash-slash */
	STRIP_ASM,  /* preprocessed x86 assembly: C's, and '#' unless it opens a directive */
	STRIP_HASH, /* Kconfig, make, configuration, shell, Python: '#' outside of quotes */
	STRIP_EDIT, /* the kit's .edit files: lines that open with '#' or slash-slash */
};

/* The mode a file's name asks for. @path: any path, only its last component counts. */
enum strip_mode strip_mode_of(const char *path);

/*
 * Parse a mode's name ("c", "asm", "hash", "edit") into *mode.
 * Returns 0, or -1 when there is no such mode.
 */
int strip_mode_parse(const char *name, enum strip_mode *mode);

/*
 * Strip comments, trailing blanks and blank lines from @len bytes at @text.
 * Each remaining line goes to @out, newline included, when @out is not NULL.
 * A comment between two words leaves one blank. Returns the number of remaining lines.
 */
size_t strip_text(const char *text, size_t len, enum strip_mode mode, FILE *out);

#endif
