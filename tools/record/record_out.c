/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static char buf[1 << 16];
static size_t fill;
static bool lost; /* nobody reads any more */

bool out_flush(void)
{
	size_t at = 0;

	while (at < fill && !lost) {
		ssize_t n = write(STDOUT_FILENO, buf + at, fill - at);

		if (n > 0)
			at += (size_t)n;
		else
			lost = !n || errno != EINTR;
	}
	fill = 0;
	return !lost;
}

void out_drop(void)
{
	fill = 0;
}

void out(const char *fmt, ...)
{
	va_list ap;
	int n;

	if (fill > sizeof(buf) - 4096)
		out_flush();
	va_start(ap, fmt);
	n = vsnprintf(buf + fill, sizeof(buf) - fill, fmt, ap);
	va_end(ap);
	fill += n > 0 ? (size_t)n : 0;
}

void out_text(const char *text)
{
	out("\"");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			out("\\%c", c);
		else if (c < ' ' || c > '~')
			out("\\u%04x", c);
		else
			out("%c", c);
	}
	out("\"");
}
