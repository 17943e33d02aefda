/* SPDX-License-Identifier: MIT */
/* The hypervisor's own words. */
#include "say.h"
#include "lib.h"
#include "mm/mm.h"

enum loglevel loglevel = LOG_INFO;

/* A guest can make us say endless debug messages: they give way to everything else. */
static void emit(enum loglevel level, const char *s)
{
	uint32_t n = strlen(s);

	if (level >= LOG_DEBUG && console_room() < n)
		console_lost(n);
	else
		console_write(s, n);
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
	emit(level, line);
}

void printk_raw(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	emit(LOG_INFO, line);
}
