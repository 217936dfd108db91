/* SPDX-License-Identifier: MIT */
/*
 * replay_cow [-o WORLD_OPTIONS] ROOT [GLOB]: run recorded scenarios and compare
 * with the recordings, on hosts where the command mmsim cannot be built. GLOB
 * picks scenarios of ROOT/scenarios/random, "*-cow.sc" if there is none.
 */
#include "lines.h"

#include <mmsim/mmsim.h>

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replay {
	const char *root, *glob, *options;
	struct lines lines;
	unsigned long worlds, scenarios, bad;

	/* Of the world at hand. */
	char folder[512];
	struct mmsim_config config;

	/* What is left of the recording at hand. */
	const char *at, *end;
};

/* The file with a zero byte behind it, or NULL. */
static char *slurp(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long size;

	if (!file)
		return NULL;
	if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) >= 0 &&
	    !fseek(file, 0, SEEK_SET))
		text = malloc((size_t)size + 1);
	if (text) {
		*len = fread(text, 1, (size_t)size, file);
		text[*len] = 0;
	}
	fclose(file);
	return text;
}

/* ---- one scenario ---- */

static bool next_recorded(struct replay *r, struct value *line)
{
	const char *from = r->at, *stop;

	if (from >= r->end)
		return false;
	stop = memchr(from, '\n', (size_t)(r->end - from));
	if (!stop)
		stop = r->end;
	r->at = stop + 1;
	return json_whole(from, (size_t)(stop - from), line);
}

static void on_line(const char *text, void *user)
{
	struct value want = { NULL, 0 }, got = { NULL, 0 };
	struct replay *r = user;
	bool there = next_recorded(r, &want);

	if (!json_whole(text, strlen(text), &got) || !there)
		lines_differ(&r->lines, want, "line", want, got);
	else
		lines_compare(&r->lines, want, got);
}

static int run(struct replay *r, const char *scenario, size_t len)
{
	struct mmsim *world;
	int rc = mmsim_create(&r->config, &world);

	if (rc)
		return rc;
	rc = mmsim_run_scenario(world, scenario, len, on_line, r);
	if (rc)
		fprintf(stderr, "%s %s: %s: %s\n", r->lines.world,
			r->lines.scenario, mmsim_errname(rc),
			mmsim_last_error(world));
	mmsim_destroy(world);
	return rc;
}

static void replay(struct replay *r, const char *name)
{
	size_t text_len = 0, recording_len = 0;
	char path[1024], *text, *recording;

	snprintf(path, sizeof(path), "%s/scenarios/random/%s", r->root, name);
	text = slurp(path, &text_len);
	snprintf(path, sizeof(path), "%s/random/%.*s.jsonl", r->folder,
		 (int)strlen(name) - 3, name);
	recording = slurp(path, &recording_len);
	/* Not every world has every scenario. */
	if (text && recording) {
		r->lines.scenario = name;
		r->at = recording;
		r->end = recording + recording_len;
		r->scenarios++;
		if (run(r, text, text_len) || r->at < r->end)
			r->bad++;
	}
	free(text);
	free(recording);
}

static void replay_all(struct replay *r)
{
	char path[512];
	struct dirent *entry;
	size_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/scenarios/random", r->root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		len = strlen(entry->d_name);
		if (len > 3 && !strcmp(entry->d_name + len - 3, ".sc") &&
		    !fnmatch(r->glob, entry->d_name, 0))
			replay(r, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

/* ---- one world ---- */

/* A word of info.json as an option. */
static int info_option(struct replay *r, struct value info, const char *key)
{
	struct value value = json_member(info, key);
	char word[64], text[128];

	if (!value.text || *value.text != '"')
		return 0;
	json_text(value, word, sizeof(word));
	snprintf(text, sizeof(text), "--%s %s", key, word);
	return mmsim_config_parse(&r->config, text);
}

static int world_config(struct replay *r, struct value info)
{
	int rc;

	r->config = (struct mmsim_config)MMSIM_CONFIG_INIT;
	rc = info_option(r, info, "arch");
	if (!rc)
		rc = info_option(r, info, "mmu");
	if (!rc)
		rc = info_option(r, info, "kernel");
	r->config.page_size =
		(uint32_t)json_number(json_member(info, "page_size"));
	r->config.cpus = (unsigned)json_number(json_member(info, "cpus"));
	r->config.nodes = (unsigned)json_number(json_member(info, "nodes"));
	r->config.node_memory = json_number(json_member(info, "node_memory"));
	if (!rc && r->options)
		rc = mmsim_config_parse(&r->config, r->options);
	return rc;
}

/* H_PAGE_F_GIX and H_PAGE_F_SECOND of the 4K hash layout. */
static uint64_t slot_mask(const struct mmsim_world_info *info)
{
	return info->mmu == MMSIM_MMU_HASH && info->page_size == 4096
		       ? (uint64_t)0xf << 53
		       : 0;
}

/* 0 if there are such worlds here. */
static int world_open(struct replay *r)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim *world;
	int rc = mmsim_create(&r->config, &world);

	if (rc)
		return rc;
	rc = mmsim_world_info(world, &info);
	mmsim_destroy(world);
	/* What 6.12 says of KSM is wrong: every anonymous page is one. */
	r->lines.ksm = info.kernel != MMSIM_KERNEL(6, 12);
	r->lines.slot_mask = slot_mask(&info);
	return rc;
}

static void replay_world(struct replay *r, const char *name)
{
	struct value info;
	char path[1024], *text;
	size_t len = 0;
	int rc = -EINVAL;

	snprintf(r->folder, sizeof(r->folder), "%s/recordings/%s", r->root,
		 name);
	snprintf(path, sizeof(path), "%s/info.json", r->folder);
	text = slurp(path, &len);
	if (text && json_whole(text, len, &info))
		rc = world_config(r, info);
	free(text);
	if (!rc)
		rc = world_open(r);
	r->lines.world = name;
	if (!rc) {
		r->worlds++;
		replay_all(r);
	} else if (rc != -EOPNOTSUPP) {
		/* A format that was not built is no mistake. */
		fprintf(stderr, "%s: %s\n", name, mmsim_errname(rc));
		r->bad++;
	}
}

static int replay_worlds(struct replay *r)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/recordings", r->root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			replay_world(r, entry->d_name);
	if (dir)
		closedir(dir);
	printf("%lu scenarios in %lu worlds, %lu fields, %lu differing\n",
	       r->scenarios, r->worlds, r->lines.fields, r->lines.differing);
	/* To have compared nothing is no success. */
	return r->bad || r->lines.differing || !r->lines.fields;
}

int main(int argc, char **argv)
{
	struct replay r = { .glob = "*-cow.sc" };

	if (argc > 2 && !strcmp(argv[1], "-o")) {
		r.options = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "replay_cow [-o OPTIONS] ROOT [GLOB]\n");
		return 2;
	}
	r.root = argv[1];
	if (argc == 3)
		r.glob = argv[2];
	return replay_worlds(&r);
}
