/* SPDX-License-Identifier: MIT */
/*
 * mmsim check - run recorded scenarios and compare with the recordings.
 */
#include "compare.h"
#include "input.h"
#include "lines.h"
#include "ops.h"
#include "options.h"
#include "out.h"
#include "recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum result { RESULT_MATCHED, RESULT_DIFFERING, RESULT_NOT_RUN, NR_RESULTS };

static const char *const result_names[NR_RESULTS] = {
	[RESULT_MATCHED] = "matched",
	[RESULT_DIFFERING] = "differing",
	[RESULT_NOT_RUN] = "not run",
};

struct check {
	const struct options *options;
	const char *root;
	struct names scenarios, worlds;
	size_t selected, (*counts)[NR_RESULTS]; /* per world */
	bool bad;				/* an input was */

	/* The world at hand. */
	const char *world;
	char *folder;
	struct mmsim_config config;
	struct mmsim_world_info info;
	bool no_frames;	  /* its recorder saw none */
	bool unsupported; /* no scenario can be run in it */
	json_t *unstable;
	json_t *functions; /* whose calls are compared, or NULL */
};

/* The run's own lines, matched with the recorded ones as they come. */
struct lines {
	struct compare *compare;
	const json_t *want;
	size_t next;
	bool extra;
};

static void check_line(const char *line, void *user)
{
	struct lines *lines = user;
	json_t *got = json_loads(line, 0, NULL);

	if (line_is(got, "expect")) {
		json_decref(got);
		return;
	}
	if (lines->next < json_array_size(lines->want))
		compare_line(lines->compare,
			     json_array_get(lines->want, lines->next++), got);
	else
		lines->extra = true;
	json_decref(got);
}

static json_t *difference_json(const struct difference *d)
{
	json_t *first = json_pack("{s:I,s:o,s:o}", "n", (json_int_t)d->n, "who",
				  out_text(d->who), "op", out_text(d->op));

	if (d->page >= 0)
		json_object_set_new(first, "page", json_integer(d->page));
	json_object_set_new(first, "field", out_text(d->field));
	json_object_set_new(first, "want", out_text(d->want));
	json_object_set_new(first, "got", out_text(d->got));
	return first;
}

static void result_json(const struct check *check, const char *scenario,
			enum result result, const struct compare *c)
{
	json_t *line =
		json_pack("{s:o,s:o,s:s,s:o}", "world", out_text(check->world),
			  "scenario", out_text(scenario), "result",
			  result_names[result], "fields", out_u64(c->fields));

	if (result == RESULT_DIFFERING)
		json_object_set_new(line, "first", difference_json(&c->first));
	out_json(line);
}

static void difference_text(const struct check *check, const char *scenario,
			    const struct difference *d)
{
	bool child = strcmp(d->who, "P") != 0;

	printf("%s %s: line %lld (%s%s%s%s):", check->world, scenario, d->n,
	       child ? "@" : "", child ? d->who : "", child ? " " : "", d->op);
	if (d->page >= 0)
		printf(" page %lld:", d->page);
	printf(" %s: wanted %s, got %s\n", d->field, d->want, d->got);
}

static void check_result(struct check *check, size_t world,
			 const char *scenario, enum result result,
			 const struct compare *c)
{
	check->counts[world][result]++;
	check->selected++;
	if (check->options->json)
		result_json(check, scenario, result, c);
	else if (result == RESULT_DIFFERING)
		difference_text(check, scenario, &c->first);
}

/* Run one scenario; 0 if it ran to its end. */
static int check_run(struct check *check, const char *path, const char *text,
		     size_t len, struct lines *lines)
{
	struct mmsim *world;
	int rc = mmsim_create(&check->config, &world);

	if (rc)
		return rc;
	rc = mmsim_run_scenario(world, text, len, check_line, lines);
	/* Recordings know no `expect`. */
	if (rc == -EPROTO)
		rc = 0;
	if (rc == -EINVAL) {
		scenario_error(world, path, rc);
		check->bad = true;
	}
	mmsim_destroy(world);
	return rc;
}

static enum result check_judge(struct lines *lines, int rc)
{
	struct compare *c = lines->compare;

	if (rc == -EOPNOTSUPP || rc == -EINVAL)
		return RESULT_NOT_RUN;
	if (rc) {
		if (!lines->next)
			c->line = json_array_get(lines->want, 0);
		compare_differ(c, "run", "an end", mmsim_errname(rc));
	}
	while (lines->next < json_array_size(lines->want))
		compare_line(c, json_array_get(lines->want, lines->next++),
			     NULL);
	if (lines->extra)
		compare_differ(c, "op", "the end", "more operations");
	return c->first.found ? RESULT_DIFFERING : RESULT_MATCHED;
}

static void check_scenario(struct check *check, size_t world, size_t i,
			   const char *path, const char *text, size_t len)
{
	const char *name = check->scenarios.v[i];
	char *base = xasprintf("%s/%s", check->folder, name);
	struct compare compare;
	struct lines lines = { .compare = &compare };
	enum result result = RESULT_NOT_RUN;
	json_t *want = NULL;
	int there = recording_load(base, text, len, &want);

	free(base);
	if (!there)
		return;
	compare_begin(&compare, &check->config, &check->info);
	compare.unstable = json_object_get(check->unstable, name);
	compare.no_frames = check->no_frames;
	compare.calls = check->functions;
	lines.want = want;
	check->bad |= there < 0;
	if (there > 0 && !check->unsupported)
		result = check_judge(&lines,
				     check_run(check, path, text, len, &lines));
	if (result == RESULT_NOT_RUN)
		compare.fields = 0;
	check_result(check, world, name, result, &compare);
	compare_end(&compare);
	json_decref(want);
}

