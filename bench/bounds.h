/* SPDX-License-Identifier: MIT */
/*
 * The bounds: the least that an honest program of this kind can do.
 */
#ifndef BENCH_BOUNDS_H
#define BENCH_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- a simulator of forty lines ---- */

/**
 * proto_create() - a VMA list, four-level tables, 16 bytes per page, a free
 * list and an exclusive bit.
 * @contents: 4K of contents per page too.
 */
struct proto *proto_create(size_t pages, bool contents);
void proto_destroy(struct proto *p);
/* An access to one page; a write faults until the entry is writable. */
void proto_access(struct proto *p, uint64_t addr, bool write);
/* What proto_access() is given: page i of the range. */
uint64_t proto_addr(size_t i);
/* All pages become unmapped and free; the tables stay. */
void proto_clear(struct proto *p);
/* fork: all entries read-only, all pages shared; @stays: and they stay so. */
void proto_share(struct proto *p, bool stays);

/* ---- entries in a row ---- */

/* Entries with 16 bytes of metadata each. */
struct rmw *rmw_create(size_t nr);
void rmw_destroy(struct rmw *m);
/* Read, modify and write all of both. */
void rmw_all(struct rmw *m);

/* ---- translations ---- */

/* Four levels of tables that map @pages pages. */
struct walker *walker_create(size_t pages);
void walker_destroy(struct walker *w);
/* Walk to @nr random pages that do not wait for each other. */
uint64_t walker_random(const struct walker *w, size_t nr);

/* @nr hits in a software TLB. */
uint64_t tlb_hits(size_t nr);

/* The index of the last of @nr ascending starts that is not above @addr. */
size_t search_sorted(const uint64_t *starts, size_t nr, uint64_t addr);

#endif
