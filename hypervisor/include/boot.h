/* SPDX-License-Identifier: MIT */
/* What the boot loader told us, in one form for Multiboot 1 and 2, and our command line: facts
 * that boot/ writes before anything else runs, and everybody may read (lib/facts.c). */
#ifndef RINGONE_BOOT_H
#define RINGONE_BOOT_H

#include "types.h"

#define MAX_E820    64
#define MAX_MODULES 4

struct e820_entry { /* layout as the interface's memory map has it */
	uint64_t start, size;
	uint32_t type;
} __packed;
#define E820_RAM      1
#define E820_RESERVED 2

struct boot_module {
	paddr_t start;
	uint32_t size;
	paddr_t string;     /* the loader's, with what it puts in front; at boot */
	uint32_t lost;      /* bytes of it that found no room below */
	char cmdline[1024]; /* as much as the interface carries (MAX_GUEST_CMDLINE) */
};

struct boot_info {
	struct e820_entry e820[MAX_E820];
	uint32_t nr_e820;
	struct boot_module modules[MAX_MODULES];
	uint32_t nr_modules;
	paddr_t string; /* our own line, likewise */
	uint32_t lost;
	char cmdline[2048];
	char loader[64];
	uint8_t rsdp[36]; /* the loader's copy of ACPI's root pointer */
	bool has_rsdp;
};
extern struct boot_info boot_info;

struct options {
	uint32_t assists_off;    /* VMASST_TYPE_* bits that are refused: for experiments */
	uint64_t dom0_mem;       /* bytes; 0 = all that is left */
	uint32_t dom0_max_vcpus; /* 1..MAX_VCPUS; they share one processor */
	bool noreboot, first_plain, debugexit;
	bool emulated; /* at the end, list what was emulated (debug builds) */
	bool noapic;   /* leave the IO-APICs alone: interrupts through the 8259s */
};
extern struct options options;

#endif
