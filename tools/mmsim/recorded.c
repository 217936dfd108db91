/* SPDX-License-Identifier: MIT */
#include "recorded.h"

#include "input.h"
#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct recording_folder {
	char *root, *world;
};

char *recording_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = xstrdup(slash ? slash + 1 : path);
	size_t len = strlen(name);

	if (len > 3 && !strcmp(name + len - 3, ".sc"))
		name[len - 3] = 0;
	return name;
}

char *recording_world_name(const char *info)
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

static int folder_make(const char *path)
{
	if (!mkdir(path, 0777) || errno == EEXIST)
		return 0;
	return out_error("%s: found %s, expected to make a folder", path,
			 strerror(errno));
}

static int file_write(char *path, const char *text, size_t len)
{
	FILE *out = fopen(path, "w");
	int rc = 0;

	if (out)
		fwrite(text, 1, len, out);
	if (!out || ferror(out) | fclose(out))
		rc = out_error("%s: found %s, expected to write there", path,
			       strerror(errno));
	free(path);
	return rc;
}

int recording_root(const char *root)
{
	static const char *const parts[] = { "", "/scenarios", "/recordings" };
	int rc = 0;

	for (size_t i = 0; i < 3 && !rc; i++) {
		char *path = xasprintf("%s%s", root, parts[i]);

		rc = folder_make(path);
		free(path);
	}
	return rc;
}

/* The info names its world. */
static char *info_named(const char *info, const char *world)
{
	json_t *value = json_loads(info, 0, NULL);
	char *text;

	json_object_set_new(value, "world", json_string(world));
	text = json_dumps(value, JSON_INDENT(1));
	json_decref(value);
	return text;
}

struct recording_folder *recording_folder(const char *root, const char *info)
{
	struct recording_folder *f = xcalloc(1, sizeof(*f));
	char *path, *named;
	int rc = STATUS_USAGE;

	f->root = xstrdup(root);
	f->world = recording_world_name(info);
	if (f->world) {
		path = xasprintf("%s/recordings/%s", root, f->world);
		rc = folder_make(path);
		free(path);
	} else {
		out_error("%s: found no architecture and release, expected "
			  "what the kernel is",
			  root);
	}
	if (!rc) {
		named = info_named(info, f->world);
		rc = file_write(
			xasprintf("%s/recordings/%s/info.json", root, f->world),
			named, strlen(named));
		free(named);
	}
	if (!rc)
		return f;
	recording_folder_free(f);
	return NULL;
}

const char *recording_folder_world(const struct recording_folder *f)
{
	return f->world;
}

int recording_write(const struct recording_folder *f, const char *name,
		    const char *lines)
{
	return file_write(
		xasprintf("%s/recordings/%s/%s.jsonl", f->root, f->world, name),
		lines, strlen(lines));
}

int recording_scenario(const struct recording_folder *f, const char *path)
{
	char *name = recording_name(path);
	size_t len;
	char *text = input_slurp(path, &len);
	int rc = STATUS_USAGE;

	if (text)
		rc = file_write(xasprintf("%s/scenarios/%s.sc", f->root, name),
				text, len);
	free(text);
	free(name);
	return rc;
}

void recording_folder_free(struct recording_folder *f)
{
	if (!f)
		return;
	free(f->root);
	free(f->world);
	free(f);
}
