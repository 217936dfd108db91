/* SPDX-License-Identifier: MIT */
#include "compare_parts.h"

#include "hash.h"
#include "lines.h"
#include "ops.h"
#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
bool hex_value(const json_t *value, uint64_t *raw)
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
	return !mmsim_entry_decode(c->want.config, raw, shift, entry);
}

/* Another offset and nothing else. The only bit of an entry is not to be
 * taken away: then it is none. */
static bool is_offset_bit(struct compare *c, uint64_t raw,
			  const struct mmsim_entry *base, int bit)
{
	uint64_t other_raw = raw ^ ((uint64_t)1 << bit);
	struct mmsim_entry other;

	if (!other_raw)
		return base->pfn;
	return decode(c, other_raw, base->shift, &other) &&
	       other.flags == base->flags && other.pfn != base->pfn;
}

/*
 * Which bits are the offset: those whose change leaves a swap entry with the
 * same flags and another offset. A layout is probed once per level.
 */
static uint64_t offset_bits(struct compare *c, uint64_t raw, int shift)
{
	struct mmsim_entry base;
	struct offset_mask *row;

	HASH_FIND_INT(c->masks, &shift, row);
	if (row)
		return row->mask;
	row = xcalloc(1, sizeof(*row));
	row->shift = shift;
	if (decode(c, raw, (unsigned)shift, &base))
		for (unsigned bit = 0; bit < 64; bit++)
			if (is_offset_bit(c, raw, &base, bit))
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

void dump_read(const struct compare *c, const json_t *want, struct dump *dump)
{
	const char *op = line_text(want, "op"), *end;
	uint64_t bytes = 0;
	int used = 0;

	memset(dump, 0, sizeof(*dump));
	dump->want_before = dump->got_before = UINT64_MAX;
	snprintf(dump->who, sizeof(dump->who), "%s", line_text(want, "who"));
	if (sscanf(op, "dump %63s %n", dump->name, &used) == 1 && used)
		length_parse(op + used, &c->want.info, &bytes, &end);
	dump->base = bytes / c->want.info.page_size;
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

/* Remember the folios that the recorded dump shows, for later swap entries. */
void folds_learn(struct compare *c, const struct dump *dump,
		 const json_t *pages)
{
	json_int_t head = -1, last = -1;

	for (size_t i = 0; i <= json_array_size(pages); i++) {
		const json_t *run = json_array_get(pages, i);
		const char *kpf = line_text(run, "kpf");
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

/* ---- entries of two worlds ---- */

#define MOST_FIELDS 64

struct field_list {
	struct mmsim_field v[MOST_FIELDS];
	size_t nr;
};

static int field_take(const struct mmsim_field *field, void *user)
{
	struct field_list *list = user;

	if (list->nr < MOST_FIELDS)
		list->v[list->nr++] = *field;
	return 0;
}

/*
 * Whether each field that is set in @a is the same in @b, wherever it lies. A
 * field that @b's layout does not have is clear there.
 */
static bool fields_within(const struct field_list *a,
			  const struct field_list *b)
{
	for (size_t i = 0; i < a->nr; i++) {
		const struct mmsim_field *f = &a->v[i];
		bool found = !f->value || !strcmp(f->name, "OFFSET");

		for (size_t k = 0; k < b->nr && !found; k++)
			found = f->value == b->v[k].value &&
				!strcmp(f->name, b->v[k].name);
		if (!found)
			return false;
	}
	return true;
}

static bool fields_equal(const struct compare *c, const struct segment *s,
			 const char *key)
{
	struct field_list w = { .nr = 0 }, g = { .nr = 0 };
	uint64_t want, got;

	if (!hex_value(json_object_get(s->want, key), &want) ||
	    !hex_value(json_object_get(s->got, key), &got))
		return false;
	mmsim_entry_fields(c->want.config, want & ~c->slot_mask,
			   (unsigned)line_number(s->want, "lvl"), field_take,
			   &w);
	mmsim_entry_fields(c->got.config, got & ~c->slot_mask,
			   (unsigned)line_number(s->got, "lvl"), field_take,
			   &g);
	return fields_within(&w, &g) && fields_within(&g, &w);
}

/* An entry of one world and one of another, of the same page. */
static void compare_entries_worlds(struct compare *c, const struct segment *s,
				   uint64_t nr)
{
	const char *key = json_object_get(s->want, "swp") ? "swp" : "pte";
	const json_t *w = json_object_get(s->want, key);
	const json_t *g = json_object_get(s->got, key);

	if (counts(c, key, nr) &&
	    !(w && g && (scalar_equal(w, g) || fields_equal(c, s, key))))
		differ_values(c, s->first, key, w, g);
}

static void compare_entries_recorded(struct compare *c, struct dump *dump,
				     const struct segment *s, uint64_t nr)
{
	const json_t *swp = json_object_get(s->want, "swp");
	const json_t *w = json_object_get(s->want, "pte");
	const json_t *g = json_object_get(s->got, "pte");
	int shift = (int)line_number(s->want, "lvl");

	if (swp && counts(c, "swp", nr)) {
		for (json_int_t p = s->first; p <= s->last; p++)
			compare_swap(c, dump, p, s->want, s->got, shift);
		return;
	}
	dump->want_before = dump->got_before = UINT64_MAX;
	if (!swp && counts(c, "pte", nr) && !entry_equal(c, w, g))
		differ_values(c, s->first, "pte", w, g);
}

void compare_entries(struct compare *c, struct dump *dump,
		     const struct segment *s)
{
	const json_t *w = json_object_get(s->want, "lvl");
	const json_t *g = json_object_get(s->got, "lvl");
	uint64_t nr = (uint64_t)(s->last - s->first + 1);

	/* Some worlds' entries could not be recorded at all. */
	if (!w && !json_object_get(s->want, "swp") &&
	    !json_object_get(s->want, "pte"))
		return;
	if (counts(c, "lvl", nr) && !scalar_equal(w, g))
		differ_values(c, s->first, "lvl", w, g);
	if (c->worlds)
		compare_entries_worlds(c, s, nr);
	else
		compare_entries_recorded(c, dump, s, nr);
}

/* ---- the end ---- */

static void renames_free(struct rename_row **rows)
{
	struct rename_row *row, *next;

	HASH_ITER(hh, *rows, row, next) {
		HASH_DEL(*rows, row);
		free(row);
	}
}

void entries_end(struct compare *c)
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
}
