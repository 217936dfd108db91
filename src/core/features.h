/* SPDX-License-Identifier: MIT */
/*
 * Features: behaviours with the release they came in. A release is nothing
 * but a set of features and a bit layout.
 */
#ifndef CORE_FEATURES_H
#define CORE_FEATURES_H

#include "core/types.h"

enum feature {
#define FEATURE(id, ...) FEAT_##id,
#include "core/features.def"
#undef FEATURE
	NR_FEATURES
};

#define NR_FEATURE_WORDS ((NR_FEATURES + 63) / 64)

struct feature_set {
	u64 words[NR_FEATURE_WORDS];
};

static inline bool feature_test(const struct feature_set *set, enum feature f)
{
	return set->words[f / 64] >> (f % 64) & 1;
}

static inline void feature_put(struct feature_set *set, enum feature f, bool on)
{
	if (on)
		set->words[f / 64] |= BIT_U64(f % 64);
	else
		set->words[f / 64] &= ~BIT_U64(f % 64);
}

/* Architectures as bits, 1 << enum mmsim_arch. */
#define FEATURE_ARCH_X86   1u
#define FEATURE_ARCH_ARM64 2u
#define FEATURE_ARCH_PPC64 4u

struct feature_info {
	const char *name;
	u32 first; /* KERNEL(); 0: before the oldest release known */
	u32 until; /* first release without it; ~0: none */
	u32 archs; /* FEATURE_ARCH_* that can have it */
	const char *what;
	const char *sheet;
	bool fixed;	/* cannot be forced: a layout, or not modelled yet */
};

extern const struct feature_info feature_table[NR_FEATURES];

/**
 * features_default() - the features of a release on an architecture.
 * @arch: enum mmsim_arch.
 * @kernel: KERNEL(major, minor).
 */
void features_default(struct feature_set *set, unsigned arch, u32 kernel);

/**
 * features_apply() - change a set by a list "+name,-name".
 * @list: the list, @len bytes of it.
 * @bad: on failure, where the offending item begins; @bad_len its length.
 *
 * Return: 0; -EINVAL for an unknown name or an item without sign, with @set
 * changed up to that item; -ENODEV if the architecture cannot have it;
 * -EOPNOTSUPP if it cannot be forced.
 */
int features_apply(struct feature_set *set, unsigned arch, const char *list,
		   size_t len, const char **bad, size_t *bad_len);

/**
 * features_consistent() - whether every feature has what it needs.
 * @feature, @missing: on failure one that is on, and what it lacks.
 */
bool features_consistent(const struct feature_set *set, enum feature *feature,
			 enum feature *missing);

#endif
