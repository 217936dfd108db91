/* SPDX-License-Identifier: MIT */
#include "program.h"

#include "out.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- slots ---- */

/* The number of the next mapping of each process. */
struct slots {
	const char *who[64];
	uint64_t next[64];
	int nr;
};

static uint64_t *slot_of(struct slots *s, const char *who)
{
	for (int i = 0; i < s->nr; i++)
		if (!strcmp(s->who[i], who))
			return &s->next[i];
	if (s->nr < 64) {
		s->who[s->nr] = who;
		s->next[s->nr++] = 0;
	}
	return &s->next[s->nr - 1];
}

static bool line_is_placed(const struct program_line *line)
{
	return line->nr && (!strcmp(line->word[0], "mmap") ||
			    !strcmp(line->word[0], "mremap"));
}

/* A child goes on where its parent was. */
static void slots_fork(struct slots *s, const struct program_line *line)
{
	uint64_t next = *slot_of(s, line->who);

	if (line->nr > 1 && !strcmp(line->word[0], "fork"))
		*slot_of(s, line->word[1]) = next;
}

/* ---- lines ---- */

static struct program_line *line_add(struct program *p, const char *who)
{
	struct program_line *line;

	if (p->nr == p->room) {
		p->room = p->room ? 2 * p->room : 64;
		p->v = xrealloc(p->v, p->room, sizeof(*p->v));
	}
	line = &p->v[p->nr++];
	memset(line, 0, sizeof(*line));
	line->who = xstrdup(who);
	return line;
}

static void words_add(struct program_line *line, const char *text, size_t len)
{
	char *copy = xcalloc(len + 1, 1), *state = NULL, *word;

	memcpy(copy, text, len);
	for (word = strtok_r(copy, " \t\r", &state);
	     word && line->nr < PROGRAM_WORDS;
	     word = strtok_r(NULL, " \t\r", &state))
		line->word[line->nr++] = xstrdup(word);
	free(copy);
}

static void line_clear(struct program_line *line)
{
	for (int i = 0; i < line->nr; i++)
		free(line->word[i]);
	free(line->who);
}

void program_add(struct program *p, const char *who, uint64_t at,
		 const char *fmt, ...)
{
	struct program_line *line = line_add(p, who);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	words_add(line, text, strlen(text));
	line->placed = at != UINT64_MAX;
	line->at = at;
}

void program_word(struct program *p, size_t line, int word, const char *text)
{
	free(p->v[line].word[word]);
	p->v[line].word[word] = xstrdup(text);
}

void program_free(struct program *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nr; i++)
		line_clear(&p->v[i]);
	free(p->v);
	free(p);
}

struct program *program_copy(const struct program *from, const bool *keep)
{
	struct program *p = xcalloc(1, sizeof(*p));

	p->stride = from->stride;
	for (size_t i = 0; i < from->nr; i++) {
		const struct program_line *old = &from->v[i];
		struct program_line *line;

		if (keep && !keep[i])
			continue;
		line = line_add(p, old->who);
		for (int w = 0; w < old->nr; w++)
			line->word[line->nr++] = xstrdup(old->word[w]);
		line->placed = old->placed;
		line->at = old->at;
	}
	return p;
}

/* ---- text ---- */

/* N bytes of "+N"; other units are left as they are: false. */
static bool offset_read(const char *word, uint64_t *offset)
{
	char *end;

	if (*word != '+' || !isdigit((unsigned char)word[1]))
		return false;
	*offset = strtoull(word + 1, &end, 10);
	return !*end;
}

/* From slot and offset to an address; an offset in pages stays a word. */
static void line_place(struct program_line *line, struct slots *slots,
		       uint64_t stride)
{
	uint64_t offset = 0, slot;

	slots_fork(slots, line);
	if (!line_is_placed(line))
		return;
	slot = (*slot_of(slots, line->who))++;
	if (offset_read(line->word[line->nr - 1], &offset))
		free(line->word[--line->nr]);
	line->placed = true;
	line->at = slot * stride + offset;
}

static void line_read(struct program *p, const char *from, const char *to)
{
	const char *hash = memchr(from, '#', (size_t)(to - from));
	struct program_line *line;
	char who[64] = "P";
	size_t len;

	to = hash ? hash : to;
	while (from < to && isspace((unsigned char)*from))
		from++;
	if (from < to && *from == '@') {
		len = strcspn(from + 1, " \t\n");
		snprintf(who, sizeof(who), "%.*s", (int)len, from + 1);
		from += 1 + len;
	}
	line = line_add(p, who);
	if (from < to)
		words_add(line, from, (size_t)(to - from));
	if (line->nr && strcmp(line->word[0], "expect"))
		return;
	line_clear(line);
	p->nr--;
}

struct program *program_read(const char *text, uint64_t stride)
{
	struct program *p = xcalloc(1, sizeof(*p));
	struct slots slots = { .nr = 0 };

	p->stride = stride;
	while (*text) {
		const char *end = text + strcspn(text, "\n");

		line_read(p, text, end);
		text = end + (*end == '\n');
	}
	for (size_t i = 0; i < p->nr; i++)
		line_place(&p->v[i], &slots, stride);
	return p;
}

static bool line_write(FILE *out, const struct program *p,
		       const struct program_line *line, struct slots *slots)
{
	uint64_t base;

	slots_fork(slots, line);
	if (strcmp(line->who, "P"))
		fprintf(out, "@%s ", line->who);
	for (int i = 0; i < line->nr; i++)
		fprintf(out, "%s%s", i ? " " : "", line->word[i]);
	if (line->placed) {
		base = (*slot_of(slots, line->who))++ * p->stride;
		if (line->at < base)
			return false;
		if (line->at > base)
			fprintf(out, " +%llu",
				(unsigned long long)(line->at - base));
	}
	fputc('\n', out);
	return true;
}

char *program_text(const struct program *p)
{
	struct slots slots = { .nr = 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool ok = out != NULL;

	for (size_t i = 0; i < p->nr && ok; i++)
		ok = line_write(out, p, &p->v[i], &slots);
	if (out)
		fclose(out);
	if (ok)
		return text;
	free(text);
	return NULL;
}
