/* SPDX-License-Identifier: MIT */
/*
 * Worlds as the command line describes them.
 */
#ifndef TOOLS_WORLDS_H
#define TOOLS_WORLDS_H

#include <stdbool.h>
#include <stddef.h>

#include <mmsim/mmsim.h>

/* One value each: the last one given counts. */
enum world_option {
	WORLD_ARCH,
	WORLD_PAGE_SIZE,
	WORLD_MMU,
	WORLD_KERNEL,
	WORLD_NODES,
	WORLD_CPUS,
	WORLD_MEM,
	WORLD_TLB,
	NR_WORLD_SINGLE,
	/* These add up. */
	WORLD_FEATURE = NR_WORLD_SINGLE,
	WORLD_SET,
	NR_WORLD_OPTIONS
};

struct world_options {
	char *value[NR_WORLD_OPTIONS];
};

/* A world that can be made as often as needed. */
struct world_spec {
	/* For mmsim_config_parse(); config points into it. */
	char *options;
	char *label; /* "arm64_16k-6.12" and what was added to it */
	struct mmsim_config config;
};

struct world_list {
	struct world_options common;
	struct world_options *with; /* one per --with */
	size_t nr_with;
	struct world_spec *v;
	size_t nr;
};

/**
 * world_option_in() - the value of an option in a world's text.
 * @name: with its dashes and a blank.
 * @len: its length; 0 if it is not there.
 */
const char *world_option_in(const char *options, const char *name, int *len);

/** world_option_add() - take a value; 0, or STATUS_USAGE after one line. */
int world_option_add(struct world_options *to, int option, const char *value);

/** world_list_with() - take the text of a --with. */
int world_list_with(struct world_list *list, const char *text);

/**
 * world_list_build() - make the specs: one per --with, or one.
 *
 * Return: 0, or STATUS_USAGE after one line on standard error.
 */
int world_list_build(struct world_list *list);

/** world_is_built() - whether this library was built with a world's format. */
bool world_is_built(const char *options);

/**
 * world_apply() - lay the options of the command line over a configuration.
 * @text: receives the string that @config points into afterwards; free it
 *	after the last use of @config.
 */
int world_apply(const struct world_list *list, struct mmsim_config *config,
		char **text);
void world_list_free(struct world_list *list);

/**
 * world_make() - create a world; one line on standard error if that fails.
 * @what: the world's name in that line.
 *
 * Return: NULL if it failed.
 */
struct mmsim *world_make(const struct mmsim_config *config, const char *what);

#endif
