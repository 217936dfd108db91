/* SPDX-License-Identifier: MIT */
#include "compare_parts.h"

#include "lines.h"
#include "ops.h"
#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* H_PAGE_F_GIX and H_PAGE_F_SECOND of the 4K hash layout. */
static uint64_t hash_slot_mask(const struct mmsim_world_info *info)
{
	if (info->arch == MMSIM_ARCH_PPC64 && info->mmu == MMSIM_MMU_HASH &&
	    info->page_size == 4096)
		return (uint64_t)0xf << 53;
	return 0;
}

void compare_begin(struct compare *c, const struct mmsim_config *config,
		   const struct mmsim_world_info *info)
{
	memset(c, 0, sizeof(*c));
	c->want.config = config;
	c->want.info = *info;
	c->got = c->want;
	c->what = COMPARE_FACTS | COMPARE_ENTRIES;
	/* What 6.12 says of KSM is wrong: every anonymous page is one. */
	c->ksm = info->kernel != MMSIM_KERNEL(6, 12);
	c->slot_mask = hash_slot_mask(info);
}

void compare_begin_worlds(struct compare *c, const struct compare_side *want,
			  const struct compare_side *got, unsigned what)
{
	memset(c, 0, sizeof(*c));
	c->worlds = true;
	c->want = *want;
	c->got = *got;
	c->what = what;
	c->ksm = true;
	c->slot_mask = hash_slot_mask(&want->info);
}

bool compare_same_format(const struct mmsim_world_info *a,
			 const struct mmsim_world_info *b)
{
	return a->arch == b->arch && a->mmu == b->mmu &&
	       a->page_size == b->page_size;
}

/* ---- differences ---- */

static bool field_unstable(const struct compare *c, const char *field)
{
	char key[96];
	size_t base = strcspn(field, "[");

	if (!c->unstable)
		return false;
	snprintf(key, sizeof(key), "%lld:%.*s", line_number(c->line, "n"),
		 (int)base, field);
	return json_object_get(c->unstable, key) != NULL;
}

static void differ(struct compare *c, long long page, const char *field,
		   const char *want, const char *got)
{
	struct difference *first = &c->first;

	if (c->note)
		c->note(page, field, c->user);
	if (first->found)
		return;
	first->found = true;
	first->n = line_number(c->line, "n");
	first->page = page;
	first->who = xstrdup(line_text(c->line, "who"));
	first->op = xstrdup(line_text(c->line, "op"));
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

void differ_values(struct compare *c, long long page, const char *field,
		   const json_t *want, const json_t *got)
{
	char *w = value_text(want), *g = value_text(got);

	differ(c, page, field, w, g);
	free(w);
	free(g);
}

/* Counts a comparison; false if the field is not to be compared. */
bool counts(struct compare *c, const char *field, uint64_t times)
{
	if (field_unstable(c, field))
		return false;
	c->fields += times;
	return true;
}

/* ---- 4. calls ---- */

static bool functions_has(const json_t *names, const char *name)
{
	json_t *one;
	size_t i;

	json_array_foreach(names, i, one)
		if (!strcmp(json_string_value(one), name))
			return true;
	return false;
}

json_t *compare_functions(const json_t *traceable)
{
	/* golden/README.md: what must be equal, 4. */
	static const char *const compulsory[] = { "do_anonymous_page",
						  "do_wp_page",
						  "wp_page_copy",
						  "do_swap_page",
						  "do_numa_page",
						  "do_fault",
						  "do_huge_pmd_anonymous_page",
						  "do_huge_pmd_wp_page",
						  "do_huge_pmd_numa_page",
						  "__split_huge_pmd",
						  "try_to_unmap_one",
						  "try_to_migrate_one",
						  "folio_remove_rmap_ptes",
						  "folio_remove_rmap_pmd",
						  "page_remove_rmap",
						  "folio_add_new_anon_rmap",
						  "page_add_new_anon_rmap",
						  "ptep_clear_flush",
						  "set_tlb_ubc_flush_pending",
						  "flush_tlb_mm_range",
						  "contpte_convert",
						  "__contpte_try_unfold",
						  "contpte_ptep_get",
						  "contpte_set_ptes",
						  "deferred_split_folio" };
	json_t *names = json_array();

	for (size_t i = 0; i < sizeof(compulsory) / sizeof(*compulsory); i++)
		if (functions_has(traceable, compulsory[i]))
			json_array_append_new(names,
					      json_string(compulsory[i]));
	return names;
}

/* A function that was not called has no member. */
static void compare_calls(struct compare *c, const json_t *want,
			  const json_t *got)
{
	const json_t *w = json_object_get(want, "calls");
	const json_t *g = json_object_get(got, "calls");
	json_t *one;
	size_t i;

	if (!w || op_verb_is(line_text(want, "op"), "fork"))
		return;
	json_array_foreach(c->calls, i, one) {
		const char *name = json_string_value(one);
		const json_t *theirs = json_object_get(w, name);
		const json_t *ours = json_object_get(g, name);

		if (counts(c, name, 1) &&
		    json_integer_value(theirs) != json_integer_value(ours))
			differ_values(c, NO_PAGE, name, theirs, ours);
	}
}

/* ---- 1. results ---- */

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
	const char *op = line_text(want, "op");

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
	compare_calls(c, want, got);
}

/* ---- 1. mappings ---- */

