/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include "out.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PROT_ALL (MMSIM_PROT_READ | MMSIM_PROT_WRITE | MMSIM_PROT_EXEC)
#define MAP_OWN	 (MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS | MMSIM_MAP_FIXED)

/* The kernel's VM_READ, VM_WRITE and VM_EXEC have the values of PROT_*. */
#define VM_RIGHTS 7

static const struct {
	const char *counter, *name;
} counter_rows[NR_LAYOUT_COUNTERS] = {
	[COUNTER_ANON_ZERO] = { "fault_anon_zero", "anon_zero" },
	[COUNTER_ANON_WRITE] = { "fault_anon_write", "anon_write" },
	[COUNTER_WP_REUSE] = { "fault_wp_reuse", "wp_reuse" },
	[COUNTER_WP_COPY] = { "fault_wp_copy", "wp_copy" },
	[COUNTER_FILE_READ] = { "fault_file_read", "file_read" },
	[COUNTER_FILE_COW] = { "fault_file_cow", "file_cow" },
	[COUNTER_FILE_SHARED] = { "fault_file_shared", "file_shared" },
	[COUNTER_ACCESS_FLAG] = { "fault_access_flag", "access_flag" },
	[COUNTER_SPURIOUS] = { "fault_spurious", "spurious" },
	[COUNTER_HUGE_ZERO] = { "fault_huge_zero", "huge_zero" },
	[COUNTER_HUGE_ANON] = { "fault_huge_anon", "huge_anon" },
	[COUNTER_HUGE_REUSE] = { "fault_huge_reuse", "huge_reuse" },
	[COUNTER_PTE_WRITES] = { "pte_write", "pte_writes" },
	[COUNTER_FLUSHES] = { "tlb_flush", "flushes" },
	[COUNTER_TLB_HITS] = { "hw_tlb_hit", "tlb_hits" },
	[COUNTER_WALKS] = { "hw_walk", "walks" },
	[COUNTER_TLB_MISSES] = { "hw_tlb_miss", "tlb_misses" },
};

const char *layout_counter_name(enum layout_counter counter)
{
	return counter_rows[counter].name;
}

static uint64_t counter_now(const struct layout *l, enum layout_counter counter)
{
	uint64_t value = 0;

	mmsim_counter(l->world, counter_rows[counter].counter, &value);
	return value;
}

int layout_counter_known(const struct layout *l, enum layout_counter counter)
{
	uint64_t value;

	return !mmsim_counter(l->world, counter_rows[counter].counter, &value);
}

uint64_t layout_counter(const struct layout *l, enum layout_counter counter)
{
	return counter_now(l, counter) - l->hidden[counter];
}

int layout_open(struct layout *l, struct mmsim *world)
{
	struct mmsim_world_info info = { .size = sizeof(info) };

	memset(l, 0, sizeof(*l));
	l->world = world;
	mmsim_world_info(world, &info);
	l->page_size = info.page_size;
	l->cache_most = info.node_memory * info.nodes / 4;
	return mmsim_mm_create(world, &l->mm);
}

void layout_close(struct layout *l)
{
	/* The world takes its process and files with it. */
	mmsim_destroy(l->world);
	free(l->files);
}

/* ---- rounding ---- */

static uint64_t down(const struct layout *l, uint64_t addr)
{
	return addr & ~(l->page_size - 1);
}

static uint64_t up(const struct layout *l, uint64_t addr)
{
	return down(l, addr + l->page_size - 1);
}

static bool is_even(const struct layout *l, uint64_t addr)
{
	return down(l, addr) == addr;
}

/* Counts an operation whose ends do not lie between pages. */
static void count_rounded(struct layout *l, uint64_t start, uint64_t end)
{
	l->rounded += !is_even(l, start) || !is_even(l, end);
}

/* ---- what is there ---- */

