/* SPDX-License-Identifier: MIT */
/*
 * mmsim-bench: simulator, host kernel and bound in turn, compared round by
 * round. docs/performance.md says how to read it.
 */
#include "common.h"

#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROUNDS 99
#define MAX_NAMES 64
#define MAX_WORLDS 8

struct options {
	bool json, quick, list;
	unsigned rounds;
	const char *names[MAX_NAMES];
	unsigned nr_names;
	const char *worlds[MAX_WORLDS];
	unsigned nr_worlds;
	const char *command, *traces, *eventless;
};

/* Of one side: its figures and, round by round, how the simulator compares. */
struct side {
	bool there;
	double value[MAX_ROUNDS], ratio[MAX_ROUNDS];
};

struct summary {
	bool there;
	double value;			/* median of the figures */
	double ratio, min, max;		/* of the pairwise ratios */
};

struct result {
	const struct item *item;
	const char *world;
	double value, min, max;		/* of the simulator */
	struct summary native, bound;
	const char *reached;		/* "goal", "first", "no" or NULL */
};

static const struct item *const item_tables[] = {
	fault_items, range_items, access_items, vma_items, world_items,
	huge_items,  ksm_items,	  swap_items,   numa_items,
};

/* ---- numbers ---- */

/* Sorts them. */
static double median(double *v, unsigned nr)
{
	qsort(v, nr, sizeof(*v), compare_doubles);
	return nr % 2 ? v[nr / 2] : (v[nr / 2 - 1] + v[nr / 2]) / 2;
}

static struct summary summarize(struct side *side, unsigned rounds)
{
	struct summary s = { .there = side->there };

	if (!s.there)
		return s;
	s.value = median(side->value, rounds);
	s.ratio = median(side->ratio, rounds);
	s.min = side->ratio[0];
	s.max = side->ratio[rounds - 1];
	return s;
}

/* A limit of 0 is none. */
static bool within(bool there, double figure, double limit)
{
	return limit <= 0 || (there && figure <= limit);
}

static bool fits(const struct result *res, const struct target *t)
{
	return within(res->native.there, res->native.ratio, t->native) &&
	       within(res->bound.there, res->bound.ratio, t->bound) &&
	       within(true, res->value, t->value);
}

static bool is_target(const struct target *t)
{
	return t->native > 0 || t->bound > 0 || t->value > 0;
}

static const char *reached(const struct result *res)
{
	const struct item *item = res->item;

	if (!is_target(&item->first))
		return NULL;
	if (fits(res, &item->goal))
		return "goal";
	return fits(res, &item->first) ? "first" : "no";
}

/* ---- rounds ---- */

/*
 * A fork of this process makes its own memory copy-on-write: what is about to
 * be written has to be written once before the clock runs.
 */
static double own_round(struct run *r, double (*fn)(struct run *))
{
	if (r->item->native_forks)
		fn(r);
	return fn(r);
}

static void side_round(struct side *side, unsigned i, double sim,
		       double figure)
{
	if (isnan(figure))
		return;
	side->there = true;
	side->value[i] = figure;
	side->ratio[i] = sim / figure;
}

static void one_round(struct run *r, unsigned i, double *sim,
		      struct side *native, struct side *bound)
{
	const struct item *item = r->item;

	sim[i] = own_round(r, item->sim);
	if (item->native)
		side_round(native, i, sim[i], item->native(r));
	if (item->bound)
		side_round(bound, i, sim[i], own_round(r, item->bound));
}

static void measure(struct run *r, unsigned rounds, struct result *res)
{
	struct side native = { 0 }, bound = { 0 };
	double sim[MAX_ROUNDS];
	unsigned i;

	if (r->item->setup)
		r->item->setup(r);
	/* The first round warms up and is not counted. */
	one_round(r, 0, sim, &native, &bound);
	for (i = 0; i < rounds; i++)
		one_round(r, i, sim, &native, &bound);
	if (r->item->teardown)
		r->item->teardown(r);
	res->value = median(sim, rounds);
	res->min = sim[0];
	res->max = sim[rounds - 1];
	res->native = summarize(&native, rounds);
	res->bound = summarize(&bound, rounds);
	res->reached = reached(res);
}

/* ---- output ---- */

static void json_number(const char *key, bool there, double value)
{
	if (there)
		printf(",\"%s\":%.6g", key, value);
	else
		printf(",\"%s\":null", key);
}

static void print_limit(double limit)
{
	if (limit > 0)
		printf("%.4g", limit);
	else
		printf("null");
}

