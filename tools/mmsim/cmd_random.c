/* SPDX-License-Identifier: MIT */
/*
 * mmsim oracle --random, mmsim generate, mmsim shrink.
 */
#include "input.h"
#include "options.h"
#include "out.h"
#include "program.h"
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOT_STRIDE (64ull << 20)
#define SHOWN	    10 /* differences that are shrunk and printed */

/* ---- shrinking ---- */

static unsigned differs(const char *text, void *user)
{
	struct sides_result result;

	sides_compare(user, text, &result);
	return result.verdict == VERDICT_DIFFERENT ? result.line : 0;
}

/* The shortest scenario that still differs, ready to become a test. @why: of
 * the caller, like it. */
static char *shrunk(struct sides *sides, const struct program *p, char **why)
{
	struct program *small = program_shrink(p, differs, sides);
	char *text = program_text(small), *test;
	struct sides_result result;

	sides_compare(sides, text, &result);
	*why = xstrdup(result.text);
	test = sides_expect(sides, text);
	program_free(small);
	if (!test)
		return text;
	free(text);
	return test;
}

static void shrink_print(struct sides *sides, const struct program *p,
			 FILE *out)
{
	char *why, *text = shrunk(sides, p, &why);

	fprintf(out, "# %s\n%s", why, text);
	free(why);
	free(text);
}

static void shrink_json(struct sides *sides, const struct program *p)
{
	char *why, *text = shrunk(sides, p, &why);

	out_json(json_pack("{s:b,s:o,s:o}", "differs", 1, "difference",
			   out_text(why), "scenario", out_text(text)));
	free(why);
	free(text);
}

static int shrink_file(struct sides *sides, const char *path, bool json)
{
	size_t len;
	char *text = input_slurp(path, &len), *whole;
	struct sides_result result;
	struct program *p;
	int rc = STATUS_USAGE;

	if (!text)
		return STATUS_USAGE;
	p = program_read(text, SLOT_STRIDE);
	whole = program_text(p);
	sides_compare(sides, whole ? whole : text, &result);
	if (result.verdict == VERDICT_SKIPPED) {
		out_error("%s: found %s, expected a scenario that both sides "
			  "can run",
			  path, result.text);
	} else if (result.verdict == VERDICT_SAME) {
		if (json)
			out_json(json_pack("{s:b}", "differs", 0));
		else
			printf("no difference\n");
		rc = STATUS_DONE;
	} else {
		if (json)
			shrink_json(sides, p);
		else
			shrink_print(sides, p, stdout);
		rc = STATUS_FAILED;
	}
	program_free(p);
	free(whole);
	free(text);
	return rc;
}

static int shrink_worlds(struct options *o)
{
	struct sides *sides;
	int rc = world_list_build(&o->list);

	if (rc)
		return rc;
	if (o->list.nr != 2)
		return out_error("shrink: found %zu worlds, expected two "
				 "(--with), or none for the running kernel",
				 o->list.nr);
	sides = sides_worlds(&o->list.v[0], &o->list.v[1]);
	if (!sides)
		return STATUS_USAGE;
	rc = shrink_file(sides, o->operands.v[0], o->json);
	sides_free(sides);
	return rc;
}

static int shrink_kernel(struct options *o)
{
	char *info = recorder_info(o->recorder, "this machine");
	struct recorder *recorder = NULL;
	struct sides *sides = NULL;
	int rc = STATUS_USAGE;

	if (info)
		recorder = recorder_open(o->recorder, o->system);
	if (recorder)
		sides = sides_kernel(recorder, info, o);
	if (sides) {
		rc = shrink_file(sides, o->operands.v[0], o->json);
		sides_free(sides);
	}
	if (recorder)
		recorder_close(recorder);
	free(info);
	return rc;
}

int cmd_shrink(struct options *o)
{
	return o->list.nr_with ? shrink_worlds(o) : shrink_kernel(o);
}

/* ---- generating ---- */

static bool family_known(const char *name)
{
	for (const char *const *f = program_families; *f; f++)
		if (!strcmp(*f, name))
			return true;
	return false;
}

static int families_judge(const struct options *o)
{
	for (size_t i = 0; i < o->families.nr; i++)
		if (!family_known(o->families.v[i]))
			return out_error("--family: found %s, expected one of "
					 "mmsim generate --help",
					 o->families.v[i]);
	return 0;
}

int cmd_generate(struct options *o)
{
	const char *family = o->families.nr ? o->families.v[0] : "mixed";
	struct program *p;
	char *text;
	int rc = families_judge(o);

	if (rc)
		return rc;
	if (o->families.nr > 1)
		return out_error("--family: found %zu of them, expected one",
				 o->families.nr);
	p = program_generate(o->seed, family, (unsigned)o->ops, 4096,
			     SLOT_STRIDE);
	text = program_text(p);
	if (o->json)
		out_json(json_pack("{s:s,s:o,s:o}", "family", family, "seed",
				   out_u64(o->seed), "scenario",
				   out_text(text)));
	else
		printf("# mmsim generate --seed %llu --family %s%s\n%s",
		       (unsigned long long)o->seed, family,
		       o->ops ? " --ops (as given)" : "", text);
	free(text);
	program_free(p);
	return STATUS_DONE;
}