static bool vma_at(const struct layout *l, uint64_t addr, struct mmsim_vma *vma)
{
	memset(vma, 0, sizeof(*vma));
	vma->size = sizeof(*vma);
	return !mmsim_vma_next(l->mm, addr, vma) && vma->start <= addr;
}

int layout_unite(struct layout *l, uint64_t addr, int prot)
{
	uint64_t page = down(l, addr);
	struct mmsim_vma vma;
	int now;

	if (!vma_at(l, page, &vma))
		return -ENOMEM;
	now = (int)(vma.flags & VM_RIGHTS);
	if ((now | prot) == now)
		return 0;
	return mmsim_mprotect(l->mm, page, l->page_size, now | prot);
}

static int map_own(struct layout *l, uint64_t start, uint64_t end)
{
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.addr = start,
					.len = end - start,
					.prot = PROT_ALL,
					.flags = MAP_OWN };
	uint64_t addr;

	return mmsim_mmap(l->mm, &args, &addr);
}

int layout_own(struct layout *l, uint64_t addr)
{
	uint64_t page = down(l, addr);

	return map_own(l, page, page + l->page_size);
}

/*
 * A call that succeeded named [start, end), so that all of it was mapped: what
 * is not known yet was so before the trace began.
 */
static int fill_holes(struct layout *l, uint64_t start, uint64_t end)
{
	while (start < end) {
		struct mmsim_vma vma = { .size = sizeof(vma) };
		bool some = !mmsim_vma_next(l->mm, start, &vma);
		uint64_t stop = some && vma.start < end ? vma.start : end;
		int rc = start < stop ? map_own(l, start, stop) : 0;

		if (rc)
			return rc;
		start = stop < end ? vma.end : end;
	}
	return 0;
}

/* ---- files ---- */

/* Read a part of a file into the page cache, by a process of its own. */
static int file_cache(struct layout *l, struct mmsim_file *file,
		      uint64_t offset, uint64_t len)
{
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.len = len,
					.offset = offset,
					.file = file,
					.prot = MMSIM_PROT_READ,
					.flags = MMSIM_MAP_SHARED };
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	uint64_t before[NR_LAYOUT_COUNTERS], addr;
	struct mmsim_mm *reader;
	int rc;

	if (len > l->cache_most - l->cached)
		return 0;
	l->cached += len;
	for (int i = 0; i < NR_LAYOUT_COUNTERS; i++)
		before[i] = counter_now(l, (enum layout_counter)i);
	rc = mmsim_mm_create(l->world, &reader);
	if (rc)
		return rc;
	rc = mmsim_mmap(reader, &args, &addr);
	if (!rc)
		rc = mmsim_access(reader, 0, addr, len, MMSIM_READ, NULL,
				  &fault);
	mmsim_mm_exit(reader);
	for (int i = 0; i < NR_LAYOUT_COUNTERS; i++)
		l->hidden[i] +=
			counter_now(l, (enum layout_counter)i) - before[i];
	return rc;
}

/* The file of a number, at least @bytes long. */
static int file_get(struct layout *l, size_t number, uint64_t bytes,
		    struct mmsim_file **file)
{
	struct layout_file *row;
	int rc = 0;

	if (number >= l->nr_files) {
		l->files = xrealloc(l->files, number + 1, sizeof(*l->files));
		memset(l->files + l->nr_files, 0,
		       (number + 1 - l->nr_files) * sizeof(*l->files));
		l->nr_files = number + 1;
	}
	row = &l->files[number];
	if (!row->file)
		rc = mmsim_file_create(l->world, bytes, MMSIM_FILE_MEMFD,
				       &row->file);
	else if (row->bytes < bytes)
		rc = mmsim_file_truncate(row->file, bytes);
	if (rc)
		return rc;
	row->bytes = row->bytes > bytes ? row->bytes : bytes;
	*file = row->file;
	return 0;
}

/* ---- mmap ---- */

struct mapping {
	int prot, flags;
	size_t file;
	/* Of the address 0, modulo 2^64; rounded down to pages where used. */
	uint64_t offset;
};

