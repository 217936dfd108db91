/* SPDX-License-Identifier: MIT */
#include "random.h"

#include "compare.h"
#include "out.h"
#include "recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sides {
	struct recorder *recorder; /* NULL: two worlds */
	struct mmsim_config config[2];
	struct compare_side side[2];
	char *features;
	bool no_frames;
	char text[640];
};

static int soft_dirty_take(const struct mmsim_list_item *item, void *user)
{
	bool *on = user;

	if (!strcmp(item->name, "soft-dirty"))
		*on = item->on > 0;
	return 0;
}

static int side_begin(struct sides *sides, int i, const char *what)
{
	struct compare_side *side = &sides->side[i];
	struct mmsim *world = world_make(&sides->config[i], what);

	if (!world)
		return STATUS_USAGE;
	side->config = &sides->config[i];
	side->info.size = sizeof(side->info);
	mmsim_world_info(world, &side->info);
	mmsim_list("features", &sides->config[i], soft_dirty_take,
		   &side->soft_dirty);
	mmsim_destroy(world);
	return 0;
}

struct sides *sides_kernel(struct recorder *recorder, const char *info,
			   const struct options *options)
{
	struct sides *sides = xcalloc(1, sizeof(*sides));
	struct recorded_world world;
	int rc = recording_info("this kernel", info, &world);

	sides->config[1] = world.config;
	sides->features = world.features;
	sides->no_frames = world.no_frames;
	sides->recorder = recorder;
	if (!rc && options->list.common.value[WORLD_FEATURE]) {
		char *more = xasprintf(
			"%s%s%s", sides->features ? sides->features : "",
			sides->features ? "," : "",
			options->list.common.value[WORLD_FEATURE]);

		free(sides->features);
		sides->features = more;
	}
	sides->config[1].features = sides->features;
	if (!rc)
		rc = side_begin(sides, 1, "this kernel's world");
	if (!rc)
		return sides;
	sides_free(sides);
	return NULL;
}

struct sides *sides_worlds(const struct world_spec *a,
			   const struct world_spec *b)
{
	struct sides *sides = xcalloc(1, sizeof(*sides));

	sides->config[0] = a->config;
	sides->config[1] = b->config;
	if (!side_begin(sides, 0, a->label) && !side_begin(sides, 1, b->label))
		return sides;
	sides_free(sides);
	return NULL;
}

void sides_free(struct sides *sides)
{
	free(sides->features);
	free(sides);
}

/* ---- running ---- */

static void line_take(const char *line, void *user)
{
	json_array_append_new(user, json_loads(line, 0, NULL));
}

/* The lines of a world; NULL if it cannot run the scenario. */
static json_t *world_lines(struct sides *sides, int i, const char *text)
{
	struct mmsim *world = world_make(&sides->config[i], "a side");
	json_t *lines = json_array();
	int rc = -EOPNOTSUPP;

	if (world)
		rc = mmsim_run_scenario(world, text, strlen(text), line_take,
					lines);
	if (rc && rc != -EPROTO) {
		snprintf(sides->text, sizeof(sides->text), "%s",
			 world ? mmsim_last_error(world) : "no world");
		json_decref(lines);
		lines = NULL;
	}
	mmsim_destroy(world);
	return lines;
}

static json_t *first_lines(struct sides *sides, const char *text)
{
	const char *lines, *why;

	if (!sides->recorder)
		return world_lines(sides, 0, text);
	if (recorder_run(sides->recorder, text, strlen(text), &lines, &why) ==
	    RECORDED_DONE)
		return lines_parse(lines);
	snprintf(sides->text, sizeof(sides->text), "%s", why);
	return NULL;
}

/* ---- comparing ---- */

/*
 * By chance: which pages given up with MADV_FREE have left their CPU's batch,
 * as any process of the machine may drain it. Page flags are not compared from
 * the first MADV_FREE on.
 */
static json_t *left_to_chance(const json_t *lines)
{
	json_t *unstable = json_object(), *line;
	bool begun = false;
	char key[32];
	size_t i;

	json_array_foreach(lines, i, line) {
		const char *op = json_string_value(json_object_get(line, "op"));
		const char *last = op ? strrchr(op, ' ') : NULL;

		begun = begun || (last && !strcmp(last, " free") &&
				  !strncmp(op, "madvise", 7));
		if (!begun)
			continue;
		snprintf(key, sizeof(key), "%lld:kpf",
			 (long long)json_integer_value(
				 json_object_get(line, "n")));
		json_object_set_new(unstable, key, json_true());
	}
	return unstable;
}

