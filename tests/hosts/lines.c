/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <stdio.h>
#include <string.h>

#define MOST_PRINTED 10

static int shown_len(struct value v)
{
	return v.text ? (int)(v.len < 200 ? v.len : 200) : 4;
}

void lines_differ(struct lines *lines, struct value line, const char *field,
		  struct value want, struct value got)
{
	struct value op = json_member(line, "op");

	if (lines->differing++ >= MOST_PRINTED)
		return;
	fprintf(stderr, "%s %s: line %d %.*s: %s: wanted %.*s, got %.*s\n",
		lines->world, lines->scenario,
		(int)json_number(json_member(line, "n")), shown_len(op),
		op.text ? op.text : "none", field, shown_len(want),
		want.text ? want.text : "none", shown_len(got),
		got.text ? got.text : "none");
}

static void compare(struct lines *lines, struct value line, const char *field,
		    struct value want, struct value got, bool equal)
{
	lines->fields++;
	if (!equal)
		lines_differ(lines, line, field, want, got);
}

/* ---- results ---- */

static bool op_is(struct value line, const char *verb)
{
	struct value op = json_member(line, "op");
	size_t len = strlen(verb);

	return op.text && op.len > len && !memcmp(op.text + 1, verb, len) &&
	       strchr(" \"", op.text[1 + len]);
}

static void compare_results(struct lines *lines, struct value want,
			    struct value got)
{
	static const char *const texts[] = { "n", "who", "op", "err", "sig" };
	/* What is absent is 0. */
	static const char *const numbers[] = { "ret", "done",  "hash", "uffd",
					       "min", "maj",   "n0",   "n1",
					       "st0", "absent" };
	struct value w, g;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		w = json_member(want, texts[i]);
		g = json_member(got, texts[i]);
		compare(lines, want, texts[i], w, g, json_same(w, g));
	}
	/* What `trace` returns is how many functions there are. */
	for (i = op_is(want, "trace"); i < sizeof(numbers) / sizeof(*numbers);
	     i++) {
		w = json_member(want, numbers[i]);
		g = json_member(got, numbers[i]);
		compare(lines, want, numbers[i], w, g,
			json_number(w) == json_number(g));
	}
}

/* ---- mappings ---- */

static void compare_vmas(struct lines *lines, struct value want,
			 struct value got)
{
	static const char *const keys[] = { "start", "end", "perm", "off",
					    "flags" };
	struct value w = json_member(want, "vmas"), wi = { NULL, 0 };
	struct value g = json_member(got, "vmas"), gi = { NULL, 0 };
	const char *at_w = NULL, *at_g = NULL;
	bool more_w, more_g;
	size_t i;

	for (;;) {
		more_w = json_next(w, &at_w, &wi);
		more_g = json_next(g, &at_g, &gi);
		if (more_w != more_g)
			lines_differ(lines, want, "vmas", w, g);
		if (!more_w || !more_g)
			return;
		for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			compare(lines, want, keys[i], wi, gi,
				json_same(json_member(wi, keys[i]),
					  json_member(gi, keys[i])));
	}
}

/* ---- pages ---- */

static bool has_word(struct value list, const char *word)
{
	char text[256], *p = text;
	size_t len = strlen(word);

	json_text(list, text, sizeof(text));
	while ((p = strstr(p, word))) {
		if ((p == text || p[-1] == ' ') && strchr(" ", p[len]))
			return true;
		p += len;
	}
	return false;
}

static bool same_page_flags(const struct lines *lines, struct value want,
			    struct value got)
{
	static const char *const words[] = { "anon", "swapbacked", "swapcache",
					     "head", "tail",	   "thp",
					     "huge", "zero",	   "ksm" };
	size_t i, nr = sizeof(words) / sizeof(*words) - !lines->ksm;

	if (!want.text != !got.text)
		return false;
	for (i = 0; i < nr; i++)
		if (has_word(want, words[i]) != has_word(got, words[i]))
			return false;
	return true;
}

static bool same_entry(const struct lines *lines, struct value want,
		       struct value got)
{
	if (!want.text != !got.text)
		return false;
	return !((json_number(want) ^ json_number(got)) & ~lines->slot_mask);
}

/* The entries of some worlds could not be recorded at all. */
static bool has_entry(struct value run)
{
	return json_member(run, "lvl").text || json_member(run, "pte").text ||
	       json_member(run, "swp").text;
}

/* Two runs that share a page. */
static void compare_run(struct lines *lines, struct value line,
			struct value want, struct value got)
{
	static const char *const keys[] = { "pm",  "mc",  "b",	"kpf",
					    "lvl", "pte", "swp" };
	size_t i, nr = has_entry(want) ? sizeof(keys) / sizeof(*keys) : 4;
	struct value w, g;
	bool equal;

	for (i = 0; i < nr; i++) {
		w = json_member(want, keys[i]);
		g = json_member(got, keys[i]);
		if (!strcmp(keys[i], "kpf"))
			equal = same_page_flags(lines, w, g);
		else if (!strcmp(keys[i], "pte"))
			equal = same_entry(lines, w, g);
		else
			equal = json_same(w, g);
		compare(lines, line, keys[i], w, g, equal);
	}
}

/* The pages of a run: false if it is none. */
static bool run_pages(struct value run, uint64_t *first, uint64_t *last)
{
	struct value list = json_member(run, "i"), v;
	const char *at = NULL;

	if (!json_next(list, &at, &v))
		return false;
	*first = json_number(v);
	if (!json_next(list, &at, &v))
		return false;
	*last = json_number(v);
	return *first <= *last;
}

struct runs {
	struct value list, run;
	const char *at;
	uint64_t first, last;
	bool more;
};

static void next_run(struct runs *r)
{
	r->more = json_next(r->list, &r->at, &r->run) &&
		  run_pages(r->run, &r->first, &r->last);
}

/* Runs are cut differently: go through what they have in common. */
static void compare_pages(struct lines *lines, struct value want,
			  struct value got)
{
	struct runs w = { .list = json_member(want, "pages") };
	struct runs g = { .list = json_member(got, "pages") };
	uint64_t page = 0, last;

	next_run(&w);
	next_run(&g);
	while (w.more && g.more && w.first <= page && g.first <= page) {
		compare_run(lines, want, w.run, g.run);
		last = w.last < g.last ? w.last : g.last;
		page = last + 1;
		if (w.last == last)
			next_run(&w);
		if (g.last == last)
			next_run(&g);
	}
	if (w.more || g.more || !w.list.text != !g.list.text)
		lines_differ(lines, want, "pages", w.list, g.list);
}

void lines_compare(struct lines *lines, struct value want, struct value got)
{
	compare_results(lines, want, got);
	compare_vmas(lines, want, got);
	compare_pages(lines, want, got);
}
