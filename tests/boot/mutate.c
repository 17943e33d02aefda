/* SPDX-License-Identifier: MIT */
/* mutate SEED < KERNEL > DAMAGED: the unit tests' way of damaging an ELF file, for files. */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/build/mutate.h"

#define MAX_BYTES (64U << 20)

int main(int argc, char **argv)
{
	uint8_t *bytes = malloc(MAX_BYTES);
	uint32_t size;

	if (argc != 2 || !bytes) {
		fprintf(stderr, "usage: mutate SEED < KERNEL > DAMAGED\n");
		return 2;
	}
	size = fread(bytes, 1, MAX_BYTES, stdin);
	if (size < 64 || ferror(stdin)) {
		fprintf(stderr, "mutate: standard input is no ELF file (%u bytes)\n", size);
		return 2;
	}
	mutate(bytes, &size, strtoul(argv[1], NULL, 0));
	if (fwrite(bytes, 1, size, stdout) != size || fflush(stdout)) {
		perror("mutate: standard output");
		return 1;
	}
	free(bytes);
	return 0;
}
