/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 1 and 2 (their specifications, sections "Boot information
 * format"), read through a small window since the tables may lie anywhere,
 * and reduced to one struct boot_info.
 */
#include "internal.h"
#include "boot.h"
#include "lib.h"
#include "mm/mm.h"
#include "say/say.h"

#define MB1_LOADER_MAGIC 0x2BADB002
#define MB2_LOADER_MAGIC 0x36d76289

#define MB1_CMDLINE (1U << 2)
#define MB1_MODULES (1U << 3)
#define MB1_MMAP    (1U << 6)
#define MB1_LOADER  (1U << 9)

struct mb1_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr, config_table, loader_name;
};

struct mb1_module {
	uint32_t start, end, string, reserved;
};

struct mb2_tag {
	uint32_t type, size;
};
enum {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_LOADER = 2,
	MB2_MODULE = 3,
	MB2_MMAP = 6,
	MB2_ACPI_OLD = 14,
	MB2_ACPI_NEW = 15,
};

static void read_string(paddr_t from, char *to, uint32_t size)
{
	uint32_t i = 0;

	for (; i + 1 < size; i++) {
		boot_read(from + i, &to[i], 1);
		if (!to[i])
			break;
	}
	to[i] = '\0';
}

static void add_ram_entry(uint64_t start, uint64_t size, uint32_t type)
{
	if (!size)
		return;
	if (boot_info.nr_e820 == MAX_E820) {
		printk(LOG_WARN, "memory map: more than %d entries; 0x%llx and up is ignored\n",
		       MAX_E820, start);
		return;
	}
	boot_info.e820[boot_info.nr_e820++] = (struct e820_entry){ start, size, type };
}

static void add_module(paddr_t start, paddr_t end, paddr_t string, uint32_t string_size)
{
	struct boot_module *m;

	if (boot_info.nr_modules == MAX_MODULES || end <= start) {
		printk(LOG_WARN, "module at 0x%llx ignored: %s\n", start,
		       end <= start ? "it is empty" : "more than 4");
		return;
	}
	m = &boot_info.modules[boot_info.nr_modules++];
	m->start = start;
	m->size = end - start;
	read_string(string, m->cmdline, MIN(sizeof(m->cmdline), string_size));
}

static void parse_mb1(paddr_t at)
{
	struct mb1_info mbi;

	boot_read(at, &mbi, sizeof(mbi));
	if (mbi.flags & MB1_CMDLINE)
		read_string(mbi.cmdline, boot_info.cmdline, sizeof(boot_info.cmdline));
	if (mbi.flags & MB1_LOADER)
		read_string(mbi.loader_name, boot_info.loader, sizeof(boot_info.loader));
	for (uint32_t i = 0; (mbi.flags & MB1_MODULES) && i < mbi.mods_count; i++) {
		struct mb1_module m;

		boot_read(mbi.mods_addr + i * sizeof(m), &m, sizeof(m));
		add_module(m.start, m.end, m.string, ~0U);
	}
	for (uint32_t pos = 0; (mbi.flags & MB1_MMAP) && pos < mbi.mmap_length;) {
		struct {
			uint32_t size;
			uint64_t start, length;
			uint32_t type;
		} __packed e;

		boot_read(mbi.mmap_addr + pos, &e, sizeof(e));
		add_ram_entry(e.start, e.length, e.type);
		pos += e.size + sizeof(e.size);
	}
}

static void parse_mb2_mmap(paddr_t at, uint32_t size)
{
	uint32_t head[2]; /* entry size, version */

	boot_read(at + 8, head, sizeof(head));
	if (head[0] < 24)
		return;
	for (uint32_t pos = 16; pos + head[0] <= size; pos += head[0]) {
		struct {
			uint64_t start, length;
			uint32_t type, zero;
		} e;

		boot_read(at + pos, &e, sizeof(e));
		add_ram_entry(e.start, e.length, e.type);
	}
}

static void parse_mb2(paddr_t at)
{
	uint32_t total;

	boot_read(at, &total, sizeof(total));
	for (uint32_t pos = 8; pos + sizeof(struct mb2_tag) <= total;) {
		struct mb2_tag tag;
		uint32_t range[2];

		boot_read(at + pos, &tag, sizeof(tag));
		if (tag.type == MB2_END || tag.size < sizeof(tag))
			break;
		switch (tag.type) {
		case MB2_CMDLINE:
			read_string(at + pos + 8, boot_info.cmdline, sizeof(boot_info.cmdline));
			break;
		case MB2_LOADER:
			read_string(at + pos + 8, boot_info.loader, sizeof(boot_info.loader));
			break;
		case MB2_MODULE:
			boot_read(at + pos + 8, range, sizeof(range));
			add_module(range[0], range[1], at + pos + 16, tag.size - 16);
			break;
		case MB2_MMAP:
			parse_mb2_mmap(at + pos, tag.size);
			break;
		case MB2_ACPI_OLD:
		case MB2_ACPI_NEW:
			boot_read(at + pos + 8, boot_info.rsdp,
				  MIN(tag.size - 8, sizeof(boot_info.rsdp)));
			boot_info.has_rsdp = true;
			break;
		}
		pos += ROUND_UP(tag.size, 8);
	}
}

static void drop_first_word(char *s)
{
	char *rest = strchr(s, ' ');

	if (rest)
		memmove(s, rest + 1, strlen(rest + 1) + 1);
	else
		*s = '\0';
}

/*
 * QEMU puts the file's name in front of every command line.  GRUB 2 does not,
 * and its scripts put the word "placeholder" there for loaders that skip it.
 */
static void strip_file_names(void)
{
	bool qemu = !strncmp(boot_info.loader, "qemu", 4);

	if (qemu)
		drop_first_word(boot_info.cmdline);
	for (uint32_t i = 0; i < boot_info.nr_modules; i++) {
		char *s = boot_info.modules[i].cmdline;

		if (qemu || !strncmp(s, "placeholder", 11))
			drop_first_word(s);
	}
}

void multiboot_parse(uint32_t magic, uint32_t info_paddr)
{
	if (magic == MB1_LOADER_MAGIC)
		parse_mb1(info_paddr);
	else if (magic == MB2_LOADER_MAGIC)
		parse_mb2(info_paddr);
	else
		panic("boot loader magic 0x%x is neither Multiboot 1 nor 2; "
		      "load this image with GRUB's `multiboot2` or `multiboot`, or QEMU's -kernel",
		      magic);
	if (!boot_info.nr_e820)
		panic("the boot loader gave no memory map; Ringone cannot guess where RAM is");
	strip_file_names();
}
