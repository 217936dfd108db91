/* SPDX-License-Identifier: MIT */
/*
 * cow_test INSTANCE: what the kernel's own test of copy on write asks, of every
 * way that pages can be mapped, in every recorded release of an instance: the
 * product of cases.def and mappings.def, and others.def. Each cell is a
 * scenario in a world of its own; one that fails is printed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/fixture.h"

/* What a mapping is made of; a folio's order is given. */
enum kind { IS_BASE, IS_FOLIO, IS_HUGE, IS_HUGETLB };

static const struct cow_case {
	const char *name;
	uint32_t first;
	const char *text;
} cases[] = {
#define CASE(...) { __VA_ARGS__ },
#include "cow/cases.def"
};

static const struct mapping {
	const char *name;
	enum kind kind;
	const char *what, *pages, *text;
} mappings[] = {
#define MAPPING(...) { __VA_ARGS__ },
#include "cow/mappings.def"
};

static const struct other {
	const char *name;
	uint32_t first;
	enum kind kind;
	const char *text;
} others[] = {
#define OTHER(...) { __VA_ARGS__ },
#include "cow/others.def"
};

/* ---- the text of a cell ---- */

struct cell {
	const struct world_case *world;
	const char *name, *mapping;
	const char *what, *pages; /* the range: its first pages */
	enum kind kind;
	unsigned order; /* of the folio */
	bool swapped;
	char *text;
	size_t len, max;
};

static void put(struct cell *c, const char *s, size_t len)
{
	if (c->len + len + 1 > c->max) {
		c->max = 2 * (c->len + len + 1);
		c->text = realloc(c->text, c->max);
		assert_non_null(c->text);
	}
	memcpy(c->text + c->len, s, len);
	c->len += len;
	c->text[c->len] = '\0';
}

static void put_number(struct cell *c, uint64_t n)
{
	char buf[24];

	put(c, buf,
	    (size_t)snprintf(buf, sizeof(buf), "%llu", (unsigned long long)n));
}

/* Of a range: what the rest would say, the first have said. */
static uint64_t looked_at(uint64_t pages)
{
	return pages < 32 ? pages : 32;
}

static uint64_t range_pages(const struct cell *c)
{
	uint64_t pages = (uint64_t)1 << c->order;

	if (!strcmp(c->pages, "%n"))
		return pages;
	if (!strcmp(c->pages, "%h"))
		return pages / 2;
	return strtoull(c->pages, NULL, 10);
}

static void put_range(struct cell *c, bool few)
{
	uint64_t pages = range_pages(c);

	put(c, c->what, strlen(c->what));
	put(c, " 0 ", 3);
	put_number(c, few ? looked_at(pages) : pages);
	put(c, "p", 1);
}

/* A letter behind a percent sign. */
static void put_letter(struct cell *c, char letter)
{
	uint64_t pages = (uint64_t)1 << c->order;

	if (letter == 'R' || letter == 'T')
		put_range(c, letter == 'T');
	else if (letter == 'n')
		put_number(c, pages);
	else if (letter == 'm')
		put_number(c, looked_at(pages));
	else if (letter == 'q')
		put_number(c, looked_at(pages / 2));
	else if (letter == 'h')
		put_number(c, pages / 2);
	else if (letter == 't')
		put_number(c, pages - 1);
	else if (letter == 'o')
		put_number(c, c->order);
	else if (letter == 'k')
		put_number(c, pages * (c->world->page_size / 1024));
	else
		fail_msg("%%%c", letter);
}

static void put_text(struct cell *c, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '%')
			put_letter(c, s[++i]);
		else
			put(c, &s[i], 1);
	}
}

static bool release_holds(const struct cell *c, const char *s)
{
	bool from = !strncmp(s, ">=", 2);
	unsigned major, minor;

	assert_int_equal(sscanf(s + 1 + from, "%u.%u", &major, &minor), 2);
	return from == (c->world->kernel >= KERNEL(major, minor));
}

static bool mapping_holds(const struct cell *c, const char *s)
{
	bool no = *s == '!';

	if (!strncmp(s + no, "hugetlb", 7))
		return no != (c->kind == IS_HUGETLB);
	assert_true(!strncmp(s + no, "swapped", 7));
	return no != c->swapped;
}

/* [condition,condition]: whether all hold; *s is moved behind them. */
static bool conditions_hold(const struct cell *c, const char **s)
{
	bool hold = true, is;
	const char *p = *s;

	if (*p != '[')
		return true;
	while (*p != ']') {
		p++;
		if (*p == '<' || *p == '>')
			is = release_holds(c, p);
		else
			is = mapping_holds(c, p);
		hold = hold && is;
		p += strcspn(p, ",]");
	}
	*s = p + 2;
	return hold;
}

static void put_lines(struct cell *c, const char *text)
{
	const char *end;

	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		assert_non_null(end);
		if (conditions_hold(c, &text))
			put_text(c, text, (size_t)(end + 1 - text));
	}
}

/* ---- running it ---- */

/* Room for two huge pages and copies of them; swap devices are smaller than
 * the largest, of which a part is swapped out then. */
static struct mmsim *cell_world(const struct cell *c)
{
	struct mmsim_config config = config_of(c->world);
	struct mmsim *w;

	config.node_memory = (uint64_t)8 << 30;
	assert_int_equal(mmsim_create(&config, &w), 0);
	return w;
}

