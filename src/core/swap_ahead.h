/* SPDX-License-Identifier: MIT */
#ifndef CORE_SWAP_AHEAD_H
#define CORE_SWAP_AHEAD_H

#include "core/types.h"

/**
 * struct swap_ahead - what the next readahead of swap goes by.
 * @at: the slot or, of a VMA, the page that was asked for before.
 * @window: pages of the last read.
 * @hits: pages read ahead that were asked for since.
 * @begun: false: nothing was asked for yet, and a few hits are taken for
 *	granted.
 */
struct swap_ahead {
	u64 at;
	u32 window, hits;
	bool begun;
};

#endif
