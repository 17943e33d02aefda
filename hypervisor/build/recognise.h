/* SPDX-License-Identifier: MIT */
/* Files that are often loaded by mistake. */
#ifndef RINGONE_DOMAIN_RECOGNISE_H
#define RINGONE_DOMAIN_RECOGNISE_H

#include "elf.h"

/* A sentence that says what the file is and what to do, or NULL if nothing is known about it. */
const char *recognise_other(const struct image *img);

#endif
