/* SPDX-License-Identifier: MIT */
/*
 * Memory policies: of a mapping, or of a process.
 */
#ifndef CORE_MEMPOLICY_H
#define CORE_MEMPOLICY_H

#include "core/types.h"

#define NUMA_NO_NODE (~0u)
#define ALL_NODES    (~(u64)0)

/**
 * struct mempolicy - which nodes pages come from.
 * @nodes: of the world's nodes, as bits.
 * @mode: MMSIM_MPOL_*; all zero is the default policy: a mapping then follows
 *	its process, a process takes from the node of the CPU that runs it.
 * @balancing: hinting faults may move pages, inside @nodes.
 */
struct mempolicy {
	u64 nodes;
	u32 mode;
	bool balancing;
};

/* Pages [start, end) of a file that have a policy. */
struct policy_range {
	u64 start, end;
	struct mempolicy policy;
};

/**
 * struct shared_policy - the policies of shared memory (mm/shared_policy.h).
 * @range: sorted, disjoint, none of the default policy.
 */
struct shared_policy {
	struct policy_range *range;
	size_t nr, max;
};

/**
 * struct move_range - pages of a range that are to go to other nodes.
 * @stay: nodes whose pages stay, as bits.
 * @to: for each node where its pages go; NULL: where the mapping's policy puts
 *	them.
 * @shared: also pages that other processes map.
 * @look: only count them in @stayed.
 * @stayed: pages that could not be moved; @skipped: that others map.
 */
struct move_range {
	u64 stay;
	const u8 *to;
	bool shared, look;
	u64 stayed, skipped;
};

static inline bool mpol_equal(const struct mempolicy *a,
			      const struct mempolicy *b)
{
	return a->mode == b->mode && a->nodes == b->nodes &&
	       a->balancing == b->balancing;
}

#endif
