/* SPDX-License-Identifier: MIT */
#include <mmsim/world.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/backend.h"
#include "core/config.h"
#include "observe/check.h"

typedef int (*list_fn)(const struct mmsim_config *config, mmsim_list_fn fn,
		       void *user);

static struct mmsim_list_item item(const char *name, const char *what)
{
	const struct mmsim_list_item it = {
		.size = sizeof(it),
		.name = name,
		.what = what,
		.until = ~(uint32_t)0,
		.on = -1,
	};

	return it;
}

static int list_archs(const struct mmsim_config *config, mmsim_list_fn fn,
		      void *user)
{
	static const char *const archs[][2] = {
		{ "x86_64", "4K pages, four levels" },
		{ "arm64", "4K, 16K or 64K pages, 48 bits" },
		{ "ppc64", "book3s64, radix or hash, 4K or 64K pages" },
	};
	struct mmsim_list_item it;
	size_t i;
	int rc = 0;

	(void)config;
	for (i = 0; i < ARRAY_SIZE(archs) && !rc; i++) {
		it = item(archs[i][0], archs[i][1]);
		rc = fn(&it, user);
	}
	return rc;
}

static bool is_recorded(u32 kernel)
{
	return kernel == KERNEL(5, 10) || kernel == KERNEL(6, 1) ||
	       kernel == KERNEL(6, 12) || kernel == KERNEL(7, 2);
}

static int list_kernels(const struct mmsim_config *config, mmsim_list_fn fn,
			void *user)
{
	struct mmsim_list_item it;
	char name[16];
	size_t i;
	int rc = 0;

	(void)config;
	for (i = 0; known_kernels[i] && !rc; i++) {
		(void)snprintf(name, sizeof(name), "%u.%u",
			       known_kernels[i] >> 16,
			       known_kernels[i] & 0xffff);
		it = item(name, is_recorded(known_kernels[i])
					? "recorded"
					: "features by their first release");
		it.first = known_kernels[i];
		rc = fn(&it, user);
	}
	return rc;
}

static int list_features(const struct mmsim_config *config, mmsim_list_fn fn,
			 void *user)
{
	char error[CONFIG_ERROR_LEN];
	struct mmsim_list_item it;
	struct world_spec spec;
	int rc = 0;
	unsigned f;

	if (config) {
		rc = world_spec_from_config(&spec, config, error);
		if (rc)
			return rc;
	}
	for (f = 0; f < NR_FEATURES && !rc; f++) {
		it = item(feature_table[f].name, feature_table[f].what);
		it.first = feature_table[f].first;
		it.until = feature_table[f].until;
		it.sheet = feature_table[f].sheet;
		if (config)
			it.on = feature_test(&spec.features, f);
		rc = fn(&it, user);
	}
	return rc;
}

static int list_events(const struct mmsim_config *config, mmsim_list_fn fn,
		       void *user)
{
	struct mmsim_list_item it;
	int rc = 0;
	unsigned i;

	(void)config;
	for (i = 0; i < NR_EVENTS && !rc; i++) {
		it = item(event_table[i].name, event_table[i].what);
		rc = fn(&it, user);
	}
	return rc;
}

static int list_rules(const struct mmsim_config *config, mmsim_list_fn fn,
		      void *user)
{
	struct mmsim_list_item it;
	int rc = 0;
	unsigned i;

	(void)config;
	for (i = 1; i < NR_RULES && !rc; i++) {
		it = item(rule_table[i].name, rule_table[i].what);
		it.first = rule_table[i].first;
		it.until = rule_table[i].until;
		it.sheet = rule_table[i].sheet;
		rc = fn(&it, user);
	}
	return rc;
}

static int list_knobs(const struct mmsim_config *config, mmsim_list_fn fn,
		      void *user)
{
	struct mmsim_list_item it;
	int rc = 0;
	unsigned i;

	(void)config;
	for (i = 0; i < NR_KNOBS && !rc; i++) {
		it = item(knob_table[i].name, knob_table[i].what);
		rc = fn(&it, user);
	}
	return rc;
}

static int list_invariants(const struct mmsim_config *config, mmsim_list_fn fn,
			   void *user)
{
	struct mmsim_list_item it;
	int rc = 0;
	unsigned i;

	(void)config;
	for (i = 0; i < NR_INVARIANTS && !rc; i++) {
		it = item(invariant_table[i].name, invariant_table[i].what);
		rc = fn(&it, user);
	}
	return rc;
}

int mmsim_list(const char *kind, const struct mmsim_config *config,
	       mmsim_list_fn fn, void *user)
{
	static const struct {
		const char *kind;
		list_fn list;
	} lists[] = {
		{ "archs", list_archs },	   { "kernels", list_kernels },
		{ "features", list_features },	   { "events", list_events },
		{ "rules", list_rules },	   { "knobs", list_knobs },
		{ "invariants", list_invariants },
	};
	size_t i;

	if (!kind || !fn)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(lists); i++)
		if (!strcmp(lists[i].kind, kind))
			return lists[i].list(config, fn, user);
	return -EINVAL;
}
