/* SPDX-License-Identifier: MIT */
#include "worlds.h"

#include "out.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const world_option_names[NR_WORLD_OPTIONS] = {
	[WORLD_ARCH] = "arch",	 [WORLD_PAGE_SIZE] = "page-size",
	[WORLD_MMU] = "mmu",	 [WORLD_KERNEL] = "kernel",
	[WORLD_NODES] = "nodes", [WORLD_CPUS] = "cpus",
	[WORLD_MEM] = "mem",	 [WORLD_FEATURE] = "feature",
	[WORLD_SET] = "set",	 [WORLD_TLB] = "tlb",
};

/* Which option a name without dashes is, or -1. */
static int world_option_find(const char *name)
{
	for (int i = 0; i < NR_WORLD_OPTIONS; i++)
		if (!strcmp(name, world_option_names[i]))
			return i;
	return -1;
}

/* Values are joined by blanks for mmsim_config_parse(). */
static bool value_is_one_word(const char *value)
{
	if (!*value)
		return false;
	for (; *value; value++)
		if (isspace((unsigned char)*value))
			return false;
	return true;
}

int world_option_add(struct world_options *to, int option, const char *value)
{
	char *joined;

	if (!value_is_one_word(value))
		return out_error("--%s: found '%s', expected one word",
				 world_option_names[option], value);
	if (option < NR_WORLD_SINGLE || !to->value[option])
		joined = xstrdup(value);
	else
		joined = xasprintf("%s,%s", to->value[option], value);
	free(to->value[option]);
	to->value[option] = joined;
	return 0;
}

/* One "--name" or "--name=value" of a --with, and the word after it. */
static int with_option(struct world_options *to, char *word, char *next,
		       bool *used_next)
{
	char *value = strchr(word, '=');
	int option;

	*used_next = !value;
	if (value)
		*value++ = 0;
	else
		value = next;
	option = strncmp(word, "--", 2) ? -1 : world_option_find(word + 2);
	if (option < 0)
		return out_error("--with: found '%s', expected world options",
				 word);
	if (!value)
		return out_error("--with: found %s without a value, expected "
				 "one",
				 word);
	return world_option_add(to, option, value);
}

int world_list_with(struct world_list *list, const char *text)
{
	char *copy = xstrdup(text), *state = NULL, *word;
	struct world_options *to;
	int rc = 0;

	list->with =
		xrealloc(list->with, list->nr_with + 1, sizeof(*list->with));
	to = &list->with[list->nr_with++];
	memset(to, 0, sizeof(*to));
	word = strtok_r(copy, " \t\n", &state);
	while (word && !rc) {
		char *next = strtok_r(NULL, " \t\n", &state);
		bool used;

		rc = with_option(to, word, next, &used);
		word = used && next ? strtok_r(NULL, " \t\n", &state) : next;
	}
	free(copy);
	return rc;
}

/* The options of @base with those of @over laid over them, as one string. */
static char *world_text(const struct world_options *base,
			const struct world_options *over)
{
	struct world_options all = { { NULL } };
	char *text = xstrdup("");

	for (int i = 0; i < NR_WORLD_OPTIONS; i++) {
		char *longer;

		if (base->value[i])
			world_option_add(&all, i, base->value[i]);
		if (over && over->value[i])
			world_option_add(&all, i, over->value[i]);
		if (!all.value[i])
			continue;
		longer = xasprintf("%s%s--%s %s", text, *text ? " " : "",
				   world_option_names[i], all.value[i]);
		free(text);
		text = longer;
		free(all.value[i]);
	}
	return text;
}

static int config_read(struct mmsim_config *config, const char *text)
{
	char error[512] = "";
	int rc = mmsim_config_parse(config, text);

	if (rc) {
		mmsim_config_error(config, text, error, sizeof(error));
		return out_error("%s", *error ? error : mmsim_errname(rc));
	}
	return 0;
}

/* "x86_64", "arm64_16k", "ppc64_hash_4k". */
static char *format_text(const struct mmsim_world_info *info)
{
	if (info->arch == MMSIM_ARCH_X86_64)
		return xstrdup("x86_64");
	if (info->arch == MMSIM_ARCH_ARM64)
		return xasprintf("arm64_%uk", info->page_size / 1024);
	return xasprintf("ppc64_%s_%uk",
			 info->mmu == MMSIM_MMU_HASH ? "hash" : "radix",
			 info->page_size / 1024);
}

