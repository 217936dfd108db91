/* SPDX-License-Identifier: MIT */
/*
 * The invariants of a world.
 */
#ifndef OBSERVE_CHECK_H
#define OBSERVE_CHECK_H

#include "core/world.h"

enum invariant {
#define INVARIANT(id, name, what) INV_##id,
#include "observe/invariants.def"
#undef INVARIANT
	NR_INVARIANTS
};

struct invariant_info {
	const char *name, *what;
};

extern const struct invariant_info invariant_table[NR_INVARIANTS];

/**
 * check_world() - check all of them; drains no batch, changes nothing.
 * @fn: one line for each that is broken, naming it first; may be NULL.
 *
 * Return: how many are broken, or -ENOMEM (host).
 */
int check_world(struct mmsim *w, mmsim_report_fn fn, void *user);

#endif