static bool run_cell(struct cell *c)
{
	struct mmsim *w = cell_world(c);
	int rc = mmsim_run_scenario(w, c->text, c->len, NULL, NULL);

	if (rc)
		print_error("%s, %s, order %u [%s]: %s: %s\n%s\n", c->name,
			    c->mapping, c->order, c->world->name,
			    mmsim_errname(rc), mmsim_last_error(w), c->text);
	mmsim_destroy(w);
	free(c->text);
	return !rc;
}

/* ---- what there is in a world ---- */

struct orders {
	unsigned pmd;	   /* of a PMD */
	unsigned huge;	   /* the same; 0: no huge pages */
	unsigned min, max; /* of smaller folios */
	unsigned hugetlb;  /* of a page of hugetlb; 0: there are none */
};

static bool scenario_runs(const struct world_case *world, const char *text)
{
	const struct cell c = { .world = world };
	struct mmsim *w = cell_world(&c);
	int rc = mmsim_run_scenario(w, text, strlen(text), NULL, NULL);

	mmsim_destroy(w);
	return !rc;
}

/* The least that can be unmapped: on hash with 4K pages eight PMDs' worth. */
static unsigned hugetlb_order(const struct world_case *world, unsigned pmd)
{
	if (scenario_runs(world, "mmap A 1h rw private hugetlb\n"
				 "munmap A 0 1h\nexpect ret=0\n"))
		return pmd;
	if (scenario_runs(world, "mmap A 1h rw private hugetlb\n"
				 "munmap A 0 8h\nexpect ret=0\n"))
		return pmd + 3;
	return 0;
}

static struct orders world_orders(const struct world_case *world)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	const struct cell c = { .world = world };
	struct mmsim *w = cell_world(&c);
	struct orders orders = { 0 };
	unsigned order = 0;

	assert_int_equal(mmsim_world_info(w, &info), 0);
	while ((uint64_t)info.page_size << order < info.pmd_size)
		order++;
	mmsim_destroy(w);
	orders.pmd = order;
	if (scenario_runs(world, "mmap A 1h rw private anon\n"
				 "madvise A 0 1h hugepage\n"
				 "write A 0 1p\nexpect A 0 1p +huge\n"))
		orders.huge = order;
	if (orders.huge && world->kernel >= KERNEL(6, 8)) {
		orders.min = 2;
		orders.max = order - 1;
	}
	orders.hugetlb = hugetlb_order(world, order);
	return orders;
}

/* ---- the cells ---- */

static unsigned run_mapping(const struct cow_case *of, const struct mapping *m,
			    const struct world_case *world, unsigned order)
{
	struct cell c = { .world = world,
			  .name = of->name,
			  .mapping = m->name,
			  .what = m->what,
			  .pages = m->pages,
			  .kind = m->kind,
			  .order = order,
			  .swapped = strstr(m->text, "pageout") };

	put_lines(&c, m->text);
	put_lines(&c, of->text);
	put_lines(&c, "check\n");
	return !run_cell(&c);
}

/* A kind's orders: [*from, *to]; false: there are none. */
static bool kind_orders(const struct orders *orders, enum kind kind,
			unsigned *from, unsigned *to)
{
	switch (kind) {
	case IS_BASE:
		*from = *to = 0;
		return true;
	case IS_FOLIO:
		*from = orders->min;
		*to = orders->max;
		return orders->max;
	case IS_HUGE:
		*from = *to = orders->huge;
		return orders->huge;
	default:
		*from = *to = orders->hugetlb;
		return orders->hugetlb;
	}
}

static void run_case(const struct world_case *world, const struct cow_case *of,
		     const struct orders *orders, unsigned *failed)
{
	unsigned order, to;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mappings); i++) {
		if (!kind_orders(orders, mappings[i].kind, &order, &to))
			continue;
		for (; order <= to; order++)
			*failed += run_mapping(of, &mappings[i], world, order);
	}
}

static void run_other(const struct world_case *world, const struct other *o,
		      const struct orders *orders, unsigned *failed)
{
	struct cell c = {
		.world = world, .name = o->name, .mapping = "", .kind = o->kind
	};
	unsigned to;

	if (world->kernel < o->first ||
	    !kind_orders(orders, o->kind, &c.order, &to))
		return;
	put_lines(&c, o->text);
	put_lines(&c, "check\n");
	*failed += !run_cell(&c);
}

static void run_world(const struct world_case *world, unsigned *failed)
{
	struct orders orders = world_orders(world);
	size_t i;

	/* What 5.10 did with huge pages is not asked. */
	if (world->kernel < KERNEL(5, 18))
		orders = (struct orders){ 0 };
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (world->kernel >= cases[i].first)
			run_case(world, &cases[i], &orders, failed);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		run_other(world, &others[i], &orders, failed);
}

/* The fixture writes arm64-4k-7.2 for worlds of arm64_4k. */
static bool is_instance(const struct world_case *world, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < len; i++)
		if (world->name[i] != name[i] &&
		    !(world->name[i] == '-' && name[i] == '_'))
			return false;
	return world->name[len] == '-' && !strchr(&world->name[len + 1], '-');
}

int main(int argc, char **argv)
{
	unsigned failed = 0, worlds = 0;
	size_t i;

	assert_int_equal(argc, 2);
	for (i = 0; i < nr_world_cases; i++) {
		if (!is_instance(&world_cases[i], argv[1]))
			continue;
		worlds++;
		run_world(&world_cases[i], &failed);
	}
	return failed || !worlds;
}
