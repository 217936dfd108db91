/* SPDX-License-Identifier: MIT */
/*
 * expect: what a scenario of ours says must hold.
 *
 *   expect KEY=VALUE...			of the operation before
 *   expect NAME OFF LEN KEY=VALUE...	of each page of a range
 *   expect counter NAME=N
 *   expect pin b=N			of each page that the process has pinned
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/backend.h"
#include "mm/pin.h"
#include "scenario/run.h"
#include "scenario/scenario.h"

/* KEY=VALUE cut at the sign. */
static bool cut_pair(struct word w, struct word *key, struct word *value)
{
	const char *eq = memchr(w.s, '=', w.len);

	if (!eq)
		return false;
	*key = (struct word){ w.s, (size_t)(eq - w.s) };
	*value = (struct word){ eq + 1, w.len - key->len - 1 };
	return key->len && value->len;
}

/* A failed expectation: one line in the output, the first as last error. */
static void failed(struct mmsim_scenario *s, struct word wanted,
		   const char *where, const char *found)
{
	struct json *j = &s->json;

	if (!s->expect_failed)
		(void)world_fail(s->w, 0, "line %u: expected %.*s%s, found %s",
				 s->line.n, (int)min_u64(wanted.len, 60),
				 wanted.s, where, found);
	s->expect_failed = true;
	begin_line(s);
	json_key_int(j, "ret", -1);
	json_key(j, "expected");
	json_string(j, wanted.s, wanted.len);
	if (*where)
		json_key_string(j, "where", where + 1);
	json_key_string(j, "found", found);
	json_close(j, '}');
	if (!j->failed && s->fn)
		s->fn(j->buf, s->user);
}

/* ---- of the operation before ---- */

/* What move_pages and node say. */
static bool node_text(const struct result *r, struct word key, char *buf,
		      size_t len)
{
	if (word_is(key, "st0"))
		(void)snprintf(buf, len, "%d", r->st0);
	else if (word_is(key, "n0"))
		(void)snprintf(buf, len, "%llu",
			       (unsigned long long)r->nodes[0]);
	else if (word_is(key, "n1"))
		(void)snprintf(buf, len, "%llu",
			       (unsigned long long)r->nodes[1]);
	else if (word_is(key, "absent"))
		(void)snprintf(buf, len, "%llu", (unsigned long long)r->absent);
	else
		return false;
	return true;
}

static bool result_text(const struct result *r, struct word key, char *buf,
			size_t len)
{
	u64 number;

	if (word_is(key, "err")) {
		(void)snprintf(buf, len, "%s",
			       r->ret < 0 ? mmsim_errname(r->ret) : "0");
		return true;
	}
	if (word_is(key, "sig")) {
		(void)snprintf(buf, len, "%s", r->sig ? r->sig : "0");
		return true;
	}
	if (word_is(key, "ret")) {
		(void)snprintf(buf, len, "%d", r->ret < 0 ? -1 : r->ret);
		return true;
	}
	if (node_text(r, key, buf, len))
		return true;
	if (word_is(key, "min"))
		number = r->min;
	else if (word_is(key, "maj"))
		number = r->maj;
	else if (word_is(key, "done"))
		number = r->done;
	else if (word_is(key, "uffd"))
		number = r->uffd;
	else
		return false;
	(void)snprintf(buf, len, "%llu", (unsigned long long)number);
	return true;
}

static int expect_result(struct mmsim_scenario *s)
{
	struct word key, value;
	char found[32];
	unsigned i;

	for (i = 1; i < s->line.nr; i++) {
		if (!cut_pair(s->line.words[i], &key, &value))
			return bad_word(s, s->line.words[i], "KEY=VALUE");
		if (!result_text(&s->last, key, found, sizeof(found)))
			return bad_word(
				s, key,
				"ret, err, sig, min, maj, done, uffd, st0, n0, n1 or absent");
		if (!word_is(value, found))
			failed(s, s->line.words[i], "", found);
	}
	return 0;
}

/* ---- counters ---- */

/* A size that this world does not have, or a count that its release has not. */
static bool counts_folios(struct word name)
{
	static const char sizes[] = "transparent_hugepage/hugepages-";

	return name.len > strlen(sizes) &&
	       !memcmp(name.s, sizes, strlen(sizes));
}

static int expect_counter(struct mmsim_scenario *s)
{
	struct word key, value;
	char name[96], found[32];
	uint64_t number;

	if (s->line.nr != 3 || !cut_pair(s->line.words[2], &key, &value))
		return bad_word(s, s->line.text, "expect counter NAME=N");
	(void)snprintf(name, sizeof(name), "%.*s",
		       (int)min_u64(key.len, sizeof(name) - 1), key.s);
	if (!world_counter(s->w, name, &number))
		(void)snprintf(found, sizeof(found), "%llu",
			       (unsigned long long)number);
	else if (counts_folios(key))
		(void)snprintf(found, sizeof(found), "none");
	else
		return bad_word(s, key, "a counter's name");
	if (!word_is(value, found))
		failed(s, s->line.words[2], "", found);
	return 0;
}

/* ---- pins ---- */

