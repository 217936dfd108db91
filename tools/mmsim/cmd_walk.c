/* SPDX-License-Identifier: MIT */
/*
 * mmsim walk - the page-table walk of an address, and what accesses would do.
 */
#include "fields.h"
#include "input.h"
#include "ops.h"
#include "options.h"
#include "out.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STEPS 5

static const char *const access_names[] = { "read", "write", "exec" };

static const char *const fault_names[] = {
	[MMSIM_FAULT_NONE] = "none",
	[MMSIM_FAULT_SEGV_MAPERR] = "SIGSEGV (no mapping)",
	[MMSIM_FAULT_SEGV_ACCERR] = "SIGSEGV (not allowed)",
	[MMSIM_FAULT_SEGV_PKUERR] = "SIGSEGV (protection key)",
	[MMSIM_FAULT_BUS] = "SIGBUS",
	[MMSIM_FAULT_HWPOISON] = "SIGBUS (poisoned page)",
	[MMSIM_FAULT_OOM] = "out of memory",
	[MMSIM_FAULT_USERFAULT] = "userfaultfd event",
};

struct walk {
	const struct options *options;
	const struct world_spec *spec;
	char *path, *text;
	size_t len;
	unsigned line; /* of the last operation to run */
	size_t steps;  /* operations up to it */
	const char *who, *name;
	struct mmsim_mm *mm;
	uint64_t addr;
};

/* "FILE:LINE" is a line of a file only if digits follow the last colon. */
static void target_split(struct walk *walk, const char *target,
			 unsigned long *line)
{
	char *colon, *end;

	walk->path = xstrdup(target);
	*line = ULONG_MAX;
	colon = strrchr(walk->path, ':');
	if (!colon || !colon[1] || colon[1] < '0' || colon[1] > '9')
		return;
	errno = 0;
	*line = strtoul(colon + 1, &end, 10);
	if (*end || errno)
		*line = ULONG_MAX;
	else
		*colon = 0;
}

/* The line of the last operation up to @line. */
static int line_resolve(struct walk *walk, unsigned long line)
{
	const char *text = walk->text;
	unsigned read = 0, last = 0;
	struct op op;

	while (op_next(&text, walk->text + walk->len, &read, &op))
		if (op.line <= line) {
			last = op.line;
			walk->steps++;
		}
	if (line != ULONG_MAX && line > read)
		return out_error("%s: found line %lu, expected at most %u",
				 walk->path, line, read);
	if (!last)
		return out_error("%s: found no operation, expected one%s",
				 walk->path,
				 line == ULONG_MAX ? "" : " up to that line");
	walk->line = last;
	return 0;
}

static void no_line(const char *line, void *user)
{
	(void)line;
	(void)user;
}

static int walk_run(struct walk *walk, struct mmsim *world,
		    struct mmsim_scenario *scenario)
{
	/* Each step runs one operation, whatever it returns. */
	for (size_t i = 0; i < walk->steps; i++) {
		int rc = mmsim_scenario_step(scenario);

		/* A failed `expect` changes nothing that is looked at. */
		if (rc < 0 && rc != -EPROTO)
			return scenario_error(world, walk->path, rc);
	}
	return 0;
}

static int walk_find(struct walk *walk, struct mmsim *world,
		     struct mmsim_scenario *scenario, const char *offset)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	uint64_t start, len, bytes;
	const char *end;

	mmsim_world_info(world, &info);
	if (!length_parse(offset, &info, &bytes, &end) || *end)
		return out_error("walk: found offset '%s', expected N, Np, "
				 "Nh, Nk or NM",
				 offset);
	if (mmsim_scenario_find(scenario, walk->who, walk->name, &walk->mm,
				&start, &len))
		return out_error("%s:%u: found %s of %s, expected a name that "
				 "is known there",
				 walk->path, walk->line, walk->name, walk->who);
	walk->addr = start + bytes;
	return 0;
}

/* ---- what is printed ---- */

static int steps_get(const struct walk *walk, struct mmsim_walk_step *steps)
{
	int nr;

	memset(steps, 0, MOST_STEPS * sizeof(*steps));
	for (int i = 0; i < MOST_STEPS; i++)
		steps[i].size = sizeof(*steps);
	nr = mmsim_walk(walk->mm, walk->addr, steps, MOST_STEPS);
	return nr < MOST_STEPS ? nr : MOST_STEPS;
}

static int verdict_get(const struct walk *walk, int access,
		       struct mmsim_verdict *verdict)
{
	memset(verdict, 0, sizeof(*verdict));
	verdict->size = sizeof(*verdict);
	return mmsim_would(walk->mm, walk->addr, (enum mmsim_access)access,
			   verdict);
}

