/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

uint64_t size_of(const char *word)
{
	char *end;
	uint64_t value = strtoull(word, &end, 10);

	switch (*end) {
	case 'p':
		return value * host.page;
	case 'h':
		return value * host.pmd;
	case 'k':
		return value << 10;
	case 'M':
		return value << 20;
	default:
		return value;
	}
}

void words_cut(struct line *line)
{
	char *p = line->words_text;

	strcpy(p, line->text);
	line->nr = 0;
	while (line->nr < MOST_WORDS) {
		while (isspace((unsigned char)*p))
			p++;
		if (!*p)
			break;
		line->word[line->nr++] = p;
		while (*p && !isspace((unsigned char)*p))
			p++;
		if (*p)
			*p++ = 0;
	}
}

/* "@C op": who runs it. */
static const char *who_cut(const char *from, const char *to, struct line *line)
{
	size_t len = 0;

	strcpy(line->who, "P");
	if (from == to || *from != '@')
		return from;
	from++;
	while (from < to && !isspace((unsigned char)*from) &&
	       len < NAME_LEN - 1)
		line->who[len++] = *from++;
	line->who[len] = 0;
	while (from < to && isspace((unsigned char)*from))
		from++;
	return from;
}

/* One line without comment and blanks at its ends; false if nothing is left. */
static bool line_cut(const char *from, const char *to, struct line *line)
{
	const char *comment = memchr(from, '#', (size_t)(to - from));

	if (comment)
		to = comment;
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	from = who_cut(from, to, line);
	if (from == to || to - from >= TEXT_LEN)
		return false;
	memcpy(line->text, from, (size_t)(to - from));
	line->text[to - from] = 0;
	words_cut(line);
	/* What a test of the simulator expects is no operation. */
	return strcmp(line->word[0], "expect") != 0;
}

const char *program_next(const char *text, unsigned *n, struct line *line)
{
	while (*text) {
		const char *end = strchr(text, '\n');
		const char *next = end ? end + 1 : text + strlen(text);
		bool found;

		if (!end)
			end = next;
		++*n;
		found = line_cut(text, end, line);
		text = next;
		if (found) {
			line->n = *n;
			return text;
		}
	}
	return NULL;
}