static void json_target(const char *key, const struct target *t)
{
	printf(",\"%s\":", key);
	if (!is_target(t)) {
		printf("null");
		return;
	}
	printf("{\"value\":");
	print_limit(t->value);
	printf(",\"ratio_native\":");
	print_limit(t->native);
	printf(",\"ratio_bound\":");
	print_limit(t->bound);
	printf("}");
}

/* The least or the greatest of each figure. */
static void json_ends(const char *key, const struct result *res, bool max)
{
	const struct summary *n = &res->native, *b = &res->bound;

	printf(",\"%s\":{\"value\":%.6g", key, max ? res->max : res->min);
	json_number("ratio_native", n->there, max ? n->max : n->min);
	json_number("ratio_bound", b->there, max ? b->max : b->min);
	printf("}");
}

/* Printable ASCII in a string of JSON. */
static void json_string(const char *key, const char *s)
{
	printf("\"%s\":\"", key);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar((unsigned char)*s < ' ' ? ' ' : *s);
	}
	putchar('"');
}

static void print_json(const struct result *res, unsigned rounds)
{
	const struct item *item = res->item;
	bool ns = !strcmp(item->unit, "ns");

	putchar('{');
	json_string("item", item->name);
	putchar(',');
	json_string("world", res->world);
	printf(",\"unit\":\"%s\",\"rounds\":%u", item->unit, rounds);
	json_number("value", true, res->value);
	json_number("ns", ns, res->value);
	json_number("native_ns", ns && res->native.there, res->native.value);
	json_number("bound_ns", ns && res->bound.there, res->bound.value);
	json_number("ratio_native", res->native.there, res->native.ratio);
	json_number("ratio_bound", res->bound.there, res->bound.ratio);
	json_ends("min", res, false);
	json_ends("max", res, true);
	json_target("target_first", &item->first);
	json_target("target_goal", &item->goal);
	if (res->reached)
		printf(",\"reached\":\"%s\"}\n", res->reached);
	else
		printf(",\"reached\":null}\n");
}

static void print_ratio(const struct summary *s)
{
	char text[64] = "-";

	if (s->there)
		snprintf(text, sizeof(text), "%.3g [%.3g %.3g]", s->ratio,
			 s->min, s->max);
	printf(" %-24s", text);
}

static void print_value(bool there, double value)
{
	if (there)
		printf(" %9.4g", value);
	else
		printf(" %9s", "-");
}

static void target_text(char *text, size_t len, const struct target *t)
{
	size_t used = 0;

	text[0] = 0;
	if (t->value > 0)
		used += (size_t)snprintf(text, len, "%.4g ", t->value);
	if (t->native > 0)
		used += (size_t)snprintf(text + used, len - used, "%.3gN ",
					 t->native);
	if (t->bound > 0)
		snprintf(text + used, len - used, "%.3gB ", t->bound);
}

static void print_text(const struct result *res)
{
	char first[64];

	target_text(first, sizeof(first), &res->item->first);
	printf("%-21s %-5s", res->item->name, res->item->unit);
	print_value(true, res->value);
	print_value(res->native.there, res->native.value);
	print_value(res->bound.there, res->bound.value);
	print_ratio(&res->native);
	print_ratio(&res->bound);
	printf(" %-14s %s\n", first, res->reached ? res->reached : "-");
}

static void print_head(const char *world, unsigned rounds)
{
	printf("world \"%s\", %u rounds; N: of native, B: of the bound\n",
	       world, rounds);
	printf("%-21s %-5s %9s %9s %9s %-24s %-24s %-14s %s\n", "item", "unit",
	       "simulator", "native", "bound", " / native [min max]",
	       " / bound [min max]", "first target", "reached");
}

/* ---- items ---- */

static void run_item(const struct options *opt, const struct item *item,
		     const char *world)
{
	struct run r = {
		.item = item,
		.options = world,
		.command = opt->command,
		.traces = opt->traces,
		.eventless = opt->eventless,
		.quick = opt->quick,
		.pages = opt->quick ? item->quick_pages : item->pages,
	};
	struct result res = { .item = item, .world = world };

	measure(&r, opt->rounds, &res);
	if (opt->json)
		print_json(&res, opt->rounds);
	else
		print_text(&res);
	fflush(stdout);
}

/* What cannot run is left out unless it was asked for by name. */
static bool can_run(const struct options *opt, const struct item *item)
{
	if (item->needs_eventless && !opt->eventless)
		return false;
	return !item->needs_command || (opt->command && opt->traces);
}

