/* SPDX-License-Identifier: MIT */
#include "json_scan.h"

#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p))
		p++;
	return p;
}

/* Behind a string that begins at @p; NULL if it does not end. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\')
			p++;
	}
	return NULL;
}

static const char *skip_nested(const char *p, const char *end)
{
	unsigned depth = 0;

	while (p && p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			continue;
		}
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		p++;
		if (!depth)
			return p;
	}
	return NULL;
}

/* Behind the value at @p; NULL if there is no whole one. */
static const char *skip_value(const char *p, const char *end)
{
	const char *from = p;

	if (p == end)
		return NULL;
	if (*p == '"')
		return skip_string(p, end);
	if (*p == '{' || *p == '[')
		return skip_nested(p, end);
	while (p < end && !strchr(",]} \t\r\n", *p))
		p++;
	return p > from ? p : NULL;
}

static bool take_value(const char **p, const char *end, struct value *value)
{
	const char *from = skip_blanks(*p, end);
	const char *to = skip_value(from, end);

	if (!to)
		return false;
	*value = (struct value){ from, (size_t)(to - from) };
	*p = skip_blanks(to, end);
	return true;
}

bool json_whole(const char *text, size_t len, struct value *value)
{
	const char *p = text, *end = text + len;

	return take_value(&p, end, value) && p == end && *value->text == '{';
}

struct value json_member(struct value object, const char *key)
{
	const char *p = object.text, *end = object.text + object.len;
	struct value name, value, none = { NULL, 0 };
	size_t len = strlen(key);

	if (!p || *p != '{')
		return none;
	for (p++; take_value(&p, end, &name) && p < end && *p == ':';) {
		p++;
		if (!take_value(&p, end, &value))
			break;
		if (name.len == len + 2 && !memcmp(name.text + 1, key, len))
			return value;
		if (p == end || *p++ != ',')
			break;
	}
	return none;
}

bool json_next(struct value list, const char **at, struct value *element)
{
	const char *end = list.text + list.len;

	if (!list.text || *list.text != '[')
		return false;
	if (!*at)
		*at = list.text;
	/* At the bracket, a comma, or the end. */
	if (*at == end || **at == ']')
		return false;
	++*at;
	return take_value(at, end, element);
}

bool json_same(struct value a, struct value b)
{
	if (!a.text || !b.text)
		return !a.text == !b.text;
	return a.len == b.len && !memcmp(a.text, b.text, a.len);
}

uint64_t json_number(struct value value)
{
	char buf[40];

	if (!value.text)
		return 0;
	json_text(value, buf, sizeof(buf));
	return strtoull(buf, NULL, 0);
}

void json_text(struct value value, char *buf, size_t size)
{
	size_t quote = value.text && *value.text == '"';
	size_t len = value.text ? value.len - 2 * quote : 0;

	if (len > size - 1)
		len = size - 1;
	if (len)
		memcpy(buf, value.text + quote, len);
	buf[len] = 0;
}
