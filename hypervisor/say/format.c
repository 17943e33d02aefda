/* SPDX-License-Identifier: MIT */
/* A small printf, complete in what say.h promises and nothing more. */
#include "lib.h"
#include "say.h"

struct out {
	char *buf;
	size_t size, len;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_padded(struct out *o, const char *s, size_t n, int width, char pad, bool left)
{
	int fill = width - (int)n;

	/* A sign stays in front of the zeros. */
	if (pad == '0' && n && *s == '-') {
		put(o, *s++);
		n--;
	}
	for (; !left && fill > 0; fill--)
		put(o, pad);
	while (n--)
		put(o, *s++);
	for (; left && fill > 0; fill--)
		put(o, ' ');
}

static void put_number(struct out *o, uint64_t v, uint32_t base, bool upper, bool negative,
		       int width, char pad, bool left)
{
	char buf[24], *p = buf + sizeof(buf);
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	do {
		uint32_t digit;

		v = div64_32(v, base, &digit);
		*--p = digits[digit];
	} while (v);
	if (negative)
		*--p = '-';
	put_padded(o, p, buf + sizeof(buf) - p, width, pad, left);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };

	for (; *fmt; fmt++) {
		bool left = false;
		char pad = ' ';
		int width = 0, longs = 0, precision = -1;
		uint64_t v;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		for (fmt++; *fmt == '0' || *fmt == '-' || *fmt == '#'; fmt++) {
			if (*fmt == '0')
				pad = '0';
			else if (*fmt == '-')
				left = true;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		if (*fmt == '.') {
			precision = 0;
			if (fmt[1] == '*') {
				precision = va_arg(ap, int);
				fmt++;
			}
			for (fmt++; *fmt >= '0' && *fmt <= '9'; fmt++)
				precision = precision * 10 + *fmt - '0';
		}
		for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
			longs += *fmt == 'l';
		switch (*fmt) {
		case 'd':
		case 'i': {
			int64_t s = longs > 1 ? va_arg(ap, int64_t) : va_arg(ap, int32_t);

			put_number(&o, s < 0 ? -(uint64_t)s : (uint64_t)s, 10, false, s < 0, width,
				   pad, left);
			break;
		}
		case 'u':
		case 'x':
		case 'X':
			v = longs > 1 ? va_arg(ap, uint64_t) : va_arg(ap, uint32_t);
			put_number(&o, v, *fmt == 'u' ? 10 : 16, *fmt == 'X', false, width, pad,
				   left);
			break;
		case 'p':
			put_number(&o, va_arg(ap, uint32_t), 16, false, false, 8, '0', false);
			break;
		case 's': {
			const char *s = va_arg(ap, const char *);
			size_t n = 0;

			if (!s)
				s = "(null)";
			while (s[n] && (precision < 0 || n < (size_t)precision))
				n++;
			put_padded(&o, s, n, width, ' ', left);
			break;
		}
		case 'c':
			put(&o, va_arg(ap, int));
			break;
		case '%':
			put(&o, '%');
			break;
		default: /* unknown: show it as it stands */
			put(&o, '%');
			if (!*fmt)
				fmt--;
			else
				put(&o, *fmt);
		}
	}
	if (size)
		buf[MIN(o.len, size - 1)] = '\0';
	return o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
