/* SPDX-License-Identifier: MIT */
/* The hypervisor's own words. */
#include "say.h"
#include "lib.h"
#include "mm/mm.h"

enum loglevel loglevel = LOG_INFO;

static void emit(const char *s)
{
	uint32_t n = strlen(s);

	console_write_guest(s, n);
	message_log_put(s, n);
}

void printk(enum loglevel level, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	if (level > loglevel)
		return;
	n = snprintf(line, sizeof(line), "Ringone: ");
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	emit(line);
}

void printk_raw(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	emit(line);
}
