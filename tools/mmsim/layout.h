/* SPDX-License-Identifier: MIT */
/*
 * The mappings of a traced program in one world. Where the world's pages are
 * larger than the trace's, a mapping covers every page it touches and rights
 * are united; what takes something away acts on pages that lie wholly inside.
 * Such operations are counted as rounded.
 *
 * Addresses are multiples of TRACE_PAGE. Results are 0 or a negative errno.
 */
#ifndef TOOLS_LAYOUT_H
#define TOOLS_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include <mmsim/mmsim.h>

#define TRACE_PAGE 4096u
#define ANONYMOUS  0 /* in the place of a file's number */

enum layout_counter {
	COUNTER_ANON_ZERO,
	COUNTER_ANON_WRITE,
	COUNTER_WP_REUSE,
	COUNTER_WP_COPY,
	COUNTER_FILE_READ,
	COUNTER_FILE_COW,
	COUNTER_FILE_SHARED,
	COUNTER_ACCESS_FLAG,
	COUNTER_SPURIOUS,
	COUNTER_HUGE_ZERO,
	COUNTER_HUGE_ANON,
	COUNTER_HUGE_REUSE,
	NR_FAULT_COUNTERS,
	COUNTER_PTE_WRITES = NR_FAULT_COUNTERS,
	COUNTER_FLUSHES,
	COUNTER_TLB_HITS,
	COUNTER_TLB_MISSES,
	COUNTER_WALKS,
	NR_LAYOUT_COUNTERS
};

struct layout_file {
	struct mmsim_file *file;
	uint64_t bytes;
};

struct layout {
	struct mmsim *world;
	struct mmsim_mm *mm;
	uint64_t page_size;
	uint64_t rounded;
	struct layout_file *files; /* by number */
	size_t nr_files;
	uint64_t cached, cache_most; /* bytes read into the page cache */
	/* What reading files in has counted; not the program's doing. */
	uint64_t hidden[NR_LAYOUT_COUNTERS];
};

/** layout_open() - an empty process in @world, which the layout takes over. */
int layout_open(struct layout *layout, struct mmsim *world);
void layout_close(struct layout *layout);

/** layout_counter_name() - for readers: "anon_zero". */
const char *layout_counter_name(enum layout_counter counter);

/** layout_counter_known() - whether the library counts it. */
int layout_counter_known(const struct layout *layout,
			 enum layout_counter counter);

/** layout_counter() - a counter without what reading files in counted. */
uint64_t layout_counter(const struct layout *layout,
			enum layout_counter counter);

/**
 * layout_map() - what mmap did.
 * @file: number of the file, from 1; ANONYMOUS. Its pages are in the page
 *	cache then, up to a quarter of the world's memory.
 */
int layout_map(struct layout *layout, uint64_t start, uint64_t end, int prot,
	       int flags, size_t file, uint64_t offset);
int layout_unmap(struct layout *layout, uint64_t start, uint64_t end);
int layout_protect(struct layout *layout, uint64_t start, uint64_t end,
		   int prot);
int layout_advise(struct layout *layout, uint64_t start, uint64_t end,
		  int advice);
int layout_lock(struct layout *layout, uint64_t start, uint64_t end, int on);

/** layout_move() - what mremap did; lengths are multiples of TRACE_PAGE. */
int layout_move(struct layout *layout, uint64_t from, uint64_t old_len,
		uint64_t new_len, uint64_t to, int flags);

/** layout_own() - a page at @addr that was mapped before the trace began. */
int layout_own(struct layout *layout, uint64_t addr);

/** layout_unite() - add rights to the page at @addr. */
int layout_unite(struct layout *layout, uint64_t addr, int prot);

#endif