/* ---- against the running kernel ---- */

struct tally {
	const char *family;
	uint64_t programs, operations, skipped, differences;
};

static void tally_json(const struct options *o, const struct tally *t,
		       const char *kernel)
{
	char date[16], *seeds;
	time_t now = time(NULL);
	struct tm tm;

	strftime(date, sizeof(date), "%F", gmtime_r(&now, &tm));
	seeds = xasprintf("%llu-%llu", (unsigned long long)o->seed,
			  (unsigned long long)(o->seed + o->random - 1));
	out_json(json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:s}", "kernel",
			   kernel, "family", t->family, "seeds", seeds,
			   "programs", (json_int_t)t->programs, "operations",
			   (json_int_t)t->operations, "skipped",
			   (json_int_t)t->skipped, "differences",
			   (json_int_t)t->differences, "date", date));
	free(seeds);
}

static void tallies_text(const struct tally *t, size_t nr, double seconds)
{
	struct table *table = table_new("lrrrr");
	uint64_t programs = 0;

	table_cell(table, "family");
	table_cell(table, "programs");
	table_cell(table, "operations");
	table_cell(table, "not run");
	table_cell(table, "differing");
	for (size_t i = 0; i < nr; i++) {
		table_cell(table, "%s", t[i].family);
		table_cell(table, "%llu", (unsigned long long)t[i].programs);
		table_cell(table, "%llu", (unsigned long long)t[i].operations);
		table_cell(table, "%llu", (unsigned long long)t[i].skipped);
		table_cell(table, "%llu", (unsigned long long)t[i].differences);
		programs += t[i].programs + t[i].skipped;
	}
	table_print(table, 0);
	printf("%.0f programs a minute\n",
	       seconds > 0 ? 60 * (double)programs / seconds : 0);
}

static void program_compare(struct sides *sides, struct tally *t, uint64_t seed,
			    unsigned ops, unsigned *shown)
{
	struct program *p =
		program_generate(seed, t->family, ops,
				 (uint64_t)sysconf(_SC_PAGESIZE), SLOT_STRIDE);
	char *text = program_text(p);
	struct sides_result result;

	sides_compare(sides, text, &result);
	t->programs += result.verdict != VERDICT_SKIPPED;
	t->skipped += result.verdict == VERDICT_SKIPPED;
	t->operations += result.operations;
	if (result.verdict == VERDICT_DIFFERENT) {
		t->differences++;
		if ((*shown)++ < SHOWN) {
			out_progress("%s", "");
			fprintf(stderr, "# --seed %llu --family %s\n",
				(unsigned long long)seed, t->family);
			shrink_print(sides, p, stderr);
		}
	}
	free(text);
	program_free(p);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static size_t tallies_begin(const struct options *o, struct tally *t)
{
	size_t nr = 0;

	for (const char *const *f = program_families; *f; f++) {
		bool wanted = !o->families.nr;

		for (size_t i = 0; i < o->families.nr; i++)
			wanted |= !strcmp(o->families.v[i], *f);
		if (wanted)
			t[nr++].family = *f;
	}
	return nr;
}

static void programs_compare(const struct options *o, struct sides *sides,
			     struct tally *t, size_t nr)
{
	unsigned shown = 0;

	for (uint64_t i = 0; i < o->random; i++)
		for (size_t f = 0; f < nr; f++) {
			if (i % 16 == 0)
				out_progress("%s %llu", t[f].family,
					     (unsigned long long)i);
			program_compare(sides, &t[f], o->seed + i,
					(unsigned)o->ops, &shown);
		}
	out_progress("%s", "");
}

static char *kernel_name(const char *info)
{
	json_t *value = json_loads(info, 0, NULL);
	char *name = xasprintf(
		"%s %s", json_string_value(json_object_get(value, "arch")),
		json_string_value(json_object_get(value, "kernel_package")));

	json_decref(value);
	return name;
}

int random_run(struct options *o, struct recorder *recorder, const char *info)
{
	struct sides *sides;
	struct tally t[32] = { { NULL, 0, 0, 0, 0 } };
	uint64_t differences = 0;
	double begun = seconds_now();
	char *kernel;
	size_t nr;

	if (families_judge(o))
		return STATUS_USAGE;
	sides = sides_kernel(recorder, info, o);
	if (!sides)
		return STATUS_USAGE;
	nr = tallies_begin(o, t);
	programs_compare(o, sides, t, nr);
	kernel = kernel_name(info);
	for (size_t f = 0; f < nr; f++) {
		differences += t[f].differences;
		if (o->json)
			tally_json(o, &t[f], kernel);
	}
	if (!o->json)
		tallies_text(t, nr, seconds_now() - begun);
	free(kernel);
	sides_free(sides);
	return differences ? STATUS_FAILED : STATUS_DONE;
}
