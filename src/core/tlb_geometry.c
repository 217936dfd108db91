/* SPDX-License-Identifier: MIT */
/*
 * --tlb: what the TLBs of a world are made of.
 *
 *	none | ARRAY[+ARRAY...]		ARRAY: ENTRIESxWAYS[@SIZE[/SIZE...]]
 *
 * and behind it, or alone, `,keep`. An array without sizes holds all that no
 * other one names.
 */
#include "core/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/backend.h"

/*
 * What a walk is spared by: the last level of TLB of a common CPU of each
 * architecture, one array for all page sizes.
 *
 * x86-64: Intel Skylake, 1536 entries of 12 ways for 4K and 2M (Intel 64 and
 * IA-32 Architectures Optimization Reference Manual, Skylake STLB). arm64: Arm
 * Neoverse N1, 1280 entries of 5 ways for every size (Technical Reference
 * Manual, L2 TLB). powerpc: IBM POWER9, 1024 entries of 4 ways (POWER9
 * Processor User's Manual, TLB).
 */
static const struct tlb_array_geometry default_array[] = {
	[MMSIM_ARCH_X86_64] = { .sets = 128, .ways = 12 },
	[MMSIM_ARCH_ARM64] = { .sets = 256, .ways = 5 },
	[MMSIM_ARCH_PPC64] = { .sets = 256, .ways = 4 },
};

void tlb_shifts(unsigned shift[NR_TLB_SIZES], const struct mm_backend *be)
{
	shift[TLB_PAGE] = be->page_shift;
	shift[TLB_CONT] = be->cont_shift;
	shift[TLB_PMD] = be->pmd_shift;
}

/* Which page sizes the format has, a bit each; every one has huge entries, if
 * only for hugetlb. */
static unsigned sizes_of(const struct mm_backend *be)
{
	return 1u << TLB_PAGE | 1u << TLB_PMD |
	       (be->cont_shift ? 1u << TLB_CONT : 0);
}

/* ---- words ---- */

struct text {
	const char *s, *end;
};

static bool take(struct text *t, char c)
{
	if (t->s == t->end || *t->s != c)
		return false;
	t->s++;
	return true;
}

/* What is far too much stays so, however many digits it has. */
static bool take_number(struct text *t, u64 *value)
{
	const char *from = t->s;

	*value = 0;
	for (; t->s < t->end && *t->s >= '0' && *t->s <= '9'; t->s++)
		if (*value < (u64)1 << 32)
			*value = *value * 10 + (u64)(*t->s - '0');
	return t->s > from;
}

/* 4k, 2m or a number of bytes: which of the format's page sizes it is. */
static int take_size(struct text *t, const struct mm_backend *be)
{
	unsigned shift[NR_TLB_SIZES], i;
	u64 bytes;

	if (!take_number(t, &bytes))
		return -1;
	if (take(t, 'k') || take(t, 'K'))
		bytes <<= 10;
	else if (take(t, 'm') || take(t, 'M'))
		bytes <<= 20;
	tlb_shifts(shift, be);
	for (i = 0; i < NR_TLB_SIZES; i++)
		if (sizes_of(be) & 1u << i && bytes == BIT_U64(shift[i]))
			return (int)i;
	return -1;
}

/* Why a geometry cannot be; NULL: it can. */
static const char *array_error(u64 entries, u64 ways)
{
	u64 sets;

	if (!ways || ways > TLB_MAX_WAYS)
		return "1 to 64 ways";
	if (!entries)
		return "1 entry or more";
	if (entries % ways)
		return "as many entries in each way";
	sets = entries / ways;
	if (sets > TLB_MAX_SETS)
		return "at most 65536 sets";
	return sets & (sets - 1) ? "a power of two of sets (entries / ways)"
				 : NULL;
}

static const char *take_sizes(struct text *t, struct tlb_array_geometry *a,
			      const struct mm_backend *be, unsigned *named)
{
	int size;

	if (!take(t, '@'))
		return NULL;
	do {
		size = take_size(t, be);
		if (size < 0)
			return "a page size that the format has behind '@'";
		if (*named & 1u << size)
			return "each page size in one array";
		*named |= 1u << size;
		a->sizes |= 1u << size;
	} while (take(t, '/'));
	return NULL;
}

static const char *take_array(struct text *t, struct tlb_array_geometry *a,
			      const struct mm_backend *be, unsigned *named)
{
	const char *error;
	u64 entries, ways;

	if (!take_number(t, &entries) || !take(t, 'x') ||
	    !take_number(t, &ways))
		return "none, keep or ENTRIESxWAYS";
	error = array_error(entries, ways);
	if (error)
		return error;
	a->ways = (unsigned)ways;
	a->sets = (unsigned)(entries / ways);
	return take_sizes(t, a, be, named);
}

/* The rest of the sizes goes to the one array that names none. */
static const char *take_rest(struct tlb_geometry *g,
			     const struct mm_backend *be, unsigned named)
{
	unsigned rest = sizes_of(be) & ~named, i;

	for (i = 0; i < g->nr; i++) {
		if (g->array[i].sizes)
			continue;
		if (!rest)
			return "a page size for each array";
		g->array[i].sizes = rest;
		rest = 0;
	}
	return rest ? "an array for every page size" : NULL;
}

static const char *take_geometry(struct text *t, struct tlb_geometry *g,
				 const struct mm_backend *be)
{
	const char *error;
	unsigned named = 0;

	*g = (struct tlb_geometry){ .nr = 0 };
	do {
		if (g->nr == TLB_MAX_ARRAYS)
			return "at most 3 arrays";
		error = take_array(t, &g->array[g->nr++], be, &named);
		if (error)
			return error;
	} while (take(t, '+'));
	return take_rest(g, be, named);
}

static bool take_word(struct text *t, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(t->end - t->s) < len || memcmp(t->s, word, len))
		return false;
	t->s += len;
	return true;
}

void tlb_geometry_default(struct tlb_geometry *g, unsigned arch,
			  const struct mm_backend *be)
{
	*g = (struct tlb_geometry){ .nr = 1 };
	g->array[0] = default_array[arch];
	g->array[0].sizes = sizes_of(be);
}

const char *tlb_geometry_parse(struct tlb_geometry *g, bool *keep,
			       const char *s, size_t len,
			       const struct mm_backend *be)
{
	struct text t = { s, s + len };
	const char *error;

	if (take_word(&t, "keep")) {
		*keep = true;
		return t.s == t.end ? NULL : "nothing behind keep";
	}
	if (take_word(&t, "none")) {
		*g = (struct tlb_geometry){ .nr = 0 };
	} else {
		error = take_geometry(&t, g, be);
		if (error)
			return error;
	}
	if (take_word(&t, ",keep"))
		*keep = true;
	return t.s == t.end ? NULL : "+ARRAY or ,keep next";
}
