/* SPDX-License-Identifier: MIT */
#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void out_of_memory(void)
{
	fputs("mmsim: found no memory left, expected some\n", stderr);
	exit(STATUS_USAGE);
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *text)
{
	char *p = strdup(text);

	if (!p)
		out_of_memory();
	return p;
}

static char *PRINTF_LIKE(1, 0) xvasprintf(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		out_of_memory();
	return text;
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	return text;
}

char *out_printable(const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	char *copy = xcalloc(len + 1, 4), *to = copy;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	}
	*to = 0;
	return copy;
}

int out_error(const char *fmt, ...)
{
	va_list args;
	char *text, *line;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	line = out_printable(text, strlen(text));
	out_progress("%s", "");
	/* What was printed before the error must come before it. */
	fflush(stdout);
	fprintf(stderr, "mmsim: %s\n", line);
	free(line);
	free(text);
	return STATUS_USAGE;
}

void out_progress(const char *fmt, ...)
{
	va_list args;

	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fflush(stderr);
}

void out_json(json_t *value)
{
	if (!value)
		out_of_memory();
	json_dumpf(value, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(value);
}

json_t *out_text(const char *text)
{
	json_t *value = json_string(text);
	char *copy;

	if (value)
		return value;
	copy = out_printable(text, strlen(text));
	value = json_string(copy);
	free(copy);
	return value;
}

json_t *out_hex(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return json_string(text);
}

json_t *out_u64(uint64_t value)
{
	if (value > INT64_MAX)
		return out_hex(value);
	return json_integer((json_int_t)value);
}

struct table {
	const char *align;
	size_t columns, nr, room;
	char **cells;
};

struct table *table_new(const char *align)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->align = align;
	table->columns = strlen(align);
	return table;
}

void table_cell(struct table *table, const char *fmt, ...)
{
	va_list args;

	if (table->nr == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cells = xrealloc(table->cells, table->room,
					sizeof(*table->cells));
	}
	va_start(args, fmt);
	table->cells[table->nr++] = xvasprintf(fmt, args);
	va_end(args);
}

static int column_width(const struct table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->nr; i += table->columns) {
		size_t len = strlen(table->cells[i]);

		width = len > width ? len : width;
	}
	return (int)width;
}

static void print_cell(const struct table *table, size_t i, int width)
{
	size_t column = i % table->columns;
	bool last = column == table->columns - 1 || i == table->nr - 1;

	if (column)
		fputs("  ", stdout);
	if (table->align[column] == 'r')
		printf("%*s", width, table->cells[i]);
	else if (last)
		fputs(table->cells[i], stdout);
	else
		printf("%-*s", width, table->cells[i]);
	if (last)
		putchar('\n');
}

void table_print(struct table *table, unsigned indent)
{
	int *width = xcalloc(table->columns, sizeof(*width));

	for (size_t c = 0; c < table->columns; c++)
		width[c] = column_width(table, c);
	for (size_t i = 0; i < table->nr; i++) {
		if (i % table->columns == 0)
			printf("%*s", (int)indent, "");
		print_cell(table, i, width[i % table->columns]);
		free(table->cells[i]);
	}
	free(width);
	free(table->cells);
	free(table);
}