/* Map whole pages in place of whatever is there. */
static int map_even(struct layout *l, uint64_t start, uint64_t end,
		    const struct mapping *m)
{
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.addr = start,
					.len = end - start,
					.prot = m->prot,
					.flags = m->flags };
	uint64_t addr;
	int rc = 0;

	if (start >= end)
		return 0;
	if (m->file != ANONYMOUS) {
		/* Wraps if rounding went below the start of the file. */
		args.offset = down(l, start + m->offset);
		if (args.offset > UINT64_MAX - args.len)
			args.offset = 0;
		rc = file_get(l, m->file, args.offset + args.len, &args.file);
		if (!rc)
			rc = file_cache(l, args.file, args.offset, args.len);
	}
	return rc ? rc : mmsim_mmap(l->mm, &args, &addr);
}

/*
 * One end of a mapping lies within a page: if the page is mapped its rights
 * are united, else it becomes part of the new mapping: true.
 */
static bool edge_joins(struct layout *l, uint64_t page, int prot, int *rc)
{
	struct mmsim_vma vma;

	if (!vma_at(l, page, &vma))
		return true;
	if (!*rc)
		*rc = layout_unite(l, page, prot);
	return false;
}

static int map_range(struct layout *l, uint64_t start, uint64_t end,
		     const struct mapping *m)
{
	uint64_t from = up(l, start), to = down(l, end);
	int rc = 0;

	if (from > to) /* within one page */
		return edge_joins(l, to, m->prot, &rc)
			       ? map_even(l, to, from, m)
			       : rc;
	if (from > start && edge_joins(l, from - l->page_size, m->prot, &rc))
		from -= l->page_size;
	if (to < end && edge_joins(l, to, m->prot, &rc))
		to += l->page_size;
	return rc ? rc : map_even(l, from, to, m);
}

int layout_map(struct layout *l, uint64_t start, uint64_t end, int prot,
	       int flags, size_t file, uint64_t offset)
{
	const int kept =
		MMSIM_MAP_NORESERVE | MMSIM_MAP_POPULATE | MMSIM_MAP_LOCKED;
	struct mapping m = { .prot = prot & PROT_ALL,
			     .file = file,
			     .offset = offset - start };

	/* MAP_SHARED_VALIDATE is MAP_SHARED and MAP_PRIVATE at once. */
	m.flags = (flags & kept) | MMSIM_MAP_FIXED |
		  (flags & MMSIM_MAP_SHARED ? MMSIM_MAP_SHARED
					    : MMSIM_MAP_PRIVATE) |
		  (file == ANONYMOUS ? MMSIM_MAP_ANONYMOUS : 0);
	count_rounded(l, start, end);
	return map_range(l, start, end, &m);
}

/* ---- other calls ---- */

static int unmap_inside(struct layout *l, uint64_t start, uint64_t end)
{
	start = up(l, start);
	end = down(l, end);
	return start < end ? mmsim_munmap(l->mm, start, end - start) : 0;
}

int layout_unmap(struct layout *l, uint64_t start, uint64_t end)
{
	count_rounded(l, start, end);
	return unmap_inside(l, start, end);
}

int layout_protect(struct layout *l, uint64_t start, uint64_t end, int prot)
{
	uint64_t from = up(l, start), to = down(l, end);
	int rc = fill_holes(l, down(l, start), up(l, end));

	count_rounded(l, start, end);
	prot &= PROT_ALL;
	/* Pages that are not wholly inside can only gain rights. */
	if (!rc && from > start)
		rc = layout_unite(l, start, prot);
	if (!rc && to < end && to >= from)
		rc = layout_unite(l, to, prot);
	if (!rc && from < to)
		rc = mmsim_mprotect(l->mm, from, to - from, prot);
	return rc;
}