static void lines_compare(struct sides *sides, const json_t *want,
			  const json_t *got, struct sides_result *result)
{
	size_t nr = json_array_size(want);
	json_t *unstable = left_to_chance(want);
	struct compare c;

	if (sides->recorder)
		compare_begin(&c, &sides->config[1], &sides->side[1].info);
	else
		compare_begin_worlds(&c, &sides->side[0], &sides->side[1],
				     COMPARE_FACTS);
	c.unstable = unstable;
	c.no_frames = sides->no_frames;
	for (size_t i = 0; i < nr && !c.first.found; i++)
		compare_line(&c, json_array_get(want, i),
			     json_array_get(got, i));
	result->operations = nr;
	result->verdict = c.first.found ? VERDICT_DIFFERENT : VERDICT_SAME;
	result->line = c.first.found ? (unsigned)c.first.n : 0;
	if (c.first.found)
		snprintf(sides->text, sizeof(sides->text),
			 "line %lld (%s): page %lld: %s: wanted %s, got %s",
			 c.first.n, c.first.op, c.first.page, c.first.field,
			 c.first.want, c.first.got);
	compare_end(&c);
	json_decref(unstable);
}

void sides_compare(struct sides *sides, const char *text,
		   struct sides_result *result)
{
	json_t *want, *got = NULL;

	memset(result, 0, sizeof(*result));
	result->verdict = VERDICT_SKIPPED;
	result->text = sides->text;
	/* The simulator is the quicker one to say that it cannot. */
	got = world_lines(sides, 1, text);
	want = got ? first_lines(sides, text) : NULL;
	if (want && got)
		lines_compare(sides, want, got, result);
	json_decref(want);
	json_decref(got);
}

/* ---- a test of it ---- */

static void expect_write(FILE *out, const json_t *line)
{
	static const char *const keys[] = { "ret", "err",  "sig", "min",
					    "maj", "done", "uffd" };
	const char *who = json_string_value(json_object_get(line, "who"));

	if (who && strcmp(who, "P"))
		fprintf(out, "@%s ", who);
	fprintf(out, "expect");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const json_t *value = json_object_get(line, keys[i]);

		if (json_is_string(value))
			fprintf(out, " %s=%s", keys[i],
				json_string_value(value));
		else if (json_is_integer(value))
			fprintf(out, " %s=%lld", keys[i],
				(long long)json_integer_value(value));
	}
	fputc('\n', out);
}

static void expect_pages(FILE *out, const json_t *line)
{
	const char *who = json_string_value(json_object_get(line, "who"));
	const char *op = json_string_value(json_object_get(line, "op"));
	char name[40] = "", off[24] = "0";
	json_t *run;
	size_t i;

	if (!op || sscanf(op, "dump %39s %23s", name, off) < 1)
		return;
	json_array_foreach(json_object_get(line, "pages"), i, run) {
		const json_t *range = json_object_get(run, "i");
		const char *pm = json_string_value(json_object_get(run, "pm"));
		json_int_t first = json_integer_value(json_array_get(range, 0));
		json_int_t last = json_integer_value(json_array_get(range, 1));

		/* Offsets of a part of a name are left to the reader. */
		if (strcmp(off, "0") || !pm || !*pm)
			continue;
		if (who && strcmp(who, "P"))
			fprintf(out, "@%s ", who);
		fprintf(out, "expect %s %lldp %lldp pm=%s", name,
			(long long)first, (long long)(last - first + 1), pm);
		if (json_object_get(run, "b"))
			fprintf(out, " b=%lld",
				(long long)json_integer_value(
					json_object_get(run, "b")));
		fputc('\n', out);
	}
}

char *sides_expect(struct sides *sides, const char *text)
{
	json_t *lines = first_lines(sides, text);
	char *result = NULL;
	size_t len = 0, i = 0;
	FILE *out = open_memstream(&result, &len);

	for (; out && *text; i++) {
		const json_t *line = json_array_get(lines, i);
		size_t n = strcspn(text, "\n");

		fprintf(out, "%.*s\n", (int)n, text);
		if (line && json_object_get(line, "pages"))
			expect_pages(out, line);
		else if (line)
			expect_write(out, line);
		text += n + (text[n] == '\n');
	}
	if (out)
		fclose(out);
	json_decref(lines);
	return result;
}
