/* SPDX-License-Identifier: MIT */
/*
 * swapon and swapoff.
 */
#ifndef MM_SWAP_H
#define MM_SWAP_H

#include "core/world.h"
#include "swap/swap.h"

/* swap_on() with as many types as this release's entries can name. */
int do_swapon(struct mmsim *w, enum swap_kind kind, u64 bytes, int prio);

/**
 * do_swapoff() - bring back what is on a device and close it.
 *
 * Return: 0; -EINVAL: there is no such device; -ENOMEM: what is back stays
 * so, the device is in use still.
 */
int do_swapoff(struct mmsim *w, unsigned type);

#endif