/* What a device sees through them. */
static int expect_pin(struct mmsim_scenario *s)
{
	const struct mmsim *w = s->w;
	struct word key, value;
	const struct pin *pin;
	char found[32];
	u64 i, k;

	if (s->line.nr != 3 || !cut_pair(s->line.words[2], &key, &value) ||
	    !word_is(key, "b"))
		return bad_word(s, s->line.text, "expect pin b=N");
	for (i = 0; i < w->pins.nr; i++) {
		pin = &w->pins.pin[i];
		for (k = 0; pin->pid == s->proc->mm->pid && k < pin->nr; k++) {
			(void)snprintf(found, sizeof(found), "%d",
				       page_first_byte(&w->phys, pin->pfn + k));
			if (!word_is(value, found))
				failed(s, s->line.words[2], " of a pin", found);
		}
	}
	return 0;
}

/* ---- pages ---- */

static const struct {
	const char *word;
	u32 flag;
} page_flags[] = {
	{ "present", MMSIM_E_PRESENT },
	{ "write", MMSIM_E_WRITE },
	{ "dirty", MMSIM_E_DIRTY },
	{ "young", MMSIM_E_YOUNG },
	{ "exec", MMSIM_E_EXEC },
	{ "soft_dirty", MMSIM_E_SOFT_DIRTY },
	{ "uffd_wp", MMSIM_E_UFFD_WP },
	{ "protnone", MMSIM_E_PROTNONE },
	{ "special", MMSIM_E_SPECIAL },
	{ "huge", MMSIM_E_HUGE },
	{ "cont", MMSIM_E_CONT },
	{ "swap", MMSIM_E_SWAP },
	{ "migration", MMSIM_E_MIGRATION },
	{ "marker", MMSIM_E_MARKER },
	{ "hwpoison", MMSIM_E_HWPOISON },
	{ "anon", MMSIM_E_ANON },
	{ "exclusive", MMSIM_E_EXCLUSIVE },
	{ "zero", MMSIM_E_ZERO },
	{ "ksm", MMSIM_E_KSM },
	{ "swapcache", MMSIM_E_SWAPCACHE },
	{ "swapbacked", MMSIM_E_SWAPBACKED },
};

/* +flag or -flag: whether the entry has it as wanted; false: no such flag. */
static bool flag_holds(struct word w, const struct mmsim_entry *e, bool *holds)
{
	struct word name = { w.s + 1, w.len - 1 };
	size_t i;

	if (w.len < 2 || (*w.s != '+' && *w.s != '-'))
		return false;
	for (i = 0; i < ARRAY_SIZE(page_flags); i++) {
		if (!word_is(name, page_flags[i].word))
			continue;
		*holds = !(e->flags & page_flags[i].flag) == (*w.s == '-');
		return true;
	}
	return false;
}

/* As in a dump; 0 for no letter at all. */
static void pm_text(struct mmsim_mm *mm, vaddr_t addr, char *buf, size_t len)
{
	char pm[PAGEMAP_LETTERS];

	pagemap_letters(mm, addr, pm);
	(void)snprintf(buf, len, "%s", *pm ? pm : "0");
}

static bool page_text(struct mmsim_mm *mm, vaddr_t addr,
		      const struct mmsim_entry *e, struct word key, char *buf,
		      size_t len)
{
	if (word_is(key, "mc"))
		(void)snprintf(buf, len, "%d", e->mapcount);
	else if (word_is(key, "rc"))
		(void)snprintf(buf, len, "%d", e->refcount);
	else if (word_is(key, "b"))
		(void)snprintf(buf, len, "%d", mmsim_page_peek(mm, addr));
	else if (word_is(key, "pm"))
		pm_text(mm, addr, buf, len);
	else if (word_is(key, "lvl"))
		(void)snprintf(buf, len, "%u", e->shift);
	else if (word_is(key, "order"))
		(void)snprintf(buf, len, "%u", e->order);
	else if (word_is(key, "node"))
		(void)snprintf(buf, len, "%u", e->node);
	else
		return false;
	return true;
}

static int expect_word(struct mmsim_scenario *s, vaddr_t addr, u64 page,
		       const struct mmsim_entry *e, struct word w)
{
	char found[32], where[32];
	struct word key, value;
	bool holds;

	(void)snprintf(where, sizeof(where), " page %llu",
		       (unsigned long long)page);
	if (flag_holds(w, e, &holds)) {
		if (!holds)
			failed(s, w, where, "the opposite");
		return 0;
	}
	if (!cut_pair(w, &key, &value) ||
	    !page_text(s->proc->mm, addr, e, key, found, sizeof(found)))
		return bad_word(
			s, w,
			"pm=, mc=, rc=, b=, lvl=, order=, +FLAG or -FLAG");
	if (!word_is(value, found))
		failed(s, w, where, found);
	return 0;
}

static int expect_pages(struct mmsim_scenario *s)
{
	u64 page = world_page_size(s->w), len, off;
	struct mmsim_entry e;
	vaddr_t addr;
	unsigned i;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	for (off = 0; !rc && off < len; off += page) {
		s->w->be->entry(s->proc->mm, addr + off, &e);
		for (i = 4; !rc && i < s->line.nr; i++)
			rc = expect_word(s, addr + off, off / page, &e,
					 s->line.words[i]);
	}
	return rc;
}

int op_expect(struct mmsim_scenario *s)
{
	struct word key, value;

	if (word_is(s->line.words[1], "counter"))
		return expect_counter(s);
	if (word_is(s->line.words[1], "pin"))
		return expect_pin(s);
	if (cut_pair(s->line.words[1], &key, &value))
		return expect_result(s);
	return expect_pages(s);
}
