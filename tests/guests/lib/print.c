/* SPDX-License-Identifier: MIT */
/* printf for a world without libc: %d %u %x %lld %llu %llx %s %c %p %%, with 0 and a width. */
#include "second.h"
#include "internal.h"

struct out {
	char *at, *end;
};

static void put(struct out *o, char c)
{
	if (o->at < o->end)
		*o->at++ = c;
}

static void put_number(struct out *o, uint64_t v, unsigned int base, int width, char pad, int minus)
{
	char digits[24];
	int n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while (v /= base);
	if (minus)
		digits[n++] = '-';
	for (int i = n; i < width; i++)
		put(o, pad);
	while (n)
		put(o, digits[--n]);
}

static void put_string(struct out *o, const char *s, int width)
{
	int n = 0;

	for (; s[n]; n++)
		put(o, s[n]);
	for (; n < width; n++)
		put(o, ' ');
}

static void put_signed(struct out *o, int64_t v, int width, char pad)
{
	put_number(o, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, width, pad, v < 0);
}

void guest_vsnprintf(char *text, size_t size, const char *fmt, va_list ap)
{
	struct out o = { text, text + size - 1 };

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		char pad = fmt[1] == '0' ? '0' : ' ';
		int width = 0, longs = 0;

		while (fmt[1] == '-')
			fmt++;
		while (fmt[1] >= '0' && fmt[1] <= '9')
			width = width * 10 + (*++fmt - '0');
		while (fmt[1] == 'l')
			fmt++, longs++;
		switch (*++fmt) {
		case 'd':
			put_signed(&o, longs > 1 ? va_arg(ap, long long) : va_arg(ap, int), width,
				   pad);
			break;
		case 'u':
		case 'x':
			put_number(&o, longs > 1 ? va_arg(ap, uint64_t) : va_arg(ap, uint32_t),
				   *fmt == 'u' ? 10 : 16, width, pad, 0);
			break;
		case 'p':
			put_number(&o, va_arg(ap, uint32_t), 16, 8, '0', 0);
			break;
		case 's':
			put_string(&o, va_arg(ap, const char *), width);
			break;
		case 'c':
			put(&o, va_arg(ap, int));
			break;
		default:
			put(&o, *fmt);
		}
	}
	*o.at = 0;
}

void guest_printf(const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	guest_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (second_mail)
		second_say(text, strlen(text));
	else
		ringone_console_write(&console, text, strlen(text));
}

void *memset(void *d, int c, size_t n)
{
	void *ret = d;

	asm volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return ret;
}

void *memcpy(void *d, const void *s, size_t n)
{
	void *ret = d;

	asm volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
	return ret;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}
