/* SPDX-License-Identifier: MIT */
/* What fills boot_info and options. */
#ifndef RINGONE_BOOT_INTERNAL_H
#define RINGONE_BOOT_INTERNAL_H

#include "boot.h"

void multiboot_parse(uint32_t magic, uint32_t info_paddr);
void multiboot_report(void); /* what of the command lines found no room */
void options_parse(const char *cmdline);

#endif
