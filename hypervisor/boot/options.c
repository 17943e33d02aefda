/* SPDX-License-Identifier: MIT */
/*
 * The command line: words separated by spaces, or in quotes.  What is not known
 * is named and ignored; but nobody is given all of memory because it was not
 * understood how much of it they want.
 */
#include "internal.h"
#include "boot.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "say/say.h"
#include "sched/sched.h"

static void bad(const char *name, const char *value, const char *remedy)
{
	printk(LOG_WARN, "option %s=%s: %s; ignored\n", name, value, remedy);
}

static void opt_console(const char *v)
{
	if (!strcmp(v, "com1"))
		serial_use_port(0x3f8);
	else if (!strcmp(v, "com2"))
		serial_use_port(0x2f8);
	else
		bad("console", v, "use com1 or com2");
}

static void opt_loglvl(const char *v)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	if (!strcmp(v, "all"))
		v = "debug";
	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(v, names[i])) {
			loglevel = i;
			return;
		}
	}
	bad("loglvl", v, "use error, warning, info, debug or all");
}

static void opt_dom0_mem(const char *v)
{
	const char *end;
	uint64_t n = parse_size(v, &end);

	if (*end || end == v || n < (4U << 20))
		cannot_run("dom0_mem=%s is no size of at least 4M, such as 256M or 1G", v);
	options.dom0_mem = n;
}

static void opt_dom0_max_vcpus(const char *v)
{
	const char *end;
	uint64_t n = parse_size(v, &end);

	if (*end || end == v || n < 1 || n > MAX_VCPUS)
		bad("dom0_max_vcpus", v, "use a number from 1 to 8");
	else
		options.dom0_max_vcpus = n;
}

/* To see what depends on an assist: guests are told that it does not exist. */
static void opt_assist_off(const char *v)
{
	if (!strcmp(v, "4gb_segments"))
		options.assists_off |= 1U << VMASST_TYPE_4gb_segments;
	else if (!strcmp(v, "writable_pagetables"))
		options.assists_off |= 1U << VMASST_TYPE_writable_pagetables;
	else
		bad("assist-off", v, "use 4gb_segments or writable_pagetables");
}

static void opt_sched_ratelimit_us(const char *v)
{
	const char *end;
	uint64_t n = parse_size(v, &end);

	if (*end || end == v || !sched_set_ratelimit_us(n))
		bad("sched_ratelimit_us", v, "use a number from 100 to 500000, or 0");
}

static void opt_first(const char *v)
{
	if (!strcmp(v, "plain"))
		options.first_plain = true;
	else
		bad("first", v, "use plain, or leave the option out");
}

static const struct {
	const char *name;
	void (*set)(const char *value); /* takes a value */
	bool *flag;                     /* or is one */
} known[] = {
	{ "console", opt_console, NULL },
	{ "loglvl", opt_loglvl, NULL },
	{ "dom0_mem", opt_dom0_mem, NULL },
	{ "dom0_max_vcpus", opt_dom0_max_vcpus, NULL },
	{ "assist-off", opt_assist_off, NULL },
	{ "first", opt_first, NULL },
	{ "sched_ratelimit_us", opt_sched_ratelimit_us, NULL },
	{ "noapic", NULL, &options.noapic },
	{ "noreboot", NULL, &options.noreboot },
	{ "debugexit", NULL, &options.debugexit },
	{ "emulated", NULL, &options.emulated },
};

static void parse_word(char *word)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	for (uint32_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(word, known[i].name))
			continue;
		if (known[i].set == opt_dom0_mem && !value)
			opt_dom0_mem("");
		if (known[i].set && value)
			known[i].set(value);
		else if (known[i].flag && !value)
			*known[i].flag = true;
		else
			printk(LOG_WARN, "option %s %s; ignored\n", word,
			       value ? "takes no value" : "needs a value");
		return;
	}
	printk(LOG_WARN, "option %s is not known; ignored. These are:", word);
	for (uint32_t i = 0; i < ARRAY_SIZE(known); i++)
		printk_raw(" %s%s", known[i].name, known[i].set ? "=" : "");
	printk_raw("\n");
}

void options_parse(const char *cmdline)
{
	char word[64];

	while (*cmdline) {
		uint32_t n = 0;
		char quote = 0;
		bool fits = true;

		while (*cmdline == ' ')
			cmdline++;
		for (; *cmdline && (quote || *cmdline != ' '); cmdline++) {
			if (*cmdline == quote) {
				quote = 0;
			} else if (!quote && (*cmdline == '"' || *cmdline == '\'')) {
				quote = *cmdline;
			} else if (n + 1 < sizeof(word)) {
				word[n++] = *cmdline;
			} else {
				fits = false;
			}
		}
		word[n] = '\0';
		if (quote)
			cannot_run("the quote in the command line's word %s is never closed", word);
		if (!fits)
			cannot_run("the command line's word %s... is longer than %u characters",
				   word, (uint32_t)sizeof(word) - 1);
		if (n)
			parse_word(word);
	}
}
