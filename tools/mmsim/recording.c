/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include "input.h"
#include "lines.h"
#include "ops.h"
#include "out.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_FOLDERS 16 /* below each other: a link may lead in a circle */

/* ---- names ---- */

static bool name_wanted(const char *name, char *const *globs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!fnmatch(globs[i], name, FNM_PATHNAME))
			return true;
	return nr == 0;
}

static void names_add(struct names *names, char *name)
{
	names->v = xrealloc(names->v, names->nr + 1, sizeof(*names->v));
	names->v[names->nr++] = name;
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_sort(struct names *names)
{
	if (names->nr)
		qsort(names->v, names->nr, sizeof(*names->v), name_compare);
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->nr; i++)
		free(names->v[i]);
	free(names->v);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Add the scenarios of one folder; @below is its path below scenarios/. */
static void names_collect(struct names *names, const char *folder,
			  const char *below, unsigned depth)
{
	DIR *dir = depth < MOST_FOLDERS ? opendir(folder) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);
		char *path, *name;

		if (entry->d_name[0] == '.')
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		name = xasprintf("%s%s%s", below, *below ? "/" : "",
				 entry->d_name);
		if (is_folder(path)) {
			names_collect(names, path, name, depth + 1);
		} else if (len > 3 && !strcmp(entry->d_name + len - 3, ".sc")) {
			name[strlen(name) - 3] = 0;
			names_add(names, xstrdup(name));
		}
		free(name);
		free(path);
	}
	if (dir)
		closedir(dir);
}

static void names_keep(struct names *names, char *const *globs, size_t nr)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->nr; i++) {
		if (name_wanted(names->v[i], globs, nr))
			names->v[kept++] = names->v[i];
		else
			free(names->v[i]);
	}
	names->nr = kept;
}

void names_scenarios(struct names *names, const char *root, char *const *globs,
		     size_t nr_globs)
{
	char *folder = xasprintf("%s/scenarios", root);

	memset(names, 0, sizeof(*names));
	names_collect(names, folder, "", 0);
	names_keep(names, globs, nr_globs);
	names_sort(names);
	free(folder);
}

void names_worlds(struct names *names, const char *root, char *const *globs,
		  size_t nr_globs)
{
	char *folder = xasprintf("%s/recordings", root);
	DIR *dir = opendir(folder);
	struct dirent *entry;

	memset(names, 0, sizeof(*names));
	while (dir && (entry = readdir(dir))) {
		char *path = xasprintf("%s/%s", folder, entry->d_name);

		if (entry->d_name[0] != '.' && is_folder(path))
			names_add(names, xstrdup(entry->d_name));
		free(path);
	}
	if (dir)
		closedir(dir);
	names_keep(names, globs, nr_globs);
	names_sort(names);
	free(folder);
}

/* ---- lines ---- */

/* The line as one object, or NULL after one line on standard error. */
static json_t *line_parse(const char *path, unsigned line, const char *text,
			  size_t len)
{
	json_error_t error;
	json_t *value = json_loadb(text, len, 0, &error);

	if (json_is_object(value))
		return value;
	if (value)
		out_error("%s:%u: found no object, expected one", path, line);
	else
		out_error("%s:%u: found JSON that is wrong (%s), expected an "
			  "object",
			  path, line, error.text);
	json_decref(value);
	return NULL;
}

/* Words apart by one blank, as the recorder wrote them. */
static bool same_words(const char *recorded, const char *text, size_t len)
{
	const char *end = text + len;

	while (*recorded && text < end) {
		if (*recorded == ' ') {
			if (*text != ' ' && *text != '\t')
				return false;
			while (text < end && (*text == ' ' || *text == '\t'))
				text++;
			recorded++;
		} else if (*recorded++ != *text++) {
			return false;
		}
	}
	return !*recorded && text == end;
}

static bool line_belongs(const char *path, unsigned line, const json_t *value,
			 const struct op *op)
{
	const char *who = line_text(value, "who");
	const char *text = line_text(value, "op");
	long long n = line_number(value, "n");

	if (n != op->line) {
		out_error("%s:%u: found n %lld, expected %u", path, line, n,
			  op->line);
		return false;
	}
	if (strlen(who) == op->who_len && !memcmp(who, op->who, op->who_len) &&
	    same_words(text, op->text, op->text_len))
		return true;
	out_error("%s:%u: found operation '%s' of %s, expected '%.*s' of %.*s",
		  path, line, text, who, (int)op->text_len, op->text,
		  (int)op->who_len, op->who);
	return false;
}

/* The next operation that has a recorded line. */
static bool op_recorded(const char **text, const char *end, unsigned *line,
			struct op *op)
{
	while (op_next(text, end, line, op))
		if (op->text_len < 6 || memcmp(op->text, "expect", 6))
			return true;
	return false;
}

/* A recording as it is being read beside its scenario. */
struct reading {
	const char *path, *text, *text_end;
	unsigned op_line, line;
	json_t *lines;
};

static bool reading_line(struct reading *r, const char *from, size_t len)
{
	struct op op;
	json_t *value;

	r->line++;
	value = line_parse(r->path, r->line, from, len);
	if (!value)
		return false;
	if (line_is(value, "expect")) {
		json_decref(value);
		return true;
	}
	if (!op_recorded(&r->text, r->text_end, &r->op_line, &op)) {
		out_error("%s:%u: found one more line, expected the end",
			  r->path, r->line);
		json_decref(value);
		return false;
	}
	if (!line_belongs(r->path, r->line, value, &op)) {
		json_decref(value);
		return false;
	}
	json_array_append_new(r->lines, value);
	return true;
}

