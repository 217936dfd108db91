/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "core/backend.h"
#include "core/config.h"

const struct knob_info knob_table[NR_KNOBS] = {
#define KNOB(id, name, values, what) { name, values, what },
#include "core/knobs.def"
#undef KNOB
};

static bool parse_number(const char *s, size_t len, unsigned *value)
{
	u64 n = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (u64)(s[i] - '0');
		if (n > 0xffffffffu)
			return false;
	}
	*value = (unsigned)n;
	return len > 0;
}

/* One word of a list of values, without its marks. */
struct word {
	const char *text;
	size_t len;
	bool initial, unsupported;
};

static const char *next_word(const char *s, struct word *word)
{
	s += strspn(s, " ");
	if (!*s)
		return NULL;
	*word = (struct word){ .text = s, .len = strcspn(s, " ") };
	s += word->len;
	while (word->len && strchr("![", *word->text)) {
		word->unsupported |= *word->text == '!';
		word->initial |= *word->text == '[';
		word->text++;
		word->len--;
	}
	if (word->initial)
		word->len--; /* the closing bracket */
	return s;
}

static unsigned knob_default(const struct knob_info *knob)
{
	const char *s = knob->values;
	unsigned value = 0;
	struct word word;

	if (*s == '#') {
		parse_number(s + 1, strlen(s + 1), &value);
		return value;
	}
	for (; (s = next_word(s, &word)); value++)
		if (word.initial)
			return value;
	return 0;
}

struct knob_sizes knob_sizes(const struct mm_backend *be,
			     const struct feature_set *features)
{
	return (struct knob_sizes){
		.page_shift = be->page_shift,
		.pmd_shift = be->pmd_shift,
		.mthp = be->has_thp && feature_test(features, FEAT_MTHP),
		.shmem =
			be->has_thp && feature_test(features, FEAT_SHMEM_SIZES),
	};
}

static bool is_size(unsigned knob)
{
	return knob >= KNOB_MTHP_16K &&
	       knob <= KNOB_MTHP_16K + MTHP_MAX_SHIFT - MTHP_MIN_SHIFT;
}

static bool is_shmem_size(unsigned knob)
{
	return knob >= KNOB_SHMEM_8K &&
	       knob <= KNOB_SHMEM_8K + MTHP_MAX_SHIFT - SHMEM_MIN_SHIFT;
}

/* Four pages at least of what is anonymous: a smaller folio has no room to
 * wait for its split. */
static bool size_exists(unsigned knob, const struct knob_sizes *sizes)
{
	unsigned shift;

	if (is_shmem_size(knob)) {
		shift = knob - KNOB_SHMEM_8K + SHMEM_MIN_SHIFT;
		return sizes->shmem && shift > sizes->page_shift &&
		       shift <= sizes->pmd_shift;
	}
	shift = knob - KNOB_MTHP_16K + MTHP_MIN_SHIFT;
	return sizes->mthp && shift >= sizes->page_shift + 2 &&
	       shift <= sizes->pmd_shift;
}

void knobs_default(unsigned *knobs, const struct knob_sizes *sizes)
{
	unsigned i, pages;

	for (i = 0; i < NR_KNOBS; i++)
		knobs[i] = knob_default(&knob_table[i]);
	i = KNOB_MTHP_16K + sizes->pmd_shift - MTHP_MIN_SHIFT;
	if (is_size(i))
		knobs[i] = MTHP_INHERIT;
	i = KNOB_SHMEM_8K + sizes->pmd_shift - SHMEM_MIN_SHIFT;
	if (is_shmem_size(i))
		knobs[i] = SHMEM_SIZE_INHERIT;
	pages = 1u << (sizes->pmd_shift - sizes->page_shift);
	knobs[KNOB_MAX_PTES_NONE] = pages - 1;
	knobs[KNOB_MAX_PTES_SWAP] = pages / 8;
	knobs[KNOB_MAX_PTES_SHARED] = pages / 2;
}

