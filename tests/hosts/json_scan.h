/* SPDX-License-Identifier: MIT */
/*
 * Just enough JSON to read recordings where there is no library for it:
 * values as pieces of the text they lie in.
 */
#ifndef HOSTS_JSON_SCAN_H
#define HOSTS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value: its text, quotes and brackets included; NULL: there is none. */
struct value {
	const char *text;
	size_t len;
};

/**
 * json_whole() - a text as one value.
 *
 * Return: false if it is not exactly one object.
 */
bool json_whole(const char *text, size_t len, struct value *value);

/** json_member() - of an object, by its key; no value if it has none. */
struct value json_member(struct value object, const char *key);

/**
 * json_next() - the elements of a list, one after the other.
 * @at: where it goes on; begins with a NULL.
 */
bool json_next(struct value list, const char **at, struct value *element);

/** json_same() - whether both are absent, or the same text. */
bool json_same(struct value a, struct value b);

/** json_number() - a number, or a string of one as "0x..."; 0 for no value. */
uint64_t json_number(struct value value);

/** json_text() - a string without its quotes, cut to fit. */
void json_text(struct value value, char *buf, size_t size);

#endif
