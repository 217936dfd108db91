/* SPDX-License-Identifier: MIT */
/*
 * mmsim oracle - what the kernel of this machine does.
 */
#include "input.h"
#include "options.h"
#include "out.h"
#include "random.h"
#include "recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct oracle {
	const struct options *options;
	struct recorder *recorder;
	char *world; /* the name of this kernel's recordings */
	char *info;  /* its info.json */
	size_t recorded, skipped, failed;
};

/* "x86_64-6.18" from the words of the info. */
static char *world_name(const char *info)
{
	json_t *value = json_loads(info, 0, NULL);
	const char *arch = json_string_value(json_object_get(value, "arch"));
	const char *mmu = json_string_value(json_object_get(value, "mmu"));
	const char *kernel =
		json_string_value(json_object_get(value, "kernel"));
	json_int_t page =
		json_integer_value(json_object_get(value, "page_size"));
	char *name = NULL;

	if (arch && kernel)
		name = xasprintf("%s%s%s-%lldk-%s", arch, mmu ? "-" : "",
				 mmu ? mmu : "", (long long)page / 1024,
				 kernel);
	json_decref(value);
	return name;
}

/* ---- a folder as `check` reads it ---- */

static int folder_make(const char *path)
{
	if (!mkdir(path, 0777) || errno == EEXIST)
		return 0;
	return out_error("%s: found %s, expected to make a folder", path,
			 strerror(errno));
}

static int file_write(const char *path, const char *text, size_t len)
{
	FILE *out = fopen(path, "w");

	if (out) {
		fwrite(text, 1, len, out);
		if (!(ferror(out) | fclose(out)))
			return 0;
	}
	return out_error("%s: found %s, expected to write there", path,
			 strerror(errno));
}

/* A path below the folder, of @fmt's parts. */
static int below_write(const struct oracle *o, const char *folder,
		       const char *name, const char *end, const char *text,
		       size_t len)
{
	char *path =
		xasprintf("%s/%s/%s%s", o->options->output, folder, name, end);
	int rc = file_write(path, text, len);

	free(path);
	return rc;
}

static int root_make(const struct oracle *o)
{
	static const char *const parts[] = { "", "/scenarios", "/recordings" };
	char *path, *folder;
	int rc = 0;

	for (size_t i = 0; i < 3 && !rc; i++) {
		path = xasprintf("%s%s", o->options->output, parts[i]);
		rc = folder_make(path);
		free(path);
	}
	if (rc)
		return rc;
	folder = xasprintf("recordings/%s", o->world);
	path = xasprintf("%s/%s", o->options->output, folder);
	rc = folder_make(path);
	if (!rc)
		rc = below_write(o, folder, "info", ".json", o->info,
				 strlen(o->info));
	free(path);
	free(folder);
	return rc;
}

/* "a/b/05-x.sc": "05-x". */
static char *scenario_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = xstrdup(slash ? slash + 1 : path);
	size_t len = strlen(name);

	if (len > 3 && !strcmp(name + len - 3, ".sc"))
		name[len - 3] = 0;
	return name;
}

/* ---- scenarios ---- */

static int recording_put(const struct oracle *o, const char *path,
			 const char *text, size_t len, const char *lines)
{
	char *folder, *name;
	int rc;

	if (!o->options->output) {
		fputs(lines, stdout);
		return 0;
	}
	folder = xasprintf("recordings/%s", o->world);
	name = scenario_name(path);
	rc = below_write(o, "scenarios", name, ".sc", text, len);
	if (!rc)
		rc = below_write(o, folder, name, ".jsonl", lines,
				 strlen(lines));
	free(name);
	free(folder);
	return rc;
}

static int scenario_record(struct oracle *o, const char *path)
{
	const char *lines, *why;
	size_t len;
	char *text = input_slurp(path, &len);
	int rc = 0;

	if (!text)
		return STATUS_USAGE;
	out_progress("%s", path);
	switch (recorder_run(o->recorder, text, len, &lines, &why)) {
	case RECORDED_DONE:
		o->recorded++;
		rc = recording_put(o, path, text, len, lines);
		break;
	case RECORDED_SKIPPED:
		o->skipped++;
		out_progress("%s", "");
		fprintf(stderr, "skipped: %s: %s\n", path, why);
		break;
	case RECORDED_FAILED:
		o->failed++;
		rc = out_error("%s: found %s, expected an end", path, why);
		break;
	}
	free(text);
	return rc;
}

static int scenarios_record(struct oracle *o)
{
	const struct texts *paths = &o->options->operands;
	int rc = 0;

	if (!paths->nr)
		return out_error("oracle: found no scenario, expected some, or "
				 "--random N");
	if (o->options->output)
		rc = root_make(o);
	recorder_gaps(o->options->recorder);
	for (size_t i = 0; i < paths->nr && !rc; i++)
		rc = scenario_record(o, paths->v[i]);
	out_progress("%s", "");
	if (!rc)
		fprintf(stderr, "recorded %zu, skipped %zu: %s\n", o->recorded,
			o->skipped, o->world);
	/* Nothing recorded is no success, whatever the reason. */
	return rc ? rc : o->recorded ? STATUS_DONE : STATUS_FAILED;
}

int cmd_oracle(struct options *options)
{
	struct oracle o = { .options = options };
	int status = STATUS_USAGE;

	o.info = recorder_info(options->recorder, "this machine");
	o.world = o.info ? world_name(o.info) : NULL;
	if (o.info && !o.world)
		out_error("oracle: found no architecture and release, expected "
			  "what this kernel is");
	if (o.world) {
		free(o.info);
		o.info = recorder_info(options->recorder, o.world);
		o.recorder = recorder_open(options->recorder, options->system);
	}
	if (o.recorder) {
		status = options->random
				 ? random_run(options, o.recorder, o.info)
				 : scenarios_record(&o);
		recorder_close(o.recorder);
	}
	free(o.world);
	free(o.info);
	return status;
}
