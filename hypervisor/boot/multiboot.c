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

#define MAX_STRING 65536 /* behind that nobody counts what is lost */

static char char_at(paddr_t at)
{
	char c;

	boot_read(at, &c, 1);
	return c;
}

/* Returns how many bytes found no room. */
static uint32_t read_string(paddr_t from, char *to, uint32_t size)
{
	uint32_t i = 0, lost = 0;

	for (; i + 1 < size; i++) {
		to[i] = char_at(from + i);
		if (!to[i])
			return 0;
	}
	to[i] = '\0';
	while (lost < MAX_STRING && char_at(from + i + lost))
		lost++;
	return lost;
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

static void add_module(paddr_t start, paddr_t end, paddr_t string)
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
	m->string = string;
}

static void parse_mb1(paddr_t at)
{
	struct mb1_info mbi;

	boot_read(at, &mbi, sizeof(mbi));
	if (mbi.flags & MB1_CMDLINE)
		boot_info.string = mbi.cmdline;
	if (mbi.flags & MB1_LOADER)
		read_string(mbi.loader_name, boot_info.loader, sizeof(boot_info.loader));
	for (uint32_t i = 0; (mbi.flags & MB1_MODULES) && i < mbi.mods_count; i++) {
		struct mb1_module m;

		boot_read(mbi.mods_addr + i * sizeof(m), &m, sizeof(m));
		add_module(m.start, m.end, m.string);
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
			boot_info.string = at + pos + 8;
			break;
		case MB2_LOADER:
			read_string(at + pos + 8, boot_info.loader, sizeof(boot_info.loader));
			break;
		case MB2_MODULE:
			boot_read(at + pos + 8, range, sizeof(range));
			add_module(range[0], range[1], at + pos + 16);
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

static bool begins(paddr_t string, const char *word)
{
	while (*word)
		if (char_at(string++) != *word++)
			return false;
	return true;
}

/* Where the line goes on behind its first word, however long that is. */
static paddr_t behind_first_word(paddr_t string)
{
	char c;

	while ((c = char_at(string)) && c != ' ')
		string++;
	return c ? string + 1 : string;
}

/*
 * QEMU puts the file's name in front of every command line.  GRUB 2 does not,
 * and its scripts put the word "placeholder" there for loaders that skip it.
 */
static void read_command_lines(void)
{
	bool qemu = !strncmp(boot_info.loader, "qemu", 4);

	if (boot_info.string)
		boot_info.lost =
			read_string(qemu ? behind_first_word(boot_info.string) : boot_info.string,
				    boot_info.cmdline, sizeof(boot_info.cmdline));
	for (uint32_t i = 0; i < boot_info.nr_modules; i++) {
		struct boot_module *m = &boot_info.modules[i];

		if (!m->string)
			continue;
		if (qemu || begins(m->string, "placeholder"))
			m->string = behind_first_word(m->string);
		m->lost = read_string(m->string, m->cmdline, sizeof(m->cmdline));
	}
}

/* Nothing is cut in silence.  Once the console is what the options say. */
void multiboot_report(void)
{
	if (boot_info.lost)
		printk(LOG_WARN,
		       "the hypervisor's command line is longer than %u bytes: the last %u are lost\n",
		       (uint32_t)sizeof(boot_info.cmdline) - 1, boot_info.lost);
	for (uint32_t i = 0; i < boot_info.nr_modules; i++) {
		const struct boot_module *m = &boot_info.modules[i];

		if (m->lost)
			printk(LOG_WARN,
			       "the command line of module %u is longer than the %u bytes that the "
			       "interface carries: the last %u are lost, behind '%s'\n",
			       i + 1, (uint32_t)sizeof(m->cmdline) - 1, m->lost,
			       m->cmdline + sizeof(m->cmdline) - 1 - 16);
	}
}

void multiboot_parse(uint32_t magic, uint32_t info_paddr)
{
	if (magic == MB1_LOADER_MAGIC)
		parse_mb1(info_paddr);
	else if (magic == MB2_LOADER_MAGIC)
		parse_mb2(info_paddr);
	else
		cannot_run(
			"boot loader magic 0x%x is neither Multiboot 1 nor 2; "
			"load this image with GRUB's `multiboot2` or `multiboot`, or QEMU's -kernel",
			magic);
	if (!boot_info.nr_e820)
		cannot_run("the boot loader gave no memory map; Ringone cannot guess where RAM is");
	read_command_lines();
}
