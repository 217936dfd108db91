/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char buf[1 << 16];
static size_t fill;
static bool lost; /* nobody reads any more */
static bool line_begun;

const char *out_prefix = "";

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

static void line_begin(void)
{
	size_t len = strlen(out_prefix);

	memcpy(buf + fill, out_prefix, len);
	fill += len;
	line_begun = true;
}

void out(const char *fmt, ...)
{
	va_list ap;
	int n;

	if (fill > sizeof(buf) - 4096)
		out_flush();
	if (!line_begun)
		line_begin();
	va_start(ap, fmt);
	n = vsnprintf(buf + fill, sizeof(buf) - fill, fmt, ap);
	va_end(ap);
	fill += n > 0 ? (size_t)n : 0;
	line_begun = buf[fill - 1] != '\n';
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
