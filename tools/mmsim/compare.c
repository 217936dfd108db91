/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include "hash.h"
#include "ops.h"
#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_PAGE (-1)

/* One direction of the one-to-one renaming of swap offsets. */
struct rename_row {
	uint64_t from, to;
	UT_hash_handle hh;
};

/* The folio that page @page of a mapping was last seen in. */
struct fold_row {
	char *key; /* "who name page" */
	uint64_t first, nr;
	UT_hash_handle hh;
};

/* The bits of a swap entry at one level that are its offset. */
struct offset_mask {
	int shift;
	uint64_t mask;
	UT_hash_handle hh;
};

void compare_begin(struct compare *c, const struct mmsim_config *config,
		   const struct mmsim_world_info *info)
{
	memset(c, 0, sizeof(*c));
	c->config = config;
	c->info = *info;
	c->ksm = info->kernel != MMSIM_KERNEL(6, 12);
	/* H_PAGE_F_GIX and H_PAGE_F_SECOND of the 4K layout. */
	if (info->arch == MMSIM_ARCH_PPC64 && info->mmu == MMSIM_MMU_HASH &&
	    info->page_size == 4096)
		c->slot_mask = (uint64_t)0xf << 53;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* ---- differences ---- */

static bool field_unstable(const struct compare *c, const char *field)
{
	char key[96];
	size_t base = strcspn(field, "[");

	if (!c->unstable)
		return false;
	snprintf(key, sizeof(key), "%lld:%.*s",
		 (long long)json_integer_value(json_object_get(c->want, "n")),
		 (int)base, field);
	return json_object_get(c->unstable, key) != NULL;
}

static void differ(struct compare *c, long long page, const char *field,
		   const char *want, const char *got)
{
	struct difference *first = &c->first;

	if (first->found)
		return;
	first->found = true;
	first->n = json_integer_value(json_object_get(c->want, "n"));
	first->page = page;
	first->who = xstrdup(text_of(c->want, "who"));
	first->op = xstrdup(text_of(c->want, "op"));
	first->field = xstrdup(field);
	first->want = xstrdup(want);
	first->got = xstrdup(got);
}

void compare_differ(struct compare *c, const char *field, const char *want,
		    const char *got)
{
	differ(c, NO_PAGE, field, want, got);
}

/* A value as text: what is absent is "none". */
static char *value_text(const json_t *value)
{
	if (!value)
		return xstrdup("none");
	if (json_is_string(value))
		return xstrdup(json_string_value(value));
	return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

static void differ_values(struct compare *c, long long page, const char *field,
			  const json_t *want, const json_t *got)
{
	char *w = value_text(want), *g = value_text(got);

	differ(c, page, field, w, g);
	free(w);
	free(g);
}

/* Counts a comparison; false if the field is not to be compared. */
static bool counts(struct compare *c, const char *field, uint64_t times)
{
	if (field_unstable(c, field))
		return false;
	c->fields += times;
	return true;
}

/* ---- 1. results ---- */

/* Absent is 0 for numbers and the same as "" for texts. */
static bool scalar_equal(const json_t *want, const json_t *got)
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

static void compare_scalar(struct compare *c, const json_t *want,
			   const json_t *got, const char *key)
{
	const json_t *w = json_object_get(want, key);
	const json_t *g = json_object_get(got, key);

	if (counts(c, key, 1) && !scalar_equal(w, g))
		differ_values(c, NO_PAGE, key, w, g);
}

/* Keys that every line may have; what else an mstat line has is a value. */
static bool key_is_common(const char *key)
{
	static const char *const common[] = { "n",    "who",  "op",   "ret",
					      "err",  "min",  "maj",  "sig",
					      "done", "hash", "uffd", "calls",
					      "seq" };

	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		if (!strcmp(key, common[i]))
			return true;
	return false;
}

static void compare_mstat(struct compare *c, const json_t *want,
			  const json_t *got)
{
	/* jansson's iterators take no const; nothing is changed. */
	json_t *both = json_object(), *value;
	const char *key;

	json_object_update(both, (json_t *)(uintptr_t)got);
	json_object_update(both, (json_t *)(uintptr_t)want);
	json_object_foreach(both, key, value)
		if (!key_is_common(key))
			compare_scalar(c, want, got, key);
	json_decref(both);
}

static bool ret_is_information(const char *op)
{
	return op_verb_is(op, "trace") || op_verb_is(op, "cat") ||
	       op_verb_is(op, "ksm") || op_verb_is(op, "numa_scan") ||
	       op_verb_is(op, "vmstat") || op_verb_is(op, "mstat");
}

static void compare_results(struct compare *c, const json_t *want,
			    const json_t *got)
{
	static const char *const always[] = { "sig",  "done", "hash",
					      "uffd", "min",  "maj" };
	static const char *const rare[] = { "n0", "n1", "absent", "st0" };
	const char *op = text_of(want, "op");

	if (!ret_is_information(op))
		compare_scalar(c, want, got, "ret");
	compare_scalar(c, want, got, "err");
	if (op_verb_is(op, "clear_refs"))
		return;
	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		compare_scalar(c, want, got, always[i]);
	for (size_t i = 0; i < sizeof(rare) / sizeof(*rare); i++)
		if (json_object_get(want, rare[i]) ||
		    json_object_get(got, rare[i]))
			compare_scalar(c, want, got, rare[i]);
	if (op_verb_is(op, "mstat"))
		compare_mstat(c, want, got);
}

/* ---- 1. mappings ---- */

static void compare_vma(struct compare *c, size_t i, const json_t *want,
			const json_t *got)
{
	static const char *const keys[] = { "start", "end", "perm", "off",
					    "flags" };

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		const json_t *w = json_object_get(want, keys[k]);
		const json_t *g = json_object_get(got, keys[k]);
		char field[48];

		snprintf(field, sizeof(field), "vmas[%zu].%s", i, keys[k]);
		if (counts(c, field, 1) && !scalar_equal(w, g))
			differ_values(c, NO_PAGE, field, w, g);
	}
}

static void compare_vmas(struct compare *c, const json_t *want,
			 const json_t *got)
{
	const json_t *w = json_object_get(want, "vmas");
	const json_t *g = json_object_get(got, "vmas");
	size_t nr = json_array_size(w) > json_array_size(g)
			    ? json_array_size(w)
			    : json_array_size(g);

	if (!w && !g)
		return;
	if ((!w || !g) && counts(c, "vmas", 1))
		differ(c, NO_PAGE, "vmas", w ? "a list" : "none",
		       g ? "a list" : "none");
	for (size_t i = 0; i < nr; i++)
		compare_vma(c, i, json_array_get(w, i), json_array_get(g, i));
}

/* ---- 2. entries ---- */

static bool hex_value(const json_t *value, uint64_t *raw)
{
	const char *text = json_string_value(value);
	char *end;

	/* An empty entry is the number 0. */
	if (json_is_integer(value)) {
		*raw = (uint64_t)json_integer_value(value);
		return true;
	}
	if (!text || !*text)
		return false;
	errno = 0;
	*raw = strtoull(text, &end, 16);
	return !*end && !errno;
}

static bool decode(const struct compare *c, uint64_t raw, unsigned shift,
		   struct mmsim_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->size = sizeof(*entry);
	return !mmsim_entry_decode(c->config, raw, shift, entry);
}

/*
 * Which bits are the offset: those whose change leaves a swap entry with the
 * same flags and another offset. A layout is probed once per level.
 */
static uint64_t offset_bits(struct compare *c, uint64_t raw, int shift)
{
	struct mmsim_entry base, other;
	struct offset_mask *row;

	HASH_FIND_INT(c->masks, &shift, row);
	if (row)
		return row->mask;
	row = xcalloc(1, sizeof(*row));
	row->shift = shift;
	if (decode(c, raw, (unsigned)shift, &base))
		for (unsigned bit = 0; bit < 64; bit++)
			if (decode(c, raw ^ ((uint64_t)1 << bit),
				   (unsigned)shift, &other) &&
			    other.flags == base.flags && other.pfn != base.pfn)
				row->mask |= (uint64_t)1 << bit;
	HASH_ADD_INT(c->masks, shift, row);
	return row->mask;
}

/* Note @from -> @to; false if @from is renamed to something else already. */
static bool rename_note(struct rename_row **rows, uint64_t from, uint64_t to)
{
	struct rename_row *row;

	HASH_FIND(hh, *rows, &from, sizeof(from), row);
	if (row)
		return row->to == to;
	row = xcalloc(1, sizeof(*row));
	row->from = from;
	row->to = to;
	HASH_ADD(hh, *rows, from, sizeof(from), row);
	return true;
}

/* Two swap entries: type, flags and markers exactly, offsets renamed. */
static bool swap_equal(struct compare *c, uint64_t want, uint64_t got,
		       int shift, uint64_t *want_off, uint64_t *got_off)
{
	struct mmsim_entry w, g;
	uint64_t mask;

	*want_off = *got_off = UINT64_MAX;
	if (!decode(c, want, (unsigned)shift, &w) || !(w.flags & MMSIM_E_SWAP))
		return want == got;
	mask = offset_bits(c, want, shift);
	if (((want ^ got) & ~mask) || !decode(c, got, (unsigned)shift, &g))
		return false;
	*want_off = w.pfn;
	*got_off = g.pfn;
	return rename_note(&c->ours, w.pfn, g.pfn) &&
	       rename_note(&c->theirs, g.pfn, w.pfn);
}

/* ---- dumps ---- */

/* A dump: whose, of what, and where its first page lies in the mapping. */
struct dump {
	char who[64], name[64];
	uint64_t base; /* pages */
	/* Offsets of the page before, UINT64_MAX if it was not swapped. */
	uint64_t want_before, got_before;
};

static void dump_read(const struct compare *c, const json_t *want,
		      struct dump *dump)
{
	const char *op = text_of(want, "op"), *end;
	uint64_t bytes = 0;
	int used = 0;

	memset(dump, 0, sizeof(*dump));
	dump->want_before = dump->got_before = UINT64_MAX;
	snprintf(dump->who, sizeof(dump->who), "%s", text_of(want, "who"));
	if (sscanf(op, "dump %63s %n", dump->name, &used) == 1 && used)
		length_parse(op + used, &c->info, &bytes, &end);
	dump->base = bytes / c->info.page_size;
}

static struct fold_row *fold_find(const struct compare *c, const char *who,
				  const char *name, uint64_t page)
{
	struct fold_row *row;
	char key[160];

	snprintf(key, sizeof(key), "%s %s %llu", who, name,
		 (unsigned long long)page);
	HASH_FIND_STR(c->folds, key, row);
	return row;
}

static void fold_note(struct compare *c, const struct dump *dump, uint64_t page,
		      uint64_t first, uint64_t nr)
{
	struct fold_row *row = fold_find(c, dump->who, dump->name, page);

	if (!row) {
		row = xcalloc(1, sizeof(*row));
		row->key = xasprintf("%s %s %llu", dump->who, dump->name,
				     (unsigned long long)page);
		HASH_ADD_KEYPTR(hh, c->folds, row->key, strlen(row->key), row);
	}
	row->first = first;
	row->nr = nr;
}

static json_int_t run_end(const json_t *run, size_t which)
{
	return json_integer_value(
		json_array_get(json_object_get(run, "i"), which));
}

/* Whether the words of @text, which are apart by blanks, have @word. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') &&
		    (!at[len] || at[len] == ' '))
			return true;
	return false;
}

/* Remember the folios that the recorded dump shows, for later swap entries. */
static void folds_learn(struct compare *c, const struct dump *dump,
			const json_t *pages)
{
	json_int_t head = -1, last = -1;

	for (size_t i = 0; i <= json_array_size(pages); i++) {
		const json_t *run = json_array_get(pages, i);
		const char *kpf = text_of(run, "kpf");
		bool tail = run && has_word(kpf, "tail");

		if (tail && head >= 0) {
			last = run_end(run, 1);
			continue;
		}
		for (json_int_t p = head; head >= 0 && p <= last; p++)
			fold_note(c, dump, dump->base + (uint64_t)p,
				  dump->base + (uint64_t)head,
				  (uint64_t)(last - head + 1));
		head = last = run && *kpf ? run_end(run, 1) : -1;
		for (json_int_t p = run ? run_end(run, 0) : 0; *kpf && p < head;
		     p++)
			fold_note(c, dump, dump->base + (uint64_t)p,
				  dump->base + (uint64_t)p, 1);
	}
}

/*
 * Whether offsets may not be renamed freely here: this page and the one before
 * it were one folio, and the recorded kernel wrote that folio as a whole, to
 * slots that follow each other from an aligned one. A folio that was split
 * first has slots of its own for each page.
 */
static bool offsets_bound(const struct compare *c, const struct dump *dump,
			  uint64_t page, uint64_t want)
{
	const struct fold_row *row = fold_find(c, dump->who, dump->name, page);

	if (!row)
		row = fold_find(c, "P", dump->name, page);
	if (!row || row->nr < 2 || page == row->first)
		return false;
	return dump->want_before != UINT64_MAX &&
	       want == dump->want_before + 1 &&
	       (want - (page - row->first)) % row->nr == 0;
}

static void compare_swap(struct compare *c, struct dump *dump, json_int_t page,
			 const json_t *want, const json_t *got, int shift)
{
	const json_t *w = json_object_get(want, "swp");
	const json_t *g = json_object_get(got, "swp");
	uint64_t want_raw, got_raw, want_off, got_off;

	if (!hex_value(w, &want_raw) || !hex_value(g, &got_raw) ||
	    !swap_equal(c, want_raw, got_raw, shift, &want_off, &got_off)) {
		differ_values(c, page, "swp", w, g);
		dump->want_before = dump->got_before = UINT64_MAX;
		return;
	}
	if (want_off != UINT64_MAX &&
	    offsets_bound(c, dump, dump->base + (uint64_t)page, want_off) &&
	    got_off != dump->got_before + 1)
		differ_values(c, page, "swp", w, g);
	dump->want_before = want_off;
	dump->got_before = got_off;
}

static bool entry_equal(const struct compare *c, const json_t *want,
			const json_t *got)
{
	uint64_t w, g;

	if (!hex_value(want, &w) || !hex_value(got, &g))
		return !want && !got;
	return ((w ^ g) & ~c->slot_mask) == 0;
}

/* ---- 3. flags of pages ---- */

static unsigned page_flags(const struct compare *c, const char *text)
{
	static const char *const words[] = { "anon", "swapbacked", "swapcache",
					     "head", "tail",	   "thp",
					     "huge", "zero",	   "ksm" };
	size_t nr = sizeof(words) / sizeof(*words) - !c->ksm;
	unsigned set = 0;

	for (size_t i = 0; i < nr; i++)
		if (has_word(text, words[i]))
			set |= 1u << i;
	return set;
}

static bool kpf_equal(const struct compare *c, const json_t *want,
		      const json_t *got)
{
	if (!want || !got)
		return !want && !got;
	return json_is_string(want) && json_is_string(got) &&
	       page_flags(c, json_string_value(want)) ==
		       page_flags(c, json_string_value(got));
}

/* A part of a dump on which both sides have one value each. */
struct segment {
	json_int_t first, last;
	const json_t *want, *got;
};

static void compare_entries(struct compare *c, struct dump *dump,
			    const struct segment *s)
{
	const json_t *swp = json_object_get(s->want, "swp");
	const json_t *pte = json_object_get(s->want, "pte");
	uint64_t nr = (uint64_t)(s->last - s->first + 1);
	const json_t *lvl = json_object_get(s->want, "lvl");
	int shift = (int)json_integer_value(lvl);

	/* Some worlds' entries could not be recorded at all. */
	if (!swp && !pte && !lvl)
		return;
	if (counts(c, "lvl", nr) &&
	    !scalar_equal(lvl, json_object_get(s->got, "lvl")))
		differ_values(c, s->first, "lvl", lvl,
			      json_object_get(s->got, "lvl"));
	if (swp && counts(c, "swp", nr)) {
		for (json_int_t p = s->first; p <= s->last; p++)
			compare_swap(c, dump, p, s->want, s->got, shift);
		return;
	}
	dump->want_before = dump->got_before = UINT64_MAX;
	if (!swp && counts(c, "pte", nr) &&
	    !entry_equal(c, pte, json_object_get(s->got, "pte")))
		differ_values(c, s->first, "pte", pte,
			      json_object_get(s->got, "pte"));
}

static void compare_segment(struct compare *c, struct dump *dump,
			    const struct segment *s)
{
	static const char *const keys[] = { "pm", "mc", "b" };
	const json_t *w = json_object_get(s->want, "kpf");
	const json_t *g = json_object_get(s->got, "kpf");
	uint64_t nr = (uint64_t)(s->last - s->first + 1);

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		const json_t *a = json_object_get(s->want, keys[k]);
		const json_t *b = json_object_get(s->got, keys[k]);

		/* Absent is no 0 here: there is no page. */
		if (counts(c, keys[k], nr) && (!a != !b || !scalar_equal(a, b)))
			differ_values(c, s->first, keys[k], a, b);
	}
	compare_entries(c, dump, s);
	if (counts(c, "kpf", nr) && !kpf_equal(c, w, g))
		differ_values(c, s->first, "kpf", w, g);
}

