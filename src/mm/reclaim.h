/* SPDX-License-Identifier: MIT */
/*
 * Reclaim, on demand and because memory is short (docs/reclaim.md).
 */
#ifndef MM_RECLAIM_H
#define MM_RECLAIM_H

#include "core/world.h"

/**
 * do_reclaim() - free pages that were not used for longest, as writing to
 * memory.reclaim does.
 * @nr: pages.
 * @freed: how many they were.
 *
 * Return: 0; -EAGAIN: fewer than asked for, but what was freed is.
 */
int do_reclaim(struct mmsim *w, u64 nr, u64 *freed);

#endif
