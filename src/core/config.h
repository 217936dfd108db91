/* SPDX-License-Identifier: MIT */
/*
 * From a struct mmsim_config, or its words, to what a world is made of.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "core/features.h"
#include "core/types.h"
#include "core/world.h"

#include <mmsim/world.h>

#define CONFIG_ERROR_LEN 200

/* A configuration with every default filled in and every name looked up. */
struct world_spec {
	unsigned arch, mmu;
	u32 kernel;
	u64 page_size;
	unsigned cpus, nodes;
	u64 node_memory;
	struct feature_set features;
	const struct mm_backend *be;
	struct tlb_geometry tlb;
	bool tlb_keep;
	unsigned knobs[NR_KNOBS];
	struct mmsim_rules own;
	void *own_rules_user;
};

#define OLDEST_KERNEL KERNEL(5, 10)
#define NEWEST_KERNEL KERNEL(7, 2)

/* Releases between the two, oldest first; ends with 0. */
extern const u32 known_kernels[];

/**
 * world_spec_from_config() - check a configuration and fill in defaults.
 * @error: CONFIG_ERROR_LEN bytes for one line, empty on success.
 *
 * Return: 0, or the errno of mmsim_create().
 */
int world_spec_from_config(struct world_spec *spec,
			   const struct mmsim_config *config, char *error);

/**
 * config_parse() - the command's world options.
 *
 * Return: 0, or -EINVAL with one line in @error and @config unchanged.
 */
int config_parse(struct mmsim_config *config, const char *options, char *error);

/* The backend of a format and release; NULL if it is not built in. */
const struct mm_backend *find_backend(unsigned arch, unsigned mmu,
				      u64 page_size, u32 kernel);

/* ---- TLBs ---- */

/* The page sizes of a format, as shifts; 0: it has no such. */
void tlb_shifts(unsigned shift[NR_TLB_SIZES], const struct mm_backend *be);

void tlb_geometry_default(struct tlb_geometry *g, unsigned arch,
			  const struct mm_backend *be);

/**
 * tlb_geometry_parse() - what --tlb takes; @s need not end in a zero byte.
 * @g: receives the geometry, unless only `keep` is given.
 * @keep: set if TLBs are kept between the operations of a scenario.
 *
 * Return: NULL, or what was expected.
 */
const char *tlb_geometry_parse(struct tlb_geometry *g, bool *keep,
			       const char *s, size_t len,
			       const struct mm_backend *be);

/* ---- knobs ---- */

struct knob_info {
	const char *name, *values, *what;
};

extern const struct knob_info knob_table[NR_KNOBS];

/* What decides which sizes of folios there are a setting for. */
struct knob_sizes {
	unsigned page_shift, pmd_shift;
	bool mthp;  /* the release has more than one */
	bool shmem; /* of shared memory, too */
};

struct knob_sizes knob_sizes(const struct mm_backend *be,
			     const struct feature_set *features);

/* All settings as a kernel starts. */
void knobs_default(unsigned *knobs, const struct knob_sizes *sizes);

/**
 * knob_set() - set one by name; name and value need not end in a zero byte.
 *
 * Return: 0; -ENOENT; -EINVAL; -EOPNOTSUPP for a word not modelled yet.
 */
int knob_set(unsigned *knobs, const struct knob_sizes *sizes, const char *name,
	     size_t name_len, const char *value, size_t value_len);

/**
 * world_knob_set() - knob_set() of a world's knobs, and what follows from them.
 */
int world_knob_set(struct mmsim *w, const char *name, size_t name_len,
		   const char *value, size_t value_len);

/* What a world derives from its knobs. */
void world_knobs_changed(struct mmsim *w);

#endif