static int knob_parse(const struct knob_info *knob, const char *value,
		      size_t len, unsigned *out)
{
	const char *s = knob->values;
	struct word word;
	unsigned i;

	if (*s == '#')
		return parse_number(value, len, out) ? 0 : -EINVAL;
	for (i = 0; (s = next_word(s, &word)); i++) {
		if (word.len != len || memcmp(word.text, value, len))
			continue;
		if (word.unsupported)
			return -EOPNOTSUPP;
		*out = i;
		return 0;
	}
	return -EINVAL;
}

/*
 * Where sizes have settings of their own, "force" is for the PMD's alone: it is
 * refused unless that one inherits and no other does, and while it holds, no
 * other can begin to.
 */
static bool shmem_refuses(const unsigned *knobs, unsigned knob, unsigned value,
			  const struct knob_sizes *sizes)
{
	unsigned pmd = KNOB_SHMEM_8K + sizes->pmd_shift - SHMEM_MIN_SHIFT;
	unsigned i;

	if (is_shmem_size(knob))
		return knob != pmd && value == SHMEM_SIZE_INHERIT &&
		       knobs[KNOB_SHMEM_ENABLED] == SHMEM_FORCE;
	if (knob != KNOB_SHMEM_ENABLED || value != SHMEM_FORCE || !sizes->shmem)
		return false;
	for (i = KNOB_SHMEM_8K; is_shmem_size(i); i++)
		if ((knobs[i] == SHMEM_SIZE_INHERIT) != (i == pmd))
			return true;
	return false;
}

static int knob_change(unsigned *knobs, unsigned knob, const char *value,
		       size_t len, const struct knob_sizes *sizes)
{
	unsigned new = knobs[knob];
	int rc = knob_parse(&knob_table[knob], value, len, &new);

	if (rc)
		return rc;
	if (shmem_refuses(knobs, knob, new, sizes))
		return -EINVAL;
	knobs[knob] = new;
	return 0;
}

int knob_set(unsigned *knobs, const struct knob_sizes *sizes, const char *name,
	     size_t name_len, const char *value, size_t value_len)
{
	bool by_size;
	unsigned i;

	for (i = 0; i < NR_KNOBS; i++) {
		by_size = is_size(i) || is_shmem_size(i);
		if (strlen(knob_table[i].name) == name_len &&
		    !memcmp(knob_table[i].name, name, name_len) &&
		    (!by_size || size_exists(i, sizes)))
			return knob_change(knobs, i, value, value_len, sizes);
	}
	return -ENOENT;
}

/* Whether a fault can come by a folio of shared memory that is no single
 * page. */
static bool shmem_any(const struct mmsim *w)
{
	unsigned i;

	if (!w->be->has_thp)
		return false;
	if (w->knobs[KNOB_SHMEM_ENABLED] != SHMEM_NEVER)
		return w->knobs[KNOB_SHMEM_ENABLED] != SHMEM_DENY;
	for (i = KNOB_SHMEM_8K; is_shmem_size(i); i++)
		if (w->knobs[i] != SHMEM_SIZE_NEVER &&
		    w->knobs[i] != SHMEM_SIZE_INHERIT)
			return true;
	return false;
}

void world_knobs_changed(struct mmsim *w)
{
	unsigned i, pmd = w->be->pmd_shift - MTHP_MIN_SHIFT;

	w->obs.alert.checked = w->knobs[KNOB_DEBUG_CHECK] != 0;
	w->shmem_any = shmem_any(w);
	w->mthp_any = false;
	for (i = 0; i <= MTHP_MAX_SHIFT - MTHP_MIN_SHIFT; i++)
		if (i != pmd && w->knobs[KNOB_MTHP_16K + i] != MTHP_NEVER)
			w->mthp_any = true;
}

int world_knob_set(struct mmsim *w, const char *name, size_t name_len,
		   const char *value, size_t value_len)
{
	const struct knob_sizes sizes = knob_sizes(w->be, &w->features);
	int rc = knob_set(w->knobs, &sizes, name, name_len, value, value_len);

	world_knobs_changed(w);
	return rc;
}
