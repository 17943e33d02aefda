/* SPDX-License-Identifier: MIT */
/* What images of all kinds have in common. */
#include <stdio.h>
#include <string.h>
#include "image.h"

void image_breaks(struct image *i, const char *why, int error)
{
	i->broken = 1;
	if (i->journal)
		i->journal->broken = 1;
	fprintf(stderr, "%s: %s (%s): the disk fails from now on\n", i->name, why, strerror(error));
}
