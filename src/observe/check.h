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

/**
 * check_cheap() - those that look at no entry and no frame.
 * @cost: is added what it took, in VMAs and processes.
 */
int check_cheap(struct mmsim *w, mmsim_report_fn fn, void *user, u64 *cost);

/**
 * watch_op() - after an operation, as the knob debug.check says.
 * @what: the operation. Remembers the first one that broke an invariant.
 *
 * The cheap ones come so often that what they take stays in proportion to the
 * operations: a world of many mappings is looked at more rarely.
 */
void watch_op(struct mmsim *w, const char *what);

/**
 * watch_report() - name the first operation after which one was broken.
 *
 * Return: whether there was one.
 */
bool watch_report(struct mmsim *w, mmsim_report_fn fn, void *user);

#endif
