/* SPDX-License-Identifier: MIT */
/*
 * Delta debugging: leave out lines, then make what is left simpler, as long
 * as the difference stays.
 */
#include "program.h"

#include "out.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shrinking {
	struct program *p;
	unsigned (*differs)(const char *text, void *user);
	void *user;
};

/* The line at which a candidate differs, or 0; it replaces @s->p if so. */
static bool accept(struct shrinking *s, struct program *candidate)
{
	char *text = program_text(candidate);
	unsigned at = text ? s->differs(text, s->user) : 0;

	free(text);
	if (!at) {
		program_free(candidate);
		return false;
	}
	/* What comes after the difference has no part in it. */
	if (at < candidate->nr) {
		bool *keep = xcalloc(candidate->nr, sizeof(*keep));

		memset(keep, true, at);
		program_free(s->p);
		s->p = program_copy(candidate, keep);
		program_free(candidate);
		free(keep);
		return true;
	}
	program_free(s->p);
	s->p = candidate;
	return true;
}

static bool drop(struct shrinking *s, size_t from, size_t nr)
{
	bool *keep = xcalloc(s->p->nr, sizeof(*keep));
	struct program *candidate;

	for (size_t i = 0; i < s->p->nr; i++)
		keep[i] = i < from || i >= from + nr;
	candidate = program_copy(s->p, keep);
	free(keep);
	return candidate->nr ? accept(s, candidate)
			     : (program_free(candidate), false);
}

/* Runs of lines, ever shorter. */
static bool drop_lines(struct shrinking *s)
{
	bool any = false;

	for (size_t nr = s->p->nr / 2; nr; nr /= 2)
		for (size_t at = 0; at < s->p->nr;) {
			bool done = drop(s, at, nr);

			any |= done;
			at += done ? 0 : nr;
		}
	return any;
}

static bool try_word(struct shrinking *s, size_t line, int word,
		     const char *text)
{
	struct program *candidate;

	if (!strcmp(s->p->v[line].word[word], text))
		return false;
	candidate = program_copy(s->p, NULL);
	program_word(candidate, line, word, text);
	return accept(s, candidate);
}

/* "12p": smaller numbers of pages. */
static bool smaller_number(struct shrinking *s, size_t line, int word)
{
	static const unsigned tries[] = { 0, 1, 2, 4 };
	const char *old = s->p->v[line].word[word];
	char *unit, text[32], rest[8];
	unsigned long long value;

	/* A kernel makes at least as many passes: one shows another difference,
	 * which is none (docs/divergences.md). */
	if (!strcmp(s->p->v[line].word[0], "ksm") ||
	    !isdigit((unsigned char)*old))
		return false;
	value = strtoull(old, &unit, 10);
	snprintf(rest, sizeof(rest), "%.7s", unit);
	for (size_t i = 0; i < 4 && tries[i] < value; i++) {
		snprintf(text, sizeof(text), "%u%s", tries[i], rest);
		if (try_word(s, line, word, text))
			return true;
	}
	return false;
}

static bool simpler_words(struct shrinking *s)
{
	bool any = false;

	for (size_t line = 0; line < s->p->nr; line++)
		for (int word = 1; line < s->p->nr && word < s->p->v[line].nr;
		     word++)
			any |= smaller_number(s, line, word);
	return any;
}

/* A child's lines in the first process, where that shows it as well. */
static bool fewer_processes(struct shrinking *s)
{
	bool any = false;

	for (size_t line = 0; line < s->p->nr; line++) {
		struct program *candidate;

		if (!strcmp(s->p->v[line].who, "P"))
			continue;
		candidate = program_copy(s->p, NULL);
		free(candidate->v[line].who);
		candidate->v[line].who = xstrdup("P");
		any |= accept(s, candidate);
	}
	return any;
}

struct program *
program_shrink(const struct program *p,
	       unsigned (*differs)(const char *text, void *user), void *user)
{
	struct shrinking s = { program_copy(p, NULL), differs, user };
	bool again = true;

	for (int round = 0; again && round < 6; round++) {
		again = drop_lines(&s);
		again |= fewer_processes(&s);
		again |= simpler_words(&s);
	}
	return s.p;
}
