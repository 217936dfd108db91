/* SPDX-License-Identifier: MIT */
/*
 * Recordings of real kernels: lists of scenarios and worlds, and their lines.
 */
#ifndef TOOLS_RECORDING_H
#define TOOLS_RECORDING_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <mmsim/mmsim.h>

struct names {
	char **v;
	size_t nr;
};

/**
 * names_scenarios() - the scenarios below a folder, without ".sc", sorted.
 * @globs: keep those that match one of them; none: all.
 */
void names_scenarios(struct names *names, const char *root, char *const *globs,
		     size_t nr_globs);

/** names_worlds() - the folders of ROOT/recordings, sorted. */
void names_worlds(struct names *names, const char *root, char *const *globs,
		  size_t nr_globs);
void names_free(struct names *names);

/**
 * recording_load() - the lines of a recording, one object per operation.
 * @base: path without its ending.
 * @text, @len: the scenario it must belong to.
 * @lines: receives an array; release it.
 *
 * `expect` operations have no recorded line that counts and are left out.
 *
 * Return: 1; 0 if there is no such recording; -1 after one line on standard
 * error if it is damaged.
 */
int recording_load(const char *base, const char *text, size_t len,
		   json_t **lines);

/* What info.json says of the recorded kernel. */
struct recorded_world {
	struct mmsim_config config;
	char *features; /* config points to it; free() it */
	bool no_frames; /* map counts and page flags could not be seen */
};

/** recording_traceable() - the functions that a world's recorder could count;
 * release it. */
json_t *recording_traceable(const char *folder);

/**
 * recording_world() - the world that a folder's info.json describes.
 *
 * Return: 0, or STATUS_USAGE after one line on standard error.
 */
int recording_world(const char *folder, struct recorded_world *world);

/** recording_info() - the same from a text; @what names it in errors. */
int recording_info(const char *what, const char *text,
		   struct recorded_world *world);

/**
 * recording_unstable() - the fields of all scenarios that are not compared.
 * @unstable: {"scenario": {"n:field": true}}, or NULL if there are none.
 *
 * Return: 0, or STATUS_USAGE after one line on standard error.
 */
int recording_unstable(const char *folder, json_t **unstable);

#endif
