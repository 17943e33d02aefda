// SPDX-License-Identifier: MIT
/*
 * A state machine over characters. It knows strings, character constants, continued lines and
 * comments, and nothing else of the languages: that is all a line count needs.
 */
#include "strip.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum state {
	CODE,
	STRING,    /* inside "..." */
	CHARACTER, /* inside '...' */
	BLOCK,     /* inside a slash-star comment */
	LINE,      /* inside a comment that ends with the line */
};

/* A line as it is being stripped. Longer lines than this are counted, their tail is not printed. */
struct line {
	char text[4096];
	size_t len;
	size_t lines;
	FILE *out;
};

static void put(struct line *line, char c)
{
	if (line->len < sizeof(line->text))
		line->text[line->len++] = c;
}

static void end_line(struct line *line)
{
	while (line->len && isspace((unsigned char)line->text[line->len - 1]))
		line->len--;
	if (line->len) {
		line->lines++;
		if (line->out) {
			fwrite(line->text, 1, line->len, line->out);
			fputc('\n', line->out);
		}
	}
	line->len = 0;
}

static bool blank_so_far(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (!isspace((unsigned char)line->text[i]))
			return false;
	return true;
}

/* Is the '#' at @s the start of a preprocessor directive rather than of gas's comment? */
static bool is_directive(const char *s, const char *end)
{
	static const char *const words[] = {
		"define", "undef", "include", "include_next", "if",      "ifdef",  "ifndef",
		"elif",   "else",  "endif",   "error",        "warning", "pragma", "line",
	};
	const char *word;
	size_t len;

	for (s++; s < end && (*s == ' ' || *s == '\t'); s++)
		;
	for (word = s; s < end && (isalpha((unsigned char)*s) || *s == '_'); s++)
		;
	len = (size_t)(s - word);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && !memcmp(words[i], word, len))
			return true;
	return false;
}

/* Does '#' open a comment here? @directive: the line is a preprocessor directive. */
static bool hash_opens(enum strip_mode mode, const struct line *line, bool *directive,
		       const char *s, const char *end)
{
	switch (mode) {
	case STRIP_C:
		return false;
	case STRIP_ASM:
		if (blank_so_far(line) && is_directive(s, end))
			*directive = true;
		return !*directive; /* in a directive # and ## are operators */
	case STRIP_HASH:
		return blank_so_far(line) || isspace((unsigned char)line->text[line->len - 1]);
	case STRIP_EDIT:
		return blank_so_far(line);
	}
	return false;
}

size_t strip_text(const char *text, size_t len, enum strip_mode mode, FILE *out)
{
	struct line line = { .out = out };
	enum state state = CODE;
	bool directive = false;
	bool slashes = mode == STRIP_C || mode == STRIP_ASM;
	const char *end = text + len;

	for (const char *s = text; s < end; s++) {
		char c = *s, next = s + 1 < end ? s[1] : '\0';

		if (c == '\r' && next == '\n')
			continue;
		if (c == '\n') {
			bool continued = s > text && s[-1] == '\\' && mode != STRIP_EDIT;

			/* make and Kconfig continue comments too, but never quotes. */
			if (state != BLOCK && !(continued && state != CODE))
				state = CODE;
			if (!continued)
				directive = false;
			end_line(&line);
			continue;
		}
		switch (state) {
		case BLOCK:
			if (c == '*' && next == '/') {
				state = CODE;
				s++;
				put(&line, ' ');
			}
			continue;
		case LINE:
			continue;
		case STRING:
		case CHARACTER:
			put(&line, c);
			if (c == '\\' && next && next != '\n') {
				put(&line, next);
				s++;
			} else if (c == (state == STRING ? '"' : '\'')) {
				state = CODE;
			}
			continue;
		case CODE:
			break;
		}
		if (slashes && c == '/' && next == '*') {
			state = BLOCK;
			s++;
		} else if ((slashes || (mode == STRIP_EDIT && blank_so_far(&line))) && c == '/' &&
			   next == '/') {
			state = LINE;
		} else if (c == '#' && hash_opens(mode, &line, &directive, s, end)) {
			state = LINE;
		} else {
			put(&line, c);
			if (c == '\\' && next && next != '\n' && mode == STRIP_HASH) {
				put(&line, next);
				s++;
			} else if (c == '"' && mode != STRIP_EDIT) {
				state = STRING;
			} else if (c == '\'' && mode == STRIP_C) {
				/* In assembly and in help texts it is an apostrophe. */
				state = CHARACTER;
			}
		}
	}
	end_line(&line);
	return line.lines;
}

static bool ends_with(const char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);

	return n >= t && !strcmp(name + n - t, tail);
}

enum strip_mode strip_mode_of(const char *path)
{
	static const char *const asms[] = { ".S", ".s", ".asm" };
	static const char *const hashes[] = { ".mk", ".config",    ".conf",    ".sh",   ".py",
					      ".pl", ".whitelist", "Makefile", "Kbuild" };
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < sizeof(asms) / sizeof(asms[0]); i++)
		if (ends_with(name, asms[i]))
			return STRIP_ASM;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (ends_with(name, hashes[i]))
			return STRIP_HASH;
	if (!strncmp(name, "Kconfig", 7) || !strncmp(name, "Makefile", 8))
		return STRIP_HASH;
	if (ends_with(name, ".edit"))
		return STRIP_EDIT;
	return STRIP_C;
}

int strip_mode_parse(const char *name, enum strip_mode *mode)
{
	static const char *const names[] = { "c", "asm", "hash", "edit" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name)) {
			*mode = (enum strip_mode)i;
			return 0;
		}
	}
	return -1;
}
