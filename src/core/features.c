/* SPDX-License-Identifier: MIT */
#include "core/features.h"

#include <errno.h>
#include <string.h>

#define FROM_START 0
#define NEVER	   (~(u32)0)
#define X86	   FEATURE_ARCH_X86
#define ARM64	   FEATURE_ARCH_ARM64
#define PPC64	   FEATURE_ARCH_PPC64
#define ALL	   (X86 | ARM64 | PPC64)

const struct feature_info feature_table[NR_FEATURES] = {
#define FEATURE(id, name, first, until, archs, what, sheet) \
	{ name, first, until, archs, what, sheet, false },
#define LATER_FEATURE(id, name, first, until, archs, what, sheet) \
	{ name, first, until, archs, what " (not modelled yet)", sheet, true },
#define LAYOUT_FEATURE(id, name, first, until, archs, what, sheet) \
	{ name, first, until, archs, what " (a layout)", sheet, true },
#include "core/features.def"
#undef FEATURE
};

void features_default(struct feature_set *set, unsigned arch, u32 kernel)
{
	const struct feature_info *info;
	unsigned f;

	memset(set, 0, sizeof(*set));
	for (f = 0; f < NR_FEATURES; f++) {
		info = &feature_table[f];
		feature_put(set, f,
			    info->archs & 1u << arch && kernel >= info->first &&
				    kernel < info->until);
	}
}

static int feature_by_name(const char *name, size_t len)
{
	unsigned f;

	for (f = 0; f < NR_FEATURES; f++)
		if (strlen(feature_table[f].name) == len &&
		    !memcmp(feature_table[f].name, name, len))
			return (int)f;
	return -1;
}

static int feature_apply_one(struct feature_set *set, unsigned arch,
			     const char *item, size_t len)
{
	int f;

	if (len < 2 || (*item != '+' && *item != '-'))
		return -EINVAL;
	f = feature_by_name(item + 1, len - 1);
	if (f < 0)
		return -EINVAL;
	if (*item == '+' && !(feature_table[f].archs & 1u << arch))
		return -ENODEV;
	if (feature_table[f].fixed)
		return -EOPNOTSUPP;
	feature_put(set, (enum feature)f, *item == '+');
	return 0;
}

int features_apply(struct feature_set *set, unsigned arch, const char *list,
		   size_t len, const char **bad, size_t *bad_len)
{
	const char *end = list + len, *comma;
	size_t item;
	int rc;

	for (; list < end; list += item + 1) {
		comma = memchr(list, ',', (size_t)(end - list));
		item = (size_t)((comma ? comma : end) - list);
		rc = item ? feature_apply_one(set, arch, list, item) : 0;
		if (rc) {
			*bad = list;
			*bad_len = item;
			return rc;
		}
	}
	return 0;
}

/* What asks for something that another feature brought. */
static const struct {
	enum feature feature, needs;
} needs[] = {
	{ FEAT_SWP_EXCLUSIVE, FEAT_ANON_EXCLUSIVE },
	{ FEAT_MPROTECT_UPGRADE, FEAT_ANON_EXCLUSIVE },
	{ FEAT_MPROTECT_POSTED, FEAT_ANON_EXCLUSIVE },
	{ FEAT_UPGRADE_CLEAN, FEAT_MPROTECT_UPGRADE },
	{ FEAT_ARM64_NEEDS_FLUSH, FEAT_PTE_NEEDS_FLUSH },
};

bool features_consistent(const struct feature_set *set, enum feature *feature,
			 enum feature *missing)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needs); i++) {
		*feature = needs[i].feature;
		*missing = needs[i].needs;
		if (feature_test(set, *feature) && !feature_test(set, *missing))
			return false;
	}
	return true;
}