/* Find out about a world by making it once. */
static int world_open(struct check *check, char **options, char **features)
{
	const struct world_list *list = &check->options->list;
	struct recorded_world recorded;
	struct mmsim *world;
	int rc = recording_world(check->folder, &recorded);

	check->config = recorded.config;
	check->no_frames = recorded.no_frames;
	*features = recorded.features;
	*options = NULL;
	if (!rc)
		rc = world_apply(list, &check->config, options);
	/* The world's own, then those of the command line. */
	if (!rc && *features && list->common.value[WORLD_FEATURE]) {
		char *both = xasprintf("%s,%s", *features,
				       list->common.value[WORLD_FEATURE]);

		free(*features);
		check->config.features = *features = both;
	}
	if (!rc)
		rc = recording_unstable(check->folder, &check->unstable);
	if (!rc && check->options->calls) {
		json_t *traceable = recording_traceable(check->folder);

		check->functions = compare_functions(traceable);
		json_decref(traceable);
	}
	if (rc)
		return rc;
	rc = mmsim_create(&check->config, &world);
	check->unsupported = rc == -EOPNOTSUPP;
	if (check->unsupported)
		return 0;
	if (rc) {
		world_make(&check->config, check->folder);
		return STATUS_USAGE;
	}
	check->info.size = sizeof(check->info);
	mmsim_world_info(world, &check->info);
	mmsim_destroy(world);
	return 0;
}

static void check_world(struct check *check, size_t w)
{
	char *options, *features = NULL;

	check->world = check->worlds.v[w];
	check->folder =
		xasprintf("%s/recordings/%s", check->root, check->world);
	if (world_open(check, &options, &features)) {
		check->bad = true;
		goto out;
	}
	for (size_t i = 0; i < check->scenarios.nr; i++) {
		char *path = xasprintf("%s/scenarios/%s.sc", check->root,
				       check->scenarios.v[i]);
		size_t len;
		char *text = input_slurp(path, &len);

		out_progress("%s %s", check->world, check->scenarios.v[i]);
		check->bad |= !text;
		if (text)
			check_scenario(check, w, i, path, text, len);
		free(text);
		free(path);
	}
out:
	json_decref(check->unstable);
	json_decref(check->functions);
	check->unstable = check->functions = NULL;
	free(options);
	free(features);
	free(check->folder);
}

static void check_table(const struct check *check)
{
	struct table *table = table_new("lrrr");

	table_cell(table, "world");
	for (int r = 0; r < NR_RESULTS; r++)
		table_cell(table, "%s", result_names[r]);
	for (size_t w = 0; w < check->worlds.nr; w++) {
		table_cell(table, "%s", check->worlds.v[w]);
		for (int r = 0; r < NR_RESULTS; r++)
			table_cell(table, "%zu", check->counts[w][r]);
	}
	table_print(table, 0);
}

static int check_report(const struct check *check)
{
	size_t sum[NR_RESULTS] = { 0 };

	for (size_t w = 0; w < check->worlds.nr; w++)
		for (int r = 0; r < NR_RESULTS; r++)
			sum[r] += check->counts[w][r];
	out_progress("%s", "");
	if (check->options->json) {
		out_json(json_pack("{s:o,s:o,s:o}", "matched",
				   out_u64(sum[RESULT_MATCHED]), "differing",
				   out_u64(sum[RESULT_DIFFERING]), "not_run",
				   out_u64(sum[RESULT_NOT_RUN])));
	} else {
		check_table(check);
		printf("matched %zu, differing %zu, not run %zu\n",
		       sum[RESULT_MATCHED], sum[RESULT_DIFFERING],
		       sum[RESULT_NOT_RUN]);
	}
	if (check->bad)
		return STATUS_USAGE;
	return sum[RESULT_DIFFERING] ? STATUS_FAILED : STATUS_DONE;
}

static int check_select(struct check *check)
{
	const struct options *o = check->options;

	names_scenarios(&check->scenarios, check->root, o->scenarios.v,
			o->scenarios.nr);
	names_worlds(&check->worlds, check->root, o->worlds.v, o->worlds.nr);
	if (!check->scenarios.nr)
		return out_error("%s/scenarios: found no scenario that is "
				 "selected, expected some",
				 check->root);
	if (!check->worlds.nr)
		return out_error("%s/recordings: found no world that is "
				 "selected, expected some",
				 check->root);
	return STATUS_DONE;
}

int cmd_check(struct options *o)
{
	struct check check = { .options = o, .root = o->operands.v[0] };
	int status;

	status = check_select(&check);
	if (!status) {
		check.counts = xcalloc(check.worlds.nr, sizeof(*check.counts));
		for (size_t w = 0; w < check.worlds.nr; w++)
			check_world(&check, w);
		if (check.selected || check.bad)
			status = check_report(&check);
		else
			status = out_error("%s: found no recording of what is "
					   "selected, expected some",
					   check.root);
	}
	free(check.counts);
	names_free(&check.scenarios);
	names_free(&check.worlds);
	return status;
}
