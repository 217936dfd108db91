/* SPDX-License-Identifier: MIT */
/*
 * Migration entries: they stand for a folio's entries while it moves or breaks
 * up (semantics-rmap-swap.md 4).
 */
#ifndef RMAP_MIGRATE_H
#define RMAP_MIGRATE_H

#include "rmap/unmap.h"

/**
 * try_to_migrate() - replace every entry that maps a folio by a migration
 * entry.
 *
 * The caller refers to the folio, or knows that only its mappings do. Flushes
 * wait for try_to_unmap_flush() where the flags allow it.
 */
mm_static void try_to_migrate(struct mmsim *w, pfn_t pfn, struct unmap *unmap);

/* A page of zeroes that one may as well read from the zero page becomes it:
 * from 6.12 on, in a mapping that is not locked. */
#define RMP_USE_SHARED_ZEROPAGE 1u
/* Huge entries are made anew: writable where the mapping is. */
#define RMP_FRESH_HUGE 2u

/**
 * remove_migration_ptes() - and back.
 * @from: the folio that the entries stand for.
 * @to: the folio that they are to map: the same, or a copy.
 * @flags: RMP_*.
 */
mm_static void remove_migration_ptes(struct mmsim *w, pfn_t from, pfn_t to,
				     unsigned flags);

#endif