static bool reading_all(struct reading *r, const char *data, size_t len)
{
	const char *end = data + len, *stop;
	struct op op;

	for (; data < end; data = stop + 1) {
		stop = memchr(data, '\n', (size_t)(end - data));
		stop = stop ? stop : end;
		if (!reading_line(r, data, (size_t)(stop - data)))
			return false;
	}
	if (!op_recorded(&r->text, r->text_end, &r->op_line, &op))
		return true;
	out_error("%s:%u: found the end, expected '%.*s' of line %u", r->path,
		  r->line, (int)op.text_len, op.text, op.line);
	return false;
}

int recording_load(const char *base, const char *text, size_t len,
		   json_t **lines)
{
	struct reading r = { .text = text, .text_end = text + len };
	char *plain = xasprintf("%s.jsonl", base), *path, *data;
	size_t data_len;
	bool good;

	data = input_slurp_any(plain, &data_len, &path);
	free(plain);
	if (!path)
		return 0;
	r.path = path;
	r.lines = json_array();
	good = data && reading_all(&r, data, data_len);
	if (!good)
		json_decref(r.lines);
	*lines = good ? r.lines : NULL;
	free(data);
	free(path);
	return good ? 1 : -1;
}

/* ---- worlds ---- */

static json_t *object_load(const char *path)
{
	json_error_t error;
	json_t *value = json_load_file(path, 0, &error);

	if (json_is_object(value))
		return value;
	json_decref(value);
	out_error("%s:%d: found %s, expected an object", path,
		  error.line > 0 ? error.line : 1,
		  *error.text ? error.text : "something else");
	return NULL;
}

/* A word of info.json as an option; what is absent or null is left alone. */
static int info_word(const char *path, const json_t *info, const char *key,
		     struct mmsim_config *config)
{
	const char *word = json_string_value(json_object_get(info, key));
	char error[256] = "", *text;
	int rc;

	if (!word)
		return STATUS_DONE;
	text = xasprintf("--%s %s", key, word);
	rc = mmsim_config_parse(config, text);
	if (rc) {
		mmsim_config_error(config, text, error, sizeof(error));
		out_error("%s:1: found \"%s\":\"%s\" (%s), expected a world",
			  path, key, word, error);
	}
	free(text);
	return rc ? STATUS_USAGE : STATUS_DONE;
}

static int info_read(const char *path, const json_t *info,
		     struct mmsim_config *config)
{
	int rc = info_word(path, info, "arch", config);

	if (!rc)
		rc = info_word(path, info, "mmu", config);
	if (!rc)
		rc = info_word(path, info, "kernel", config);
	config->page_size = (uint32_t)json_integer_value(
		json_object_get(info, "page_size"));
	config->cpus =
		(unsigned)json_integer_value(json_object_get(info, "cpus"));
	config->nodes =
		(unsigned)json_integer_value(json_object_get(info, "nodes"));
	config->node_memory = (uint64_t)json_integer_value(
		json_object_get(info, "node_memory"));
	return rc;
}

/* Also what the release alone does not tell. */
static int info_take(const char *path, const json_t *info,
		     struct recorded_world *world)
{
	const char *word = json_string_value(json_object_get(info, "features"));

	world->config = (struct mmsim_config)MMSIM_CONFIG_INIT;
	world->features = word ? xstrdup(word) : NULL;
	world->config.features = world->features;
	world->no_frames = json_is_false(json_object_get(info, "frames"));
	return info ? info_read(path, info, &world->config) : STATUS_USAGE;
}

int recording_world(const char *folder, struct recorded_world *world)
{
	char *path = xasprintf("%s/info.json", folder);
	json_t *info = object_load(path);
	int rc = info_take(path, info, world);

	json_decref(info);
	free(path);
	return rc;
}

json_t *recording_traceable(const char *folder)
{
	char *path = xasprintf("%s/info.json", folder);
	json_t *info = object_load(path);
	json_t *list = json_incref(json_object_get(info, "traceable"));

	json_decref(info);
	free(path);
	return list;
}

int recording_info(const char *what, const char *text,
		   struct recorded_world *world)
{
	json_t *info = json_loads(text, 0, NULL);
	int rc = info_take(what, info, world);

	if (!info)
		out_error("%s: found no JSON, expected an info.json", what);
	json_decref(info);
	return rc;
}

/* One item: "n:field", or {"n":..,"field":..}. What is neither is ignored. */
static void unstable_add(json_t *fields, const json_t *item)
{
	const json_t *n = json_object_get(item, "n");
	const char *field = json_string_value(json_object_get(item, "field"));
	char key[96];

	if (json_is_string(item)) {
		json_object_set_new(fields, json_string_value(item),
				    json_true());
	} else if (json_is_integer(n) && field) {
		snprintf(key, sizeof(key), "%lld:%s",
			 (long long)json_integer_value(n), field);
		json_object_set_new(fields, key, json_true());
	}
}

int recording_unstable(const char *folder, json_t **unstable)
{
	char *path = xasprintf("%s/unstable.json", folder);
	json_t *all = NULL, *list, *item;
	bool there = !access(path, F_OK);
	const char *scenario;
	size_t i;

	*unstable = NULL;
	if (there)
		all = object_load(path);
	free(path);
	if (there && !all)
		return STATUS_USAGE;
	if (there)
		*unstable = json_object();
	json_object_foreach(all, scenario, list) {
		json_t *fields = json_object();

		json_array_foreach(list, i, item)
			unstable_add(fields, item);
		json_object_set_new(*unstable, scenario, fields);
	}
	json_decref(all);
	return STATUS_DONE;
}
