/* SPDX-License-Identifier: MIT */
/*
 * Recordings that we make: a folder as `check` reads it.
 */
#ifndef TOOLS_RECORDED_H
#define TOOLS_RECORDED_H

#include <stddef.h>

struct recording_folder;

/** recording_root() - make a folder with its parts; 0 or an exit status. */
int recording_root(const char *root);

/**
 * recording_folder() - the world that an info.json describes, below @root.
 *
 * Return: NULL after one line on standard error.
 */
struct recording_folder *recording_folder(const char *root, const char *info);

/** recording_folder_world() - its name: architecture, page size, release. */
const char *recording_folder_world(const struct recording_folder *f);

/** recording_write() - the lines of a scenario's recording. */
int recording_write(const struct recording_folder *f, const char *name,
		    const char *lines);

/** recording_scenario() - a copy of a scenario. */
int recording_scenario(const struct recording_folder *f, const char *path);
void recording_folder_free(struct recording_folder *f);

/** recording_name() - "a/b/05-x.sc": "05-x"; free() it. */
char *recording_name(const char *path);

/** recording_world_name() - of an info.json's text; NULL if it has none. */
char *recording_world_name(const char *info);

#endif
