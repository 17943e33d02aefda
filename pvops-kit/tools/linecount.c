// SPDX-License-Identifier: MIT
/*
 * linecount: lines of code without comments and blanks.
 *
 *   linecount [-m MODE] [-s] FILE...     count, or with -s print what is left
 *   linecount [-m MODE] -f               the same for the files named on standard input
 *
 * Prints "COUNT PATH" for each file in the order given. Exit status: 0, 1 when a file could not
 * be read (it is named, the others are still counted), 2 for a wrong command line.
 */
#include "strip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool mode_forced, print_text;
static enum strip_mode forced_mode;

/* Read all of @path into *len bytes; NULL with errno set when that fails. Caller frees. */
static char *read_all(const char *path, size_t *len)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	char *buf = NULL;
	size_t size = 0, got;

	if (!f)
		return NULL;
	*len = 0;
	do {
		if (*len == size) {
			char *bigger = realloc(buf, size = size ? size * 2 : 65536);

			if (!bigger)
				break;
			buf = bigger;
		}
		got = fread(buf + *len, 1, size - *len, f);
		*len += got;
	} while (got);
	if (ferror(f) || !feof(f)) {
		int error = errno;

		free(buf);
		buf = NULL;
		errno = error;
	}
	if (f != stdin)
		fclose(f);
	return buf;
}

/* Returns 0, or 1 when @path cannot be read. */
static int count(const char *path)
{
	enum strip_mode mode = mode_forced ? forced_mode : strip_mode_of(path);
	size_t len, lines;
	char *text;

	errno = EISDIR;
	text = read_all(path, &len);
	if (!text) {
		fprintf(stderr, "linecount: %s: %s\n", path, strerror(errno));
		return 1;
	}
	lines = strip_text(text, len, mode, print_text ? stdout : NULL);
	if (!print_text)
		printf("%zu %s\n", lines, path);
	free(text);
	return 0;
}

static int count_listed(void)
{
	char *path = NULL;
	size_t size = 0;
	ssize_t len;
	int status = 0;

	while ((len = getline(&path, &size, stdin)) > 0) {
		if (path[len - 1] == '\n')
			path[len - 1] = '\0';
		if (*path)
			status |= count(path);
	}
	free(path);
	return status;
}

static int usage(void)
{
	fputs("usage: linecount [-m c|asm|hash|edit] [-s] FILE... | -f < LIST\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	bool listed = false;
	int i, status = 0;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (!strcmp(argv[i], "-s")) {
			print_text = true;
		} else if (!strcmp(argv[i], "-f")) {
			listed = true;
		} else if (!strcmp(argv[i], "-m") && i + 1 < argc &&
			   !strip_mode_parse(argv[i + 1], &forced_mode)) {
			mode_forced = true;
			i++;
		} else {
			return usage();
		}
	}
	if (listed == (i < argc))
		return usage();
	if (listed)
		return count_listed();
	for (; i < argc; i++)
		status |= count(argv[i]);
	return status;
}
