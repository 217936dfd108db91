/* SPDX-License-Identifier: MIT */
/*
 * mmsim run - run scenarios, each in a fresh world.
 */
#include "input.h"
#include "lines.h"
#include "op_text.h"
#include "ops.h"
#include "options.h"
#include "out.h"
#include "releases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	const char *path, *text;
	size_t len;
	bool json, events, check;
	struct rules rules; /* to tell the releases of events */
	struct mmsim *world;
	char *op; /* the operation printed last */
	/* Events of an operation whose line is not printed yet. */
	struct mmsim_event *kept;
	size_t nr_kept, room_kept;
};

static void run_line(const char *line, void *user)
{
	struct run *run = user;
	json_t *value = NULL;

	if (!run->json || run->events)
		value = json_loads(line, 0, NULL);
	if (value && !run->json)
		op_text_print(value);
	else
		puts(line);
	if (run->events) {
		free(run->op);
		run->op = xstrdup(line_text(value, "op"));
	}
	json_decref(value);
}

static void run_event(const struct mmsim_event *event, void *user)
{
	struct run *run = user;

	if (run->nr_kept == run->room_kept) {
		run->room_kept = run->room_kept ? 2 * run->room_kept : 256;
		run->kept =
			xrealloc(run->kept, run->room_kept, sizeof(*run->kept));
	}
	run->kept[run->nr_kept++] = *event;
}

static const char *name_or(const char *name)
{
	return name ? name : "";
}

static void event_json(const struct run *run, const struct mmsim_event *event,
		       int line)
{
	const char *rule = name_or(mmsim_rule_name(event->rule));
	const struct rule_releases *known = rules_find(&run->rules, rule);
	json_t *value = json_pack(
		"{s:i,s:s,s:s,s:i,s:i,s:o,s:o,s:o,s:o,s:o}", "n", line, "event",
		name_or(mmsim_event_name(event->type)), "rule", rule, "pid",
		(int)event->pid, "cpu", (int)event->cpu, "addr",
		out_hex(event->addr), "old", out_hex(event->old_value), "new",
		out_hex(event->new_value), "op",
		out_text(run->op ? run->op : ""), "seq", out_u64(event->seq));

	if (known)
		releases_json(value, known->first, known->until);
	out_json(value);
}

/* A rule and its releases: "mprotect-upgrade-exclusive 6.2+". */
static void rule_cell(const struct run *run, struct table *table,
		      const char *rule)
{
	const struct rule_releases *known = rules_find(&run->rules, rule);
	char text[RELEASES_TEXT] = "";

	if (known)
		releases_text(text, sizeof(text), known->first, known->until);
	table_cell(table, "%s%s%s", rule, *text ? " " : "", text);
}

static void event_cells(const struct run *run, struct table *table,
			const struct mmsim_event *event)
{
	table_cell(table, "%s", name_or(mmsim_event_name(event->type)));
	table_cell(table, "0x%llx", (unsigned long long)event->addr);
	table_cell(table, "0x%llx -> 0x%llx",
		   (unsigned long long)event->old_value,
		   (unsigned long long)event->new_value);
	rule_cell(run, table, name_or(mmsim_rule_name(event->rule)));
}

/* Events are printed after the line of the operation they belong to. */
static void run_events_print(struct run *run, int line)
{
	struct table *table;

	if (!run->nr_kept)
		return;
	table = run->json ? NULL : table_new("lrll");
	for (size_t i = 0; i < run->nr_kept; i++) {
		if (run->json)
			event_json(run, &run->kept[i], line);
		else
			event_cells(run, table, &run->kept[i]);
	}
	if (table)
		table_print(table, 8);
	run->nr_kept = 0;
}

static size_t run_count(const struct run *run)
{
	const char *text = run->text;
	unsigned line = 0;
	struct op op;
	size_t nr = 0;

	while (op_next(&text, run->text + run->len, &line, &op))
		nr++;
	return nr;
}

/*
 * A failed `expect` is no end: what it found is told at once, the rest is run,
 * and the last step says -EPROTO. The count bounds the loop whatever a step
 * returns.
 */
static int run_steps(struct run *run, struct mmsim_scenario *scenario)
{
	size_t left = run_count(run) + 1;
	int status = STATUS_DONE;

	while (left--) {
		int rc = mmsim_scenario_step(scenario);

		if (!rc)
			break;
		if (rc < 0 && rc != -EPROTO)
			return scenario_error(run->world, run->path, rc);
		if (rc < 0)
			status = STATUS_FAILED;
		else if (scenario_error_line(run->world) == (unsigned)rc)
			scenario_error(run->world, run->path, rc);
		run_events_print(run, rc > 0 ? rc : 0);
	}
	return status;
}

static void broken_print(const char *line, void *user)
{
	const struct run *run = user;

	fprintf(stderr, "mmsim: %s: %s\n", run->path, line);
}

static int run_world(struct run *run, const struct world_spec *spec)
{
	struct mmsim_scenario *scenario;
	int status = STATUS_USAGE, rc;

	run->world = world_make(&spec->config, spec->label);
	if (!run->world)
		return status;
	if (run->check)
		mmsim_set(run->world, "debug.check", "all");
	if (run->events)
		mmsim_on_event(run->world, run_event, run);
	rc = mmsim_scenario_open(run->world, run->text, run->len, run_line, run,
				 &scenario);
	if (rc) {
		scenario_error(run->world, run->path, rc);
	} else {
		status = run_steps(run, scenario);
		if (run->check && status != STATUS_USAGE &&
		    mmsim_check(run->world, broken_print, run))
			status = STATUS_FAILED;
		mmsim_scenario_close(scenario);
	}
	mmsim_destroy(run->world);
	return status;
}

static int run_file(const struct options *o, const char *path)
{
	struct run run = { .path = path,
			   .json = o->json,
			   .events = o->events,
			   .check = o->check };
	int status = STATUS_DONE;
	char *text = input_slurp(path, &run.len);

	if (!text)
		return STATUS_USAGE;
	run.text = text;
	if (o->events)
		rules_read(&run.rules);
	for (size_t w = 0; w < o->list.nr && status != STATUS_USAGE; w++) {
		int rc;

		if (!o->json && (o->list.nr > 1 || o->operands.nr > 1))
			printf("%s (%s)\n", path, o->list.v[w].label);
		rc = run_world(&run, &o->list.v[w]);
		status = rc > status ? rc : status;
	}
	rules_free(&run.rules);
	free(run.op);
	free(run.kept);
	free(text);
	return status;
}

int cmd_run(struct options *o)
{
	int status = world_list_build(&o->list);

	for (size_t i = 0; i < o->operands.nr && status != STATUS_USAGE; i++) {
		int rc = run_file(o, o->operands.v[i]);

		status = rc > status ? rc : status;
	}
	return status;
}
