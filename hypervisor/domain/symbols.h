/* SPDX-License-Identifier: MIT */
/* A guest kernel's own symbol table, for reports. */
#ifndef RINGONE_DOMAIN_SYMBOLS_H
#define RINGONE_DOMAIN_SYMBOLS_H

#include "boot.h"
#include "domain.h"
#include "elf.h"

/* Note where the tables lie in the module; their pages are not given away (memory.c). */
void symbols_keep(struct domain *d, const struct boot_module *kernel, const struct elf_info *elf);

#endif