/* Whether an advice takes something away. */
static bool advice_takes(int advice)
{
	switch (advice) {
	case MMSIM_MADV_DONTNEED:
	case MMSIM_MADV_DONTNEED_LOCKED:
	case MMSIM_MADV_FREE:
	case MMSIM_MADV_REMOVE:
	case MMSIM_MADV_DONTFORK:
	case MMSIM_MADV_WIPEONFORK:
	case MMSIM_MADV_COLD:
	case MMSIM_MADV_PAGEOUT:
	case MMSIM_MADV_GUARD_INSTALL:
		return true;
	default:
		return false;
	}
}

int layout_advise(struct layout *l, uint64_t start, uint64_t end, int advice)
{
	bool takes = advice_takes(advice);
	int rc;

	count_rounded(l, start, end);
	start = takes ? up(l, start) : down(l, start);
	end = takes ? down(l, end) : up(l, end);
	if (start >= end)
		return 0;
	rc = mmsim_madvise(l->mm, start, end - start, advice);
	/* What is mapped was advised; holes are pages never touched. */
	return rc == -ENOMEM ? 0 : rc;
}

int layout_lock(struct layout *l, uint64_t start, uint64_t end, int on)
{
	int rc = 0;

	count_rounded(l, start, end);
	start = on ? down(l, start) : up(l, start);
	end = on ? up(l, end) : down(l, end);
	if (start >= end)
		return 0;
	if (on)
		rc = fill_holes(l, start, end);
	return rc ? rc : mmsim_mlock(l->mm, start, end - start, on);
}

/* ---- mremap ---- */

static int move_even(struct layout *l, uint64_t from, uint64_t old_len,
		     uint64_t new_len, uint64_t to, int flags)
{
	int rc = fill_holes(l, from, from + old_len);

	if (rc)
		return rc;
	if (to != from) {
		flags = MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED |
			(flags & MMSIM_MREMAP_DONTUNMAP);
		return mmsim_mremap(l->mm, from, old_len, new_len, flags, &to);
	}
	/* The traced program had room to grow; so has this one. */
	if (new_len > old_len)
		rc = mmsim_munmap(l->mm, from + old_len, new_len - old_len);
	return rc ? rc : mmsim_mremap(l->mm, from, old_len, new_len, 0, &to);
}

/* The part of a mapping that is new gets the rights of the old one. */
static int move_map(struct layout *l, uint64_t from, uint64_t start,
		    uint64_t end)
{
	struct mapping m = { .prot = PROT_ALL, .flags = MAP_OWN };
	struct mmsim_vma vma;

	if (vma_at(l, from, &vma))
		m.prot = (int)(vma.flags & VM_RIGHTS);
	return map_range(l, start, end, &m);
}

/*
 * Ends lie within pages. The target is mapped as any new mapping; whole pages
 * move into it if both places are cut alike. Pages that are shared with a
 * neighbour stay, and so does what they hold.
 */
static int move_uneven(struct layout *l, uint64_t from, uint64_t old_len,
		       uint64_t new_len, uint64_t to)
{
	uint64_t kept = old_len < new_len ? old_len : new_len;
	uint64_t first = up(l, from), last = down(l, from + kept);
	int rc;

	if (to == from && new_len <= old_len)
		return unmap_inside(l, from + new_len, from + old_len);
	if (to == from)
		return move_map(l, from, from + old_len, from + new_len);
	rc = move_map(l, from, to, to + new_len);
	if (!rc && first < last && is_even(l, to - from))
		rc = move_even(l, first, last - first, last - first,
			       first + (to - from), 0);
	return rc ? rc : unmap_inside(l, from, from + old_len);
}

int layout_move(struct layout *l, uint64_t from, uint64_t old_len,
		uint64_t new_len, uint64_t to, int flags)
{
	bool even = is_even(l, from) && is_even(l, to) && is_even(l, old_len) &&
		    is_even(l, new_len);

	if (even)
		return move_even(l, from, old_len, new_len, to, flags);
	l->rounded++;
	return move_uneven(l, from, old_len, new_len, to);
}
