/* SPDX-License-Identifier: MIT */
/*
 * mmsim decode - take page-table entries apart.
 */
#include "fields.h"
#include "options.h"
#include "out.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int value_parse(const char *text, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	char *end;

	errno = 0;
	*value = strtoull(digits, &end, hex ? 16 : 10);
	if (!isxdigit((unsigned char)*digits) || *end)
		return out_error("decode: found '%s', expected 0x and hex "
				 "digits, or decimal digits",
				 text);
	if (errno)
		return out_error("decode: found '%s', expected at most 64 "
				 "bits",
				 text);
	return 0;
}

static unsigned log2_of(uint64_t bytes)
{
	return bytes ? 63 - (unsigned)__builtin_clzll(bytes) : 0;
}

/* The next level above @shift that the world's tables have. */
static int level_above(const struct mmsim_config *config, unsigned shift,
		       unsigned *above)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };

	for (*above = shift + 1; *above < 64; ++*above)
		if (!mmsim_entry_decode(config, 0, *above, &entry))
			return 0;
	return out_error("decode: found --level pud, expected a level this "
			 "world has");
}

static int level_shift(const struct mmsim_config *config, const char *level,
		       unsigned *shift)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim *world = world_make(config, "decode");

	if (!world)
		return STATUS_USAGE;
	mmsim_world_info(world, &info);
	mmsim_destroy(world);
	*shift = log2_of(info.page_size);
	if (!strcmp(level, "pte"))
		return 0;
	*shift = log2_of(info.pmd_size);
	if (!strcmp(level, "pmd"))
		return 0;
	if (!strcmp(level, "pud"))
		return level_above(config, *shift, shift);
	return out_error("found --level %s, expected pte, pmd or pud", level);
}

static void helper_append(const char *name, void *user)
{
	json_array_append_new(user, json_string(name));
}

static void decode_json(const struct world_spec *spec, uint64_t value,
			const char *level, unsigned shift)
{
	json_t *helpers = json_array();

	mmsim_entry_helpers(&spec->config, value, shift, helper_append,
			    helpers);
	out_json(json_pack("{s:o,s:s,s:o,s:o}", "value", out_hex(value),
			   "level", level, "fields",
			   fields_json(&spec->config, value, shift), "helpers",
			   helpers));
}

static void helper_print(const char *name, void *user)
{
	int *nr = user;

	printf("%s%s", ++*nr > 1 ? " " : "  yes: ", name);
}

static void decode_text(const struct world_spec *spec, uint64_t value,
			const char *level, unsigned shift)
{
	int nr = 0;

	printf("0x%llx as a %s of %s\n", (unsigned long long)value, level,
	       spec->label);
	fields_print(&spec->config, value, shift, 2);
	mmsim_entry_helpers(&spec->config, value, shift, helper_print, &nr);
	puts(nr ? "" : "  no helper says yes");
}

int cmd_decode(struct options *o)
{
	const char *level = o->level ? o->level : "pte";
	int rc = world_list_build(&o->list);
	const struct world_spec *spec = o->list.v;
	uint64_t value;
	unsigned shift;

	if (!rc)
		rc = level_shift(&spec->config, level, &shift);
	/* All values are read before the first is printed. */
	for (size_t i = 0; i < o->operands.nr && !rc; i++)
		rc = value_parse(o->operands.v[i], &value);
	for (size_t i = 0; i < o->operands.nr && !rc; i++) {
		rc = value_parse(o->operands.v[i], &value);
		if (o->json)
			decode_json(spec, value, level, shift);
		else
			decode_text(spec, value, level, shift);
	}
	return rc;
}