static bool wanted(const struct options *opt, const struct item *item)
{
	unsigned i;

	if (!opt->nr_names)
		return can_run(opt, item);
	for (i = 0; i < opt->nr_names; i++)
		if (!strcmp(opt->names[i], item->name))
			return true;
	return false;
}

static unsigned run_world(const struct options *opt, const char *world)
{
	const struct item *item;
	unsigned i, nr = 0;

	if (!opt->json)
		print_head(world, opt->rounds);
	for (i = 0; i < sizeof(item_tables) / sizeof(*item_tables); i++) {
		for (item = item_tables[i]; item->name; item++) {
			if (!wanted(opt, item))
				continue;
			run_item(opt, item, world);
			nr++;
		}
	}
	return nr;
}

static void list_items(void)
{
	const struct item *item;
	unsigned i;

	for (i = 0; i < sizeof(item_tables) / sizeof(*item_tables); i++)
		for (item = item_tables[i]; item->name; item++)
			printf("%-21s %s\n", item->name, item->what);
}

/* ---- the command line ---- */

static void usage(FILE *to)
{
	fputs("usage: mmsim-bench [options]\n"
	      "  --item NAME      only this; may be repeated (--list)\n"
	      "  --world OPTIONS  of the command mmsim; may be repeated\n"
	      "  --rounds N       at least 7, or 3 with --quick\n"
	      "  --quick          small sizes: whether it works, not how fast\n"
	      "  --json           one object per line\n"
	      "  --command FILE   the command mmsim, for replay\n"
	      "  --traces DIR     where perl.vg.xz lies, for replay\n"
	      "  --eventless FILE mmsim-bench built with -DMMSIM_EVENTS=OFF, "
	      "for events-unheard\n"
	      "  --list           the items\n",
	      to);
}

static void add(const char **list, unsigned *nr, unsigned most,
		const char *value)
{
	if (*nr == most)
		die("too many of one option");
	list[(*nr)++] = value;
}

static unsigned parse_rounds(const char *text)
{
	char *end;
	unsigned long nr = strtoul(text, &end, 10);

	if (*end || !nr || nr > MAX_ROUNDS)
		die("--rounds %s: not from 1 to %d", text, MAX_ROUNDS);
	return (unsigned)nr;
}

static void parse_option(struct options *opt, int c)
{
	switch (c) {
	case 'i':
		add(opt->names, &opt->nr_names, MAX_NAMES, optarg);
		break;
	case 'w':
		add(opt->worlds, &opt->nr_worlds, MAX_WORLDS, optarg);
		break;
	case 'r':
		opt->rounds = parse_rounds(optarg);
		break;
	case 'q':
		opt->quick = true;
		break;
	case 'j':
		opt->json = true;
		break;
	case 'c':
		opt->command = optarg;
		break;
	case 'e':
		opt->eventless = optarg;
		break;
	case 't':
		opt->traces = optarg;
		break;
	case 'l':
		opt->list = true;
		break;
	case 'h':
		usage(stdout);
		exit(0);
	default:
		usage(stderr);
		exit(2);
	}
}

static void parse_options(struct options *opt, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "item", required_argument, NULL, 'i' },
		{ "world", required_argument, NULL, 'w' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "quick", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' },
		{ "command", required_argument, NULL, 'c' },
		{ "traces", required_argument, NULL, 't' },
		{ "eventless", required_argument, NULL, 'e' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		parse_option(opt, c);
	if (optind != argc)
		die("%s: not an option", argv[optind]);
	if (!opt->rounds)
		opt->rounds = opt->quick ? 3 : 7;
	if (!opt->nr_worlds)
		add(opt->worlds, &opt->nr_worlds, MAX_WORLDS, "");
}

/* The last CPU that we may use: the first has the interrupts. */
static void pin(void)
{
	cpu_set_t allowed, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--)
		if (CPU_ISSET(cpu, &allowed))
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		fputs("mmsim-bench: not pinned to a CPU\n", stderr);
}

int main(int argc, char **argv)
{
	struct options opt = {
#ifdef BENCH_COMMAND
		.command = BENCH_COMMAND,
		.traces = BENCH_TRACES,
#endif
	};
	unsigned i, nr = 0;

	parse_options(&opt, argc, argv);
	if (opt.list) {
		list_items();
		return 0;
	}
	pin();
	for (i = 0; i < opt.nr_worlds; i++)
		nr += run_world(&opt, opt.worlds[i]);
	if (!nr)
		die("no such item: see --list");
	return 0;
}