const char *world_option_in(const char *options, const char *name, int *len)
{
	const char *at = strstr(options, name);

	at = at ? at + strlen(name) : "";
	*len = (int)strcspn(at, " ");
	return at;
}

/* What distinguishes a world for a reader: format, release, additions. */
static char *world_label(const struct world_spec *spec,
			 const struct mmsim *world)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	int features_len, knobs_len;
	const char *features =
		world_option_in(spec->options, "--feature ", &features_len);
	const char *knobs =
		world_option_in(spec->options, "--set ", &knobs_len);
	char *format, *label;

	if (mmsim_world_info(world, &info))
		return xstrdup(spec->options);
	format = format_text(&info);
	label = xasprintf(
		"%s-%u.%u%s%.*s%s%.*s", format, (unsigned)(info.kernel >> 16),
		(unsigned)(info.kernel & 0xffff), features_len ? " " : "",
		features_len, features, knobs_len ? " " : "", knobs_len, knobs);
	free(format);
	return label;
}

static int world_spec_build(struct world_spec *spec, char *options)
{
	struct mmsim *world;
	int rc;

	spec->options = options;
	spec->config = (struct mmsim_config)MMSIM_CONFIG_INIT;
	rc = config_read(&spec->config, spec->options);
	if (rc)
		return rc;
	world = world_make(&spec->config, *options ? options : "the world");
	if (!world)
		return STATUS_USAGE;
	spec->label = world_label(spec, world);
	mmsim_destroy(world);
	return 0;
}

static bool label_is_shared(const struct world_list *list, size_t i)
{
	for (size_t k = 0; k < list->nr; k++)
		if (k != i && !strcmp(list->v[k].label, list->v[i].label))
			return true;
	return false;
}

/* Worlds whose labels are the same are told apart by their options. */
static void labels_distinguish(struct world_list *list)
{
	char **longer = xcalloc(list->nr, sizeof(*longer));

	for (size_t i = 0; i < list->nr; i++)
		if (*list->v[i].options && label_is_shared(list, i))
			longer[i] = xasprintf("%s (%s)", list->v[i].label,
					      list->v[i].options);
	for (size_t i = 0; i < list->nr; i++) {
		if (!longer[i])
			continue;
		free(list->v[i].label);
		list->v[i].label = longer[i];
	}
	free(longer);
}

int world_list_build(struct world_list *list)
{
	size_t nr = list->nr_with ? list->nr_with : 1;
	int rc = 0;

	list->v = xcalloc(nr, sizeof(*list->v));
	for (; list->nr < nr && !rc; list->nr++)
		rc = world_spec_build(&list->v[list->nr],
				      world_text(&list->common,
						 list->nr_with
							 ? &list->with[list->nr]
							 : NULL));
	if (!rc)
		labels_distinguish(list);
	return rc;
}

bool world_is_built(const char *options)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim *world = NULL;
	int rc = mmsim_config_parse(&config, options);

	if (!rc)
		rc = mmsim_create(&config, &world);
	if (!rc)
		mmsim_destroy(world);
	/* Any other trouble is told when the world is made. */
	return rc != -EOPNOTSUPP;
}

int world_apply(const struct world_list *list, struct mmsim_config *config,
		char **text)
{
	*text = world_text(&list->common, NULL);
	return **text ? config_read(config, *text) : 0;
}

static void world_options_free(struct world_options *options)
{
	for (int i = 0; i < NR_WORLD_OPTIONS; i++)
		free(options->value[i]);
}

void world_list_free(struct world_list *list)
{
	world_options_free(&list->common);
	for (size_t i = 0; i < list->nr_with; i++)
		world_options_free(&list->with[i]);
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].options);
		free(list->v[i].label);
	}
	free(list->with);
	free(list->v);
}

struct mmsim *world_make(const struct mmsim_config *config, const char *what)
{
	char error[512] = "";
	struct mmsim *world;
	int rc = mmsim_create(config, &world);

	if (!rc)
		return world;
	mmsim_config_error(config, NULL, error, sizeof(error));
	out_error("%s: %s", what, *error ? error : mmsim_errname(rc));
	return NULL;
}