static json_t *step_json(const struct walk *walk,
			 const struct mmsim_walk_step *step)
{
	json_t *value =
		json_pack("{s:s,s:i,s:i,s:o,s:o,s:b}", "level", step->level,
			  "shift", (int)step->shift, "index", (int)step->index,
			  "table", out_hex(step->table), "raw",
			  out_hex(step->raw), "leaf", step->leaf);

	if (step->leaf)
		json_object_set_new(value, "fields",
				    fields_json(&walk->spec->config, step->raw,
						step->shift));
	return value;
}

static void walk_json(const struct walk *walk)
{
	struct mmsim_walk_step steps[MOST_STEPS];
	json_t *list = json_array(), *would = json_object();
	int nr = steps_get(walk, steps);

	for (int i = 0; i < nr; i++)
		json_array_append_new(list, step_json(walk, &steps[i]));
	for (int a = MMSIM_READ; a <= MMSIM_EXEC; a++) {
		struct mmsim_verdict v;

		if (verdict_get(walk, a, &v))
			continue;
		json_object_set_new(would, access_names[a],
				    json_pack("{s:b,s:s,s:s?,s:s?}", "faults",
					      v.faults, "signal",
					      fault_names[v.kind], "action",
					      v.action, "rule", v.rule));
	}
	out_json(json_pack("{s:o,s:i,s:s,s:o,s:o,s:o,s:o}", "scenario",
			   out_text(walk->path), "line", (int)walk->line, "who",
			   walk->who, "name", out_text(walk->name), "addr",
			   out_hex(walk->addr), "steps", list, "would", would));
}

static void steps_print(const struct walk *walk)
{
	struct mmsim_walk_step steps[MOST_STEPS];
	struct table *table = table_new("lrrrl");
	int nr = steps_get(walk, steps);

	table_cell(table, "level");
	table_cell(table, "index");
	table_cell(table, "table");
	table_cell(table, "entry");
	table_cell(table, "%s", "");
	for (int i = 0; i < nr; i++) {
		table_cell(table, "%s", steps[i].level);
		table_cell(table, "%u", steps[i].index);
		table_cell(table, "0x%llx", (unsigned long long)steps[i].table);
		table_cell(table, "0x%llx", (unsigned long long)steps[i].raw);
		table_cell(table, "%s",
			   steps[i].leaf  ? "leaf"
			   : steps[i].raw ? "table"
					  : "empty");
	}
	table_print(table, 2);
	if (nr > 0 && steps[nr - 1].leaf)
		fields_print(&walk->spec->config, steps[nr - 1].raw,
			     steps[nr - 1].shift, 2);
}

static void verdicts_print(const struct walk *walk)
{
	struct table *table = table_new("lll");

	for (int a = MMSIM_READ; a <= MMSIM_EXEC; a++) {
		struct mmsim_verdict v;

		if (verdict_get(walk, a, &v))
			continue;
		table_cell(table, "%s", access_names[a]);
		if (v.kind != MMSIM_FAULT_NONE)
			table_cell(table, "fault, %s", fault_names[v.kind]);
		else
			table_cell(table, "%s", v.faults ? "fault" : "passes");
		table_cell(table, "%s%s%s%s", v.action ? v.action : "",
			   v.rule ? " (" : "", v.rule ? v.rule : "",
			   v.rule ? ")" : "");
	}
	table_print(table, 2);
}

static void walk_print(const struct walk *walk)
{
	if (walk->options->json) {
		walk_json(walk);
		return;
	}
	printf("%s:%u %s %s: address 0x%llx in %s\n", walk->path, walk->line,
	       walk->who, walk->name, (unsigned long long)walk->addr,
	       walk->spec->label);
	steps_print(walk);
	verdicts_print(walk);
}

static int walk_world(struct walk *walk, const char *offset)
{
	struct mmsim *world =
		world_make(&walk->spec->config, walk->spec->label);
	struct mmsim_scenario *scenario;
	int rc;

	if (!world)
		return STATUS_USAGE;
	rc = mmsim_scenario_open(world, walk->text, walk->len, no_line, NULL,
				 &scenario);
	if (rc) {
		rc = scenario_error(world, walk->path, rc);
	} else {
		rc = walk_run(walk, world, scenario);
		if (!rc)
			rc = walk_find(walk, world, scenario, offset);
		if (!rc)
			walk_print(walk);
		mmsim_scenario_close(scenario);
	}
	mmsim_destroy(world);
	return rc;
}

int cmd_walk(struct options *o)
{
	struct walk walk = { .options = o,
			     .who = o->who ? o->who : "P",
			     .name = o->operands.v[1] };
	int rc = world_list_build(&o->list);
	unsigned long line;

	if (rc)
		return rc;
	walk.spec = o->list.v;
	target_split(&walk, o->operands.v[0], &line);
	walk.text = input_slurp(walk.path, &walk.len);
	rc = walk.text ? line_resolve(&walk, line) : STATUS_USAGE;
	if (!rc)
		rc = walk_world(&walk, o->operands.v[2]);
	free(walk.text);
	free(walk.path);
	return rc;
}
