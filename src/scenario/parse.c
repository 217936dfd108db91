/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <mmsim/process.h>
#include <stdio.h>
#include <string.h>

#include "core/backend.h"
#include "scenario/scenario.h"

bool word_is(struct word w, const char *text)
{
	return strlen(text) == w.len && !memcmp(w.s, text, w.len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Whole bytes of a line that no text has. */
static bool is_noise(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 && !is_blank(s[i]))
			return true;
	return len > SCENARIO_MAX_LINE;
}

static void cut_words(struct line *line)
{
	const char *s = line->text.s, *end = s + line->text.len;
	struct word *w;

	while (line->nr < SCENARIO_MAX_WORDS) {
		while (s < end && is_blank(*s))
			s++;
		if (s == end)
			return;
		w = &line->words[line->nr++];
		w->s = s;
		while (s < end && !is_blank(*s))
			s++;
		w->len = (size_t)(s - w->s);
	}
}

/* Without the comment and the blanks around; who in front goes apart. */
static void trim(struct line *line, const char *s, size_t len)
{
	const char *hash = memchr(s, '#', len);

	if (hash)
		len = (size_t)(hash - s);
	while (len && is_blank(*s))
		s++, len--;
	while (len && is_blank(s[len - 1]))
		len--;
	line->who.len = 0;
	if (len && *s == '@') {
		line->who.s = s + 1;
		while (len && !is_blank(*s))
			s++, len--;
		line->who.len = (size_t)(s - line->who.s);
		while (len && is_blank(*s))
			s++, len--;
	}
	line->text = (struct word){ s, len };
}

bool next_line(struct mmsim_scenario *s, struct line *line)
{
	const char *start, *end;
	size_t len;

	while (s->pos < s->len) {
		start = s->text + s->pos;
		end = memchr(start, '\n', s->len - s->pos);
		len = end ? (size_t)(end - start) : s->len - s->pos;
		s->pos += len + 1;
		line->n = ++s->n;
		line->nr = 0;
		trim(line, start, len);
		if (is_noise(start, len)) {
			line->text.len = min_u64(line->text.len, 40);
			return true;
		}
		cut_words(line);
		if (line->nr || line->who.len)
			return true;
	}
	return false;
}

/* What was found, fit to be printed. */
static const char *printable(struct word found, char *buf, size_t len)
{
	size_t i;

	if (!found.len)
		return "nothing";
	for (i = 0; i < found.len && i + 1 < len; i++)
		buf[i] = found.s[i] >= 0x20 && found.s[i] < 0x7f ? found.s[i]
								 : '?';
	buf[i] = '\0';
	return buf;
}

int bad_word(struct mmsim_scenario *s, struct word found, const char *expected)
{
	char buf[48];

	return world_fail(s->w, -EINVAL, "line %u: found \"%s\", expected %s",
			  s->line.n, printable(found, buf, sizeof(buf)),
			  expected);
}

/* Digits in front of a word; how many are used. */
static size_t parse_digits(struct word w, u64 *value)
{
	size_t i;
	u64 n = 0;

	for (i = 0; i < w.len && w.s[i] >= '0' && w.s[i] <= '9'; i++) {
		if (n > (~(u64)0 - 9) / 10)
			return 0;
		n = n * 10 + (u64)(w.s[i] - '0');
	}
	*value = n;
	return i;
}

int parse_size_word(struct mmsim_scenario *s, struct word w, u64 *bytes)
{
	unsigned shift = 0;
	size_t used = parse_digits(w, bytes);

	if (used && used + 1 == w.len) {
		switch (w.s[used]) {
		case 'p':
			shift = s->w->be->page_shift;
			break;
		case 'h':
			shift = s->w->be->pmd_shift;
			break;
		case 'k':
			shift = 10;
			break;
		case 'M':
			shift = 20;
			break;
		default:
			used = 0;
		}
	} else if (used != w.len) {
		used = 0;
	}
	if (!used || *bytes > ~(u64)0 >> shift)
		return bad_word(s, w, "a size (N, Np, Nh, Nk or NM)");
	*bytes <<= shift;
	return 0;
}

int parse_uint(struct mmsim_scenario *s, struct word w, u64 max, u64 *value)
{
	char expected[48];

	if (w.len && parse_digits(w, value) == w.len && *value <= max)
		return 0;
	snprintf(expected, sizeof(expected), "a number up to %" PRIu64, max);
	return bad_word(s, w, expected);
}

int parse_prot(struct mmsim_scenario *s, struct word w, int *prot)
{
	size_t i;

	*prot = 0;
	if (word_is(w, "none"))
		return 0;
	for (i = 0; i < w.len; i++) {
		switch (w.s[i]) {
		case 'r':
			*prot |= MMSIM_PROT_READ;
			break;
		case 'w':
			*prot |= MMSIM_PROT_WRITE;
			break;
		case 'x':
			*prot |= MMSIM_PROT_EXEC;
			break;
		default:
			return bad_word(s, w, "none or letters of rwx");
		}
	}
	return w.len ? 0 : bad_word(s, w, "none or letters of rwx");
}

static const struct {
	const char *word;
	int advice;
} advices[] = {
	{ "normal", MMSIM_MADV_NORMAL },
	{ "random", MMSIM_MADV_RANDOM },
	{ "sequential", MMSIM_MADV_SEQUENTIAL },
	{ "willneed", MMSIM_MADV_WILLNEED },
	{ "dontneed", MMSIM_MADV_DONTNEED },
	{ "free", MMSIM_MADV_FREE },
	{ "remove", MMSIM_MADV_REMOVE },
	{ "dontfork", MMSIM_MADV_DONTFORK },
	{ "dofork", MMSIM_MADV_DOFORK },
	{ "mergeable", MMSIM_MADV_MERGEABLE },
	{ "unmergeable", MMSIM_MADV_UNMERGEABLE },
	{ "hugepage", MMSIM_MADV_HUGEPAGE },
	{ "nohugepage", MMSIM_MADV_NOHUGEPAGE },
	{ "dontdump", MMSIM_MADV_DONTDUMP },
	{ "dodump", MMSIM_MADV_DODUMP },
	{ "wipeonfork", MMSIM_MADV_WIPEONFORK },
	{ "keeponfork", MMSIM_MADV_KEEPONFORK },
	{ "cold", MMSIM_MADV_COLD },
	{ "pageout", MMSIM_MADV_PAGEOUT },
	{ "populate_read", MMSIM_MADV_POPULATE_READ },
	{ "populate_write", MMSIM_MADV_POPULATE_WRITE },
	{ "dontneed_locked", MMSIM_MADV_DONTNEED_LOCKED },
	{ "collapse", MMSIM_MADV_COLLAPSE },
	{ "guard_install", MMSIM_MADV_GUARD_INSTALL },
	{ "guard_remove", MMSIM_MADV_GUARD_REMOVE },
};

int parse_advice(struct mmsim_scenario *s, struct word w, int *advice)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(advices); i++) {
		if (word_is(w, advices[i].word)) {
			*advice = advices[i].advice;
			return 0;
		}
	}
	return bad_word(s, w, "an advice as dontneed");
}

static int check_line(struct mmsim_scenario *s, const struct line *line)
{
	const struct op *op;

	if (!line->nr)
		return bad_word(s, line->text, "an operation");
	op = find_op(line->words[0]);
	if (!op)
		return bad_word(s, line->words[0], "an operation");
	if (!op->run) {
		return world_fail(
			s->w, -EOPNOTSUPP,
			"line %u: the operation %s is not supported yet",
			line->n, op->name);
	}
	if (line->nr - 1 < op->min_words || line->nr - 1 > op->max_words)
		return bad_word(s, line->text, op->usage);
	return 0;
}

int check_text(struct mmsim_scenario *s)
{
	int rc = 0;

	while (!rc && next_line(s, &s->line))
		rc = check_line(s, &s->line);
	s->pos = 0;
	s->n = 0;
	return rc;
}
