/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include "ops.h"

#include <string.h>

const char *line_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long line_number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

bool line_is(const json_t *line, const char *verb)
{
	return op_verb_is(line_text(line, "op"), verb);
}

json_int_t run_end(const json_t *run, size_t which)
{
	return json_integer_value(
		json_array_get(json_object_get(run, "i"), which));
}

bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') &&
		    (!at[len] || at[len] == ' '))
			return true;
	return false;
}

bool scalar_equal(const json_t *want, const json_t *got)
{
	if (json_is_string(want) || json_is_string(got)) {
		const char *w = json_string_value(want);
		const char *g = json_string_value(got);

		return (!want || w) && (!got || g) &&
		       !strcmp(w ? w : "", g ? g : "");
	}
	if ((want && !json_is_integer(want)) || (got && !json_is_integer(got)))
		return json_equal(want, got);
	return json_integer_value(want) == json_integer_value(got);
}