static void differ_extent(struct compare *c, const json_t *want,
			  const json_t *got)
{
	size_t w = json_array_size(want), g = json_array_size(got);
	char *a, *b;

	a = xasprintf(
		"%lld pages",
		(long long)(w ? run_end(json_array_get(want, w - 1), 1) + 1
			      : 0));
	b = xasprintf("%lld pages",
		      (long long)(g ? run_end(json_array_get(got, g - 1), 1) + 1
				    : 0));
	if (!strcmp(a, b))
		differ(c, NO_PAGE, "pages", a, "runs that do not join");
	else
		differ(c, NO_PAGE, "pages", a, b);
	free(a);
	free(b);
}

/* Runs are cut differently: go through the parts on which both are even. */
static void compare_runs(struct compare *c, struct dump *dump,
			 const json_t *want, const json_t *got)
{
	size_t w = 0, g = 0;
	json_int_t page = 0;

	while (w < json_array_size(want) && g < json_array_size(got)) {
		struct segment s = { .first = page,
				     .want = json_array_get(want, w),
				     .got = json_array_get(got, g) };
		json_int_t wend = run_end(s.want, 1), gend = run_end(s.got, 1);

		s.last = wend < gend ? wend : gend;
		if (run_end(s.want, 0) > page || run_end(s.got, 0) > page ||
		    s.last < page)
			break;
		compare_segment(c, dump, &s);
		page = s.last + 1;
		w += s.last == wend;
		g += s.last == gend;
	}
	if ((w < json_array_size(want) || g < json_array_size(got)) &&
	    counts(c, "pages", 1))
		differ_extent(c, want, got);
}

