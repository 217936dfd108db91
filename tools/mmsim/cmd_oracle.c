/* SPDX-License-Identifier: MIT */
/*
 * mmsim oracle - what the kernel of this machine does.
 */
#include "boot.h"
#include "input.h"
#include "options.h"
#include "out.h"
#include "random.h"
#include "recorded.h"
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oracle {
	const struct options *options;
	struct recorder *recorder;
	char *world; /* the name of this kernel's recordings */
	char *info;  /* its info.json */
	struct recording_folder *folder; /* NULL: standard output */
	size_t recorded, skipped, failed;
};

static int recording_put(const struct oracle *o, const char *path,
			 const char *lines)
{
	char *name;
	int rc;

	if (!o->folder) {
		fputs(lines, stdout);
		return 0;
	}
	name = recording_name(path);
	rc = recording_scenario(o->folder, path);
	if (!rc)
		rc = recording_write(o->folder, name, lines);
	free(name);
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
		rc = recording_put(o, path, lines);
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
		rc = recording_root(o->options->output);
	if (o->options->output && !rc) {
		o->folder = recording_folder(o->options->output, o->info);
		rc = o->folder ? 0 : STATUS_USAGE;
	}
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

	if (options->boot)
		return boot_record(options);
	o.info = recorder_info(options->recorder, "this machine");
	o.world = o.info ? recording_world_name(o.info) : NULL;
	if (o.info && !o.world)
		out_error("oracle: found no architecture and release, expected "
			  "what this kernel is");
	if (o.world)
		o.recorder = recorder_open(options->recorder, options->system);
	if (o.recorder) {
		status = options->random
				 ? random_run(options, o.recorder, o.info)
				 : scenarios_record(&o);
		recorder_close(o.recorder);
	}
	recording_folder_free(o.folder);
	free(o.world);
	free(o.info);
	return status;
}
