/* SPDX-License-Identifier: MIT */
/*
 * What most tests map.
 */
#ifndef SUPPORT_MAP_H
#define SUPPORT_MAP_H

#include "support/test.h"

#include <mmsim/mmsim.h>

/* Private anonymous memory at an address, to read and to write. */
static inline void map_anon_at(struct mmsim_mm *mm, uint64_t addr, uint64_t len)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = addr,
		.len = len,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS |
			 MMSIM_MAP_FIXED,
	};
	uint64_t at;

	assert_int_equal(mmsim_mmap(mm, &args, &at), 0);
}

#endif