static void compare_pages(struct compare *c, const json_t *want,
			  const json_t *got)
{
	const json_t *w = json_object_get(want, "pages");
	const json_t *g = json_object_get(got, "pages");
	struct dump dump;

	if (!w && !g)
		return;
	if ((!w || !g) && counts(c, "pages", 1))
		differ(c, NO_PAGE, "pages", w ? "a list" : "none",
		       g ? "a list" : "none");
	if (!w || !g)
		return;
	dump_read(c, want, &dump);
	compare_runs(c, &dump, w, g);
	folds_learn(c, &dump, w);
}

static bool same_operation(struct compare *c, const json_t *want,
			   const json_t *got)
{
	static const char *const keys[] = { "n", "who", "op" };

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		const json_t *w = json_object_get(want, keys[k]);
		const json_t *g = json_object_get(got, keys[k]);

		if (!scalar_equal(w, g)) {
			differ_values(c, NO_PAGE, keys[k], w, g);
			return false;
		}
	}
	return true;
}

void compare_line(struct compare *c, const json_t *want, const json_t *got)
{
	c->want = want;
	if (!got) {
		differ(c, NO_PAGE, "n", "this operation", "none");
		return;
	}
	if (!same_operation(c, want, got))
		return;
	compare_results(c, want, got);
	if (op_verb_is(text_of(want, "op"), "clear_refs"))
		return;
	compare_vmas(c, want, got);
	compare_pages(c, want, got);
}

static void renames_free(struct rename_row **rows)
{
	struct rename_row *row, *next;

	HASH_ITER(hh, *rows, row, next) {
		HASH_DEL(*rows, row);
		free(row);
	}
}

void compare_end(struct compare *c)
{
	struct offset_mask *mask, *next_mask;
	struct fold_row *fold, *next_fold;

	renames_free(&c->ours);
	renames_free(&c->theirs);
	HASH_ITER(hh, c->masks, mask, next_mask) {
		HASH_DEL(c->masks, mask);
		free(mask);
	}
	HASH_ITER(hh, c->folds, fold, next_fold) {
		HASH_DEL(c->folds, fold);
		free(fold->key);
		free(fold);
	}
	free(c->first.who);
	free(c->first.op);
	free(c->first.field);
	free(c->first.want);
	free(c->first.got);
}
