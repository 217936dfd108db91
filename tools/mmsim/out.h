/* SPDX-License-Identifier: MIT */
/*
 * Output of the command: errors as one line, tables, JSON lines, progress.
 */
#ifndef TOOLS_OUT_H
#define TOOLS_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* Exit statuses that callers rely on. */
enum status { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/**
 * out_error() - "mmsim: " and one line on standard error; bytes that do not
 * print are escaped, so that noise in an input stays one line.
 *
 * Return: STATUS_USAGE, for `return out_error(...)`.
 */
int out_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

/**
 * out_progress() - a passing line on standard error, if it is a terminal.
 * An empty one takes the line away.
 */
void out_progress(const char *fmt, ...) PRINTF_LIKE(1, 2);

/** out_json() - one JSON line on standard output; @value is released. */
void out_json(json_t *value);

/** out_text() - any bytes as a JSON string: escaped if they are not UTF-8. */
json_t *out_text(const char *text);

/** out_hex() - a 64-bit value as "0x..."; JSON numbers are too small. */
json_t *out_hex(uint64_t value);

/** out_u64() - a number, or out_hex() of one that JSON libraries refuse. */
json_t *out_u64(uint64_t value);

/**
 * out_printable() - a copy of @text with every byte that does not print as
 * \xNN. The caller frees it.
 */
char *out_printable(const char *text, size_t len);

/* Rows of cells, printed with aligned columns. */
struct table;

/**
 * table_new() - an empty table.
 * @align: one letter per column: 'l' left, 'r' right. Must outlive it.
 */
struct table *table_new(const char *align);

/** table_cell() - the next cell; rows are filled from the left. */
void table_cell(struct table *table, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** table_print() - print with @indent blanks before each row, and release. */
void table_print(struct table *table, unsigned indent);

/* Allocation that ends the command with status 2 when memory is out. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *old, size_t n, size_t size);
char *xstrdup(const char *text);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