/* The distance of two mappings of a scenario (golden/README.md, mmap). */
static uint64_t slot_stride(const struct mmsim_world_info *info)
{
	if (info->arch == MMSIM_ARCH_ARM64 && info->page_size == 65536)
		return (uint64_t)2 << 30;
	return (uint64_t)64 << 20;
}

/*
 * A number of a mapping that does not depend on the size of pages: where it
 * starts as slot and page in the slot, how many pages it has, and which page
 * of the file is its first.
 */
static bool vma_place(const struct compare_side *side, const json_t *vma,
		      const char *key, uint64_t *place)
{
	uint64_t stride = slot_stride(&side->info), start, value;

	if (!hex_value(json_object_get(vma, "start"), &start) ||
	    !hex_value(json_object_get(vma, key), &value))
		return false;
	if (!strcmp(key, "start"))
		*place = value / stride << 32 |
			 value % stride / side->info.page_size;
	else if (!strcmp(key, "end"))
		*place = (value - start) / side->info.page_size;
	else
		*place = value / side->info.page_size;
	return true;
}

static bool vma_place_equal(const struct compare *c, const char *key,
			    const json_t *want, const json_t *got)
{
	uint64_t w, g;

	return vma_place(&c->want, want, key, &w) &&
	       vma_place(&c->got, got, key, &g) && w == g;
}

/* Whether both sides can have soft-dirty pages, or their lack is a choice. */
static bool soft_dirty_counts(const struct compare *c)
{
	return !c->worlds || c->want.info.arch == c->got.info.arch ||
	       (c->want.soft_dirty && c->got.soft_dirty);
}

/* Equal texts once @drop is taken out of both. */
static bool equal_without(const char *a, const char *b, const char *drop)
{
	size_t len = strlen(drop);

	for (;;) {
		while (!strncmp(a, drop, len))
			a += len;
		while (!strncmp(b, drop, len))
			b += len;
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

/* The flags of both, words apart by blanks, but for the word "sd". */
static bool vma_flags_equal(const json_t *want, const json_t *got)
{
	char *w = xasprintf(" %s", line_text(want, "flags"));
	char *g = xasprintf(" %s", line_text(got, "flags"));
	bool equal = equal_without(w, g, " sd");

	free(w);
	free(g);
	return equal;
}

static bool vma_key_equal(const struct compare *c, const char *key,
			  const json_t *want, const json_t *got)
{
	bool number = !strcmp(key, "start") || !strcmp(key, "end") ||
		      !strcmp(key, "off");

	if (!want || !got)
		return false;
	if (number && c->want.info.page_size != c->got.info.page_size)
		return vma_place_equal(c, key, want, got);
	if (!strcmp(key, "flags") && !soft_dirty_counts(c))
		return vma_flags_equal(want, got);
	return scalar_equal(json_object_get(want, key),
			    json_object_get(got, key));
}

static void compare_vma(struct compare *c, size_t i, const json_t *want,
			const json_t *got)
{
	static const char *const keys[] = { "start", "end", "perm", "off",
					    "flags" };

	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		char field[48];

		snprintf(field, sizeof(field), "vmas[%zu].%s", i, keys[k]);
		if (counts(c, field, 1) &&
		    !vma_key_equal(c, keys[k], want, got))
			differ_values(c, NO_PAGE, field,
				      json_object_get(want, keys[k]),
				      json_object_get(got, keys[k]));
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

static bool page_key_equal(const struct compare *c, const char *key,
			   const json_t *want, const json_t *got)
{
	const char *w = json_string_value(want), *g = json_string_value(got);

	/* Absent is no 0 here: there is no page. */
	if (!want != !got)
		return false;
	if (w && g && !strcmp(key, "kpf"))
		return page_flags(c, w) == page_flags(c, g);
	if (w && g && !strcmp(key, "pm") && !soft_dirty_counts(c))
		return equal_without(w, g, "D");
	return scalar_equal(want, got);
}

static void compare_page_key(struct compare *c, const struct segment *s,
			     const char *key)
{
	const json_t *w = json_object_get(s->want, key);
	const json_t *g = json_object_get(s->got, key);
	uint64_t nr = (uint64_t)(s->last - s->first + 1);

	if ((c->what & COMPARE_FACTS) && counts(c, key, nr) &&
	    !page_key_equal(c, key, w, g))
		differ_values(c, s->first, key, w, g);
}

/* In the order in which a first difference tells most. */
static void compare_segment(struct compare *c, struct dump *dump,
			    const struct segment *s)
{
	compare_page_key(c, s, "pm");
	if (!c->no_frames)
		compare_page_key(c, s, "mc");
	compare_page_key(c, s, "b");
	if (c->what & COMPARE_ENTRIES)
		compare_entries(c, dump, s);
	if (!c->no_frames)
		compare_page_key(c, s, "kpf");
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
	c->line = want;
	if (!got) {
		differ(c, NO_PAGE, "n", "this operation", "none");
		return;
	}
	if (!same_operation(c, want, got))
		return;
	if (c->what & COMPARE_FACTS)
		compare_results(c, want, got);
	if (line_is(want, "clear_refs"))
		return;
	if (c->what & COMPARE_FACTS)
		compare_vmas(c, want, got);
	compare_pages(c, want, got);
}

void compare_end(struct compare *c)
{
	entries_end(c);
	free(c->first.who);
	free(c->first.op);
	free(c->first.field);
	free(c->first.want);
	free(c->first.got);
}
