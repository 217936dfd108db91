/* SPDX-License-Identifier: MIT */
/*
 * Nodes, memory policies and moving pages, by calls.
 */
#include "fixture.h"

#include <errno.h>

#define NODE(n) ((uint64_t)1 << (n))

static unsigned node_at(struct mmsim_mm *mm, uint64_t addr)
{
	return entry_at(mm, addr).node;
}

static void policies_place_pages(void **state)
{
	struct fixture *f = *state;

	map_anon(f, BASE, 4);
	assert_int_equal(mmsim_mbind(f->mm, BASE, 2 * f->page, MMSIM_MPOL_BIND,
				     NODE(1), 0),
			 0);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + 2 * f->page, 2);
	assert_int_equal(node_at(f->mm, BASE), 1);
	assert_int_equal(node_at(f->mm, BASE + 2 * f->page), 0);
	assert_int_equal(
		mmsim_set_mempolicy(f->mm, MMSIM_MPOL_PREFERRED, NODE(1)), 0);
	put_byte(f->mm, BASE + 3 * f->page, 3);
	assert_int_equal(node_at(f->mm, BASE + 3 * f->page), 1);
	/* What has its own policy does not follow the process. */
	assert_int_equal(mmsim_set_mempolicy(f->mm, MMSIM_MPOL_BIND, NODE(0)),
			 0);
	put_byte(f->mm, BASE + f->page, 4);
	assert_int_equal(node_at(f->mm, BASE + f->page), 1);
}

static void releases_know_their_modes(void **state)
{
	struct fixture *f = *state;
	const int many = MMSIM_MPOL_PREFERRED_MANY;
	const int balancing = MMSIM_MPOL_F_NUMA_BALANCING;

	assert_int_equal(mmsim_set_mempolicy(f->mm, many, NODE(1)),
			 from_kernel(f, 5, 15) ? 0 : -EINVAL);
	assert_int_equal(mmsim_set_mempolicy(f->mm, many | balancing, NODE(1)),
			 from_kernel(f, 6, 10) ? 0 : -EINVAL);
	assert_int_equal(mmsim_set_mempolicy(f->mm, MMSIM_MPOL_BIND | balancing,
					     NODE(1)),
			 from_kernel(f, 5, 12) ? 0 : -EINVAL);
	assert_int_equal(mmsim_set_mempolicy(f->mm, 6, NODE(0)), -EINVAL);
	assert_int_equal(mmsim_set_mempolicy(f->mm, -1, NODE(0)), -EINVAL);
}

/* Only what may be moved is moved; a node that is not there ends the call. */
static void lists_of_pages(void **state)
{
	struct fixture *f = *state;
	uint64_t pages[] = { BASE, BASE + f->page + 1, BASE + 2 * f->page,
			     BASE + 8 * f->page, BASE };
	int to[] = { 1, 1, 1, 1, 7 };
	int status[] = { 99, 99, 99, 99, 99 };

	map_anon(f, BASE, 3);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 2);
	assert_int_equal(mmsim_move_pages(f->mm, 5, pages, to, status,
					  MMSIM_MPOL_MF_MOVE),
			 -ENODEV);
	assert_int_equal(status[0], 1);
	assert_int_equal(status[1], 1);
	assert_int_equal(status[2], from_kernel(f, 6, 12) ? -ENOENT : -EFAULT);
	assert_int_equal(status[3], -EFAULT);
	assert_int_equal(status[4], 99);
	assert_int_equal(get_byte(f->mm, BASE), 1);
	assert_int_equal(get_byte(f->mm, BASE + f->page), 2);
	to[0] = 0;
	assert_int_equal(mmsim_move_pages(f->mm, 1, pages, NULL, status, 0), 0);
	assert_int_equal(status[0], 1);
	assert_int_equal(mmsim_move_pages(f->mm, 0, NULL, NULL, NULL, 1),
			 -EINVAL);
	assert_int_equal(mmsim_move_pages(f->mm, 1, NULL, NULL, status, 0),
			 -EINVAL);
	assert_int_equal(mmsim_move_pages(NULL, 0, NULL, NULL, NULL, 0),
			 -EINVAL);
}

/* A page that two processes map moves only if that was asked for. */
static void shared_pages_stay(void **state)
{
	struct fixture *f = *state;
	uint64_t page = BASE, stayed;
	struct mmsim_mm *child;
	int to = 1, status;

	map_anon(f, BASE, 1);
	put_byte(f->mm, BASE, 5);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_int_equal(mmsim_move_pages(f->mm, 1, &page, &to, &status,
					  MMSIM_MPOL_MF_MOVE),
			 0);
	assert_int_equal(status, -EACCES);
	assert_int_equal(mmsim_migrate_pages(f->mm, NODE(0), NODE(1), &stayed),
			 0);
	assert_int_equal(node_at(f->mm, BASE), 0);
	assert_int_equal(mmsim_move_pages(f->mm, 1, &page, &to, &status,
					  MMSIM_MPOL_MF_MOVE_ALL),
			 0);
	assert_int_equal(status, 1);
	assert_int_equal(node_at(child, BASE), 1);
	assert_int_equal(get_byte(child, BASE), 5);
}

/* Shared memory keeps its policy, also when nobody maps it any more. */
static void shared_memory_keeps_its_policy(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.len = 4 * f->page,
		.prot = RW,
		.flags = MMSIM_MAP_SHARED,
	};
	struct mmsim_mm *other;
	uint64_t at;

	assert_int_equal(
		mmsim_file_create(f->w, args.len, MMSIM_FILE_MEMFD, &args.file),
		0);
	assert_int_equal(mmsim_mmap(f->mm, &args, &at), 0);
	assert_int_equal(mmsim_mbind(f->mm, at, 2 * f->page, MMSIM_MPOL_BIND,
				     NODE(1), 0),
			 0);
	assert_int_equal(mmsim_munmap(f->mm, at, args.len), 0);
	assert_int_equal(mmsim_mm_create(f->w, &other), 0);
	assert_int_equal(mmsim_mmap(other, &args, &at), 0);
	put_byte(other, at, 1);
	put_byte(other, at + 2 * f->page, 1);
	assert_int_equal(node_at(other, at), 1);
	assert_int_equal(node_at(other, at + 2 * f->page), 0);
	mmsim_mm_exit(other);
	mmsim_file_put(args.file);
}

static unsigned nr_mappings(struct fixture *f, uint64_t start, uint64_t end)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	unsigned nr = 0;

	while (!mmsim_vma_next(f->mm, start, &vma) && vma.start < end) {
		start = vma.end;
		nr++;
	}
	return nr;
}

/* Written under different policies they have no anon_vma in common: 6.18 kept
 * them apart, and did not what was never written. */
static void other_policy_other_anon_vma(void **state)
{
	struct fixture *f = *state;
	uint64_t end = BASE + 4 * f->page;

	map_anon(f, BASE, 4);
	assert_int_equal(
		mmsim_mbind(f->mm, BASE, f->page, MMSIM_MPOL_BIND, NODE(0), 0),
		0);
	assert_int_equal(mmsim_mbind(f->mm, BASE, end - BASE, MMSIM_MPOL_BIND,
				     NODE(0), 0),
			 0);
	assert_int_equal(nr_mappings(f, BASE, end), 1);
	assert_int_equal(
		mmsim_mbind(f->mm, BASE, f->page, MMSIM_MPOL_BIND, NODE(1), 0),
		0);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->page, 1);
	assert_int_equal(mmsim_mbind(f->mm, BASE, end - BASE, MMSIM_MPOL_BIND,
				     NODE(0), 0),
			 0);
	assert_int_equal(nr_mappings(f, BASE, end), 2);
	check_world_valid(f->w);
}

/* The same arguments were given to 6.18. */
static void bad_policies(void **state)
{
	static const struct {
		int mode;
		uint64_t nodes;
		unsigned flags;
		uint64_t offset, len;
		int want;
	} bad[] = {
		{ MMSIM_MPOL_BIND, 1, 0, 0, ~(uint64_t)0, 0 },
		{ MMSIM_MPOL_BIND, 1, 0, 0, ~(uint64_t)0xffffff, -EINVAL },
		{ MMSIM_MPOL_BIND, 1, 0, 0, (uint64_t)1 << 46, -EFAULT },
		{ MMSIM_MPOL_BIND, 0, 0, 0, 0, 0 },
		{ 99, 1, 0, 0, 0, -EINVAL },
		{ -1, 1, 0, 0, 1, -EINVAL },
		{ MMSIM_MPOL_BIND, 1, 0, 1, 1, -EINVAL },
		{ MMSIM_MPOL_BIND, 0, 0, 0, 1, -EINVAL },
		{ MMSIM_MPOL_BIND, NODE(2), 0, 0, 1, -EINVAL },
		{ MMSIM_MPOL_INTERLEAVE, NODE(63), 0, 0, 1, -EINVAL },
		{ MMSIM_MPOL_BIND, NODE(2), 0, (uint64_t)1 << 30, 1, -EINVAL },
		{ MMSIM_MPOL_BIND, 1, 8, 0, 1, -EINVAL },
		{ MMSIM_MPOL_BIND, 1, ~0u, 0, 1, -EINVAL },
		{ MMSIM_MPOL_DEFAULT, 1, 0, 0, 1, -EINVAL },
		{ MMSIM_MPOL_LOCAL, 1, 0, 0, 1, -EINVAL },
		{ MMSIM_MPOL_PREFERRED | MMSIM_MPOL_F_STATIC_NODES, 0, 0, 0, 1,
		  -EINVAL },
		{ MMSIM_MPOL_PREFERRED | MMSIM_MPOL_F_RELATIVE_NODES, 0, 0, 0,
		  1, -EINVAL },
		{ MMSIM_MPOL_LOCAL | MMSIM_MPOL_F_STATIC_NODES, 0, 0, 0, 1,
		  -EINVAL },
		{ MMSIM_MPOL_DEFAULT | MMSIM_MPOL_F_STATIC_NODES, 0, 0, 0, 1,
		  0 },
		{ MMSIM_MPOL_BIND | MMSIM_MPOL_F_STATIC_NODES, NODE(2), 0, 0, 1,
		  -EINVAL },
		{ MMSIM_MPOL_BIND | MMSIM_MPOL_F_STATIC_NODES, NODE(2) | 1, 0,
		  0, 1, 0 },
		{ MMSIM_MPOL_BIND | MMSIM_MPOL_F_RELATIVE_NODES, NODE(2), 0, 0,
		  1, 0 },
		{ MMSIM_MPOL_BIND | MMSIM_MPOL_F_RELATIVE_NODES |
			  MMSIM_MPOL_F_STATIC_NODES,
		  1, 0, 0, 1, -EINVAL },
	};
	struct fixture *f = *state;
	unsigned i;

	map_anon(f, BASE, 1);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int rc = mmsim_mbind(f->mm, BASE + bad[i].offset, bad[i].len,
				     bad[i].mode, bad[i].nodes, bad[i].flags);

		if (rc != bad[i].want)
			print_error("policy %u\n", i);
		assert_int_equal(rc, bad[i].want);
	}
	check_world_valid(f->w);
}

static void nobody_is_asked(void **state)
{
	struct fixture *f = *state;
	uint64_t n;

	assert_int_equal(mmsim_mbind(NULL, 0, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(mmsim_set_mempolicy(NULL, 0, 0), -EINVAL);
	assert_int_equal(mmsim_migrate_pages(f->mm, 1, 1, NULL), -EINVAL);
	assert_int_equal(mmsim_migrate_pages(NULL, 1, 1, &n), -EINVAL);
	assert_int_equal(mmsim_numa_scan(f->mm, NULL), -EINVAL);
	assert_int_equal(mmsim_numa_scan(NULL, &n), -EINVAL);
	assert_int_equal(mmsim_mm_threads(NULL, 1), -EINVAL);
	assert_int_equal(mmsim_mm_threads(f->mm, 0), -EINVAL);
	assert_int_equal(mmsim_numa_scan(f->mm, &n), 0);
	assert_int_equal(n, 0);
}

/* ---- nodes that are full, and many of them ---- */

#define SMALL_NODE ((uint64_t)16 << 20)

/* A node is at least a huge page. */
static uint64_t node_bytes(const struct fixture *f)
{
	return f->pmd > SMALL_NODE ? f->pmd : SMALL_NODE;
}

static struct mmsim *small_nodes(struct fixture *f, unsigned nodes)
{
	struct mmsim_config config = config_of(f->c);
	struct mmsim *w = NULL;

	config.nodes = nodes;
	config.cpus = nodes;
	config.node_memory = node_bytes(f);
	assert_int_equal(mmsim_create(&config, &w), 0);
	return w;
}

/* Touch pages until one is refused, or max: how many came. */
static unsigned fill(struct fixture *f, struct mmsim_mm *mm, unsigned max)
{
	unsigned i;

	for (i = 0; i < max; i++)
		if (touch(mm, BASE + i * f->page, MMSIM_WRITE).kind !=
		    MMSIM_FAULT_NONE)
			break;
	return i;
}

static void map_many(struct fixture *f, struct mmsim_mm *mm, uint64_t pages)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = BASE,
		.len = pages * f->page,
		.prot = RW,
		.flags = ANON | FIXED,
	};
	uint64_t addr;

	assert_int_equal(mmsim_mmap(mm, &args, &addr), 0);
	assert_int_equal(
		mmsim_madvise(mm, BASE, args.len, MMSIM_MADV_NOHUGEPAGE), 0);
}

/* Bound memory runs out with its nodes; preferred memory goes elsewhere; a
 * page does not move to a node that is full. */
static void full_nodes(void **state)
{
	struct fixture *f = *state;
	struct mmsim *w = small_nodes(f, 3);
	uint64_t page = BASE, pages = node_memory_of(w) / f->page;
	int to = 2, status = 99;
	struct mmsim_mm *mm;
	uint64_t stayed;
	unsigned got;

	assert_int_equal(mmsim_mm_create(w, &mm), 0);
	map_many(f, mm, 2 * pages);
	assert_int_equal(mmsim_mbind(mm, BASE, 2 * pages * f->page,
				     MMSIM_MPOL_BIND, NODE(2), 0),
			 0);
	got = fill(f, mm, 2 * (unsigned)pages);
	assert_int_equal(got, pages);
	assert_int_equal(node_at(mm, BASE), 2);
	assert_int_equal(mmsim_mbind(mm, BASE, 2 * pages * f->page,
				     MMSIM_MPOL_PREFERRED, NODE(2), 0),
			 0);
	assert_int_equal(fill(f, mm, got + 1), got + 1);
	assert_int_equal(node_at(mm, BASE + got * f->page), 1);
	page = BASE + got * f->page;
	assert_int_equal(mmsim_move_pages(mm, 1, &page, &to, &status,
					  MMSIM_MPOL_MF_MOVE),
			 -ENOMEM);
	assert_int_equal(mmsim_migrate_pages(mm, NODE(1), NODE(2), &stayed),
			 -ENOMEM);
	assert_int_equal(node_at(mm, page), 1);
	assert_int_equal(status, 99);
	assert_int_equal(node_at(mm, page), 1);
	check_world_valid(w);
	mmsim_destroy(w);
}

/* Hash with 4K pages has entries for an eighth of a huge page of hugetlb. */
static bool by_parts(const struct fixture *f)
{
	return config_of(f->c).mmu == MMSIM_MMU_HASH && f->page == 4096;
}

/* Two nodes that hold four huge pages each, half of the pool. */
static struct mmsim *huge_nodes(struct fixture *f, uint64_t huge)
{
	struct mmsim_config config = config_of(f->c);
	struct mmsim *w = NULL;

	config.nodes = 2;
	config.cpus = 2;
	config.node_memory = 4 * huge;
	assert_int_equal(mmsim_create(&config, &w), 0);
	return w;
}

static void map_hugetlb(struct mmsim_mm *mm, uint64_t addr, uint64_t len)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = addr,
		.len = len,
		.prot = RW,
		.flags = ANON | FIXED | MMSIM_MAP_HUGETLB,
	};

	assert_int_equal(mmsim_mmap(mm, &args, &addr), 0);
}

/* Its status, or -EBUSY: it was counted as one that stayed, and has none. */
static int move_status(struct mmsim_mm *mm, uint64_t page, int to)
{
	int status = 99, rc;

	rc = mmsim_move_pages(mm, 1, &page, &to, &status, MMSIM_MPOL_MF_MOVE);
	if (!rc)
		return status;
	assert_int_equal(rc, 1);
	assert_int_equal(status, 99);
	return -EBUSY;
}

/* By any address from 6.7 on, by its first before. */
static void one_huge_page_moves(struct fixture *f, struct mmsim_mm *mm)
{
	bool any = from_kernel(f, 6, 7), parts = by_parts(f);
	uint64_t stayed;

	map_hugetlb(mm, BASE, f->pmd);
	put_byte(mm, BASE, 5);
	assert_int_equal(move_status(mm, BASE + f->page, 1), !any    ? -EACCES
							     : parts ? -EBUSY
								     : 1);
	assert_int_equal(move_status(mm, BASE, 1), parts ? -EBUSY : 1);
	assert_int_equal(node_at(mm, BASE), !parts);
	assert_int_equal(mmsim_migrate_pages(mm, 3, 1, &stayed), 0);
	assert_int_equal(stayed, 0);
	assert_int_equal(mmsim_migrate_pages(mm, 1, 2, &stayed), 0);
	assert_int_equal(stayed, parts);
	assert_int_equal(get_byte(mm, BASE), 5);
}

/* Neither the pool nor the node has anything left. */
static void no_huge_page_is_left(struct mmsim_mm *mm, uint64_t huge)
{
	uint64_t addr = BASE + 8 * huge, page = BASE;
	int to = 1, status = 99;
	unsigned i;

	assert_int_equal(move_status(mm, BASE, 0), 0);
	map_hugetlb(mm, addr, 4 * huge);
	assert_int_equal(
		mmsim_mbind(mm, addr, 4 * huge, MMSIM_MPOL_BIND, NODE(1), 0),
		0);
	for (i = 0; i < 4; i++)
		put_byte(mm, addr + i * huge, 1);
	assert_int_equal(mmsim_move_pages(mm, 1, &page, &to, &status,
					  MMSIM_MPOL_MF_MOVE),
			 -ENOMEM);
	assert_int_equal(status, 99);
	assert_int_equal(get_byte(mm, BASE), 5);
}

static void pages_of_hugetlb(void **state)
{
	struct fixture *f = *state;
	uint64_t huge = by_parts(f) ? 8 * f->pmd : f->pmd;
	struct mmsim_mm *mm;
	struct mmsim *w;

	if (by_parts(f) && !from_kernel(f, 6, 12))
		return;
	w = huge_nodes(f, huge);
	assert_int_equal(mmsim_mm_create(w, &mm), 0);
	one_huge_page_moves(f, mm);
	if (!by_parts(f))
		no_huge_page_is_left(mm, huge);
	check_world_valid(w);
	mmsim_destroy(w);
}

static void sixty_four_nodes(void **state)
{
	struct fixture *f = *state;
	struct mmsim *w = small_nodes(f, 64);
	struct mmsim_mm *mm;
	uint64_t stayed;
	unsigned i;

	assert_int_equal(mmsim_mm_create(w, &mm), 0);
	map_many(f, mm, 64);
	assert_int_equal(
		mmsim_set_mempolicy(mm, MMSIM_MPOL_INTERLEAVE, ~(uint64_t)0),
		0);
	assert_int_equal(fill(f, mm, 64), 64);
	for (i = 0; i < 64; i++)
		assert_int_equal(node_at(mm, BASE + i * f->page),
				 (node_at(mm, BASE) + i) % 64);
	assert_int_equal(mmsim_migrate_pages(mm, ~NODE(63), NODE(63), &stayed),
			 0);
	assert_int_equal(stayed, 0);
	for (i = 0; i < 64; i++)
		assert_int_equal(node_at(mm, BASE + i * f->page), 63);
	check_world_valid(w);
	mmsim_destroy(w);
}

/* All pages come to the LRU lists. Not every release scans what waits. */
static void settle(struct mmsim_mm *mm)
{
	uint64_t at = BASE;
	int status;

	assert_int_equal(mmsim_move_pages(mm, 1, &at, &(int){ 0 }, &status,
					  MMSIM_MPOL_MF_MOVE),
			 0);
}

/* A hinting fault whose node is full: the page stays, and is good again. */
static void no_room_to_move_to(void **state)
{
	struct fixture *f = *state;
	struct mmsim *w = small_nodes(f, 2);
	uint64_t pages = node_bytes(f) / f->page, marked, failed;
	struct mmsim_mm *mm, *other;

	assert_int_equal(mmsim_mm_create(w, &mm), 0);
	assert_int_equal(mmsim_mm_create(w, &other), 0);
	assert_int_equal(mmsim_mm_threads(mm, 2), 0);
	map_many(f, mm, 1);
	put_byte(mm, BASE, 7);
	map_many(f, other, pages);
	assert_int_equal(mmsim_mbind(other, BASE, pages * f->page,
				     MMSIM_MPOL_BIND, NODE(1), 0),
			 0);
	assert_true(fill(f, other, (unsigned)pages) > 0);
	settle(mm);
	assert_int_equal(mmsim_numa_scan(mm, &marked), 0);
	assert_int_equal(marked, 1);
	assert_int_equal(mmsim_access(mm, 1, BASE, 1, MMSIM_READ, NULL, NULL),
			 0);
	assert_int_equal(node_at(mm, BASE), 0);
	assert_int_equal(get_byte(mm, BASE), 7);
	assert_int_equal(mmsim_counter(w, "pgmigrate_fail", &failed), 0);
	assert_int_equal(failed, 1);
	check_world_valid(w);
	mmsim_destroy(w);
}

/* ---- the scanner as time passes ---- */

#define KNOB(name) "kernel.numa_balancing" name

static void set(struct fixture *f, const char *knob, const char *value)
{
	assert_int_equal(mmsim_set(f->w, knob, value), 0);
}

/* The process runs: how many entries the scanner changed. */
static uint64_t run_ms(struct mmsim_mm *mm, uint64_t ms)
{
	uint64_t n;

	assert_int_equal(mmsim_numa_advance(mm, ms, &n), 0);
	return n;
}

/* What is mapped may be more than there is. */
static void small_scans(struct fixture *f)
{
	set(f, "vm.overcommit_memory", "1");
	set(f, KNOB("_scan_size_mb"), "1");
	assert_int_equal(mmsim_mm_threads(f->mm, 2), 0);
}

/* Far apart: small pages, one in each part that one small scan covers. */
static void map_parts(struct fixture *f, unsigned parts)
{
	unsigned i;

	small_scans(f);
	map_many(f, f->mm, parts * (f->pmd / f->page));
	for (i = 0; i < parts; i++)
		put_byte(f->mm, BASE + i * f->pmd, 1);
	settle(f->mm);
}

static bool is_marked(struct fixture *f, unsigned part)
{
	return entry_at(f->mm, BASE + part * f->pmd).flags & MMSIM_E_PROTNONE;
}

static void time_comes(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 7;

	map_parts(f, 1);
	assert_int_equal(run_ms(f->mm, 0), 0);
	assert_int_equal(run_ms(f->mm, 999), 0);
	assert_int_equal(run_ms(f->mm, 1), 1);
	get_byte(f->mm, BASE);
	assert_int_equal(run_ms(f->mm, 999), 0);
	assert_int_equal(run_ms(f->mm, 2), 1);
	get_byte(f->mm, BASE);
	assert_int_equal(run_ms(f->mm, 998), 0);
	assert_int_equal(run_ms(f->mm, 1), 1);
	/* A pass on demand changes nothing about that. */
	assert_int_equal(run_ms(f->mm, 500), 0);
	get_byte(f->mm, BASE);
	assert_int_equal(mmsim_numa_scan(f->mm, &n), 0);
	assert_int_equal(n, 1);
	get_byte(f->mm, BASE);
	assert_int_equal(run_ms(f->mm, 499), 0);
	assert_int_equal(run_ms(f->mm, 1), 1);
	assert_int_equal(mmsim_numa_advance(NULL, 1, &n), -EINVAL);
	assert_int_equal(mmsim_numa_advance(f->mm, 1, NULL), -EINVAL);
	assert_int_equal(
		mmsim_numa_advance(f->mm, MMSIM_NUMA_ADVANCE_MAX + 1, &n),
		-EINVAL);
}

/* Each scan goes on where the last one ended, and then from the start. */
static void part_by_part(void **state)
{
	struct fixture *f = *state;
	unsigned i;

	map_parts(f, 3);
	for (i = 0; i < 3; i++) {
		assert_false(is_marked(f, i));
		assert_int_equal(run_ms(f->mm, 1000), 1);
		assert_true(is_marked(f, i));
	}
	get_byte(f->mm, BASE);
	get_byte(f->mm, BASE + 2 * f->pmd);
	assert_int_equal(run_ms(f->mm, 1000), 1);
	assert_true(is_marked(f, 0));
	assert_int_equal(run_ms(f->mm, 2000), 1);
	assert_true(is_marked(f, 2));
}

/* What the next scan would have come to is gone: it takes what lies behind, or
 * begins again. What cannot be scanned does not count. */
static void mappings_go(void **state)
{
	struct fixture *f = *state;

	map_parts(f, 4);
	assert_int_equal(run_ms(f->mm, 1000), 1);
	assert_int_equal(mmsim_munmap(f->mm, BASE + f->pmd, f->pmd), 0);
	assert_int_equal(mmsim_mprotect(f->mm, BASE + 2 * f->pmd, f->pmd, 0),
			 0);
	assert_int_equal(run_ms(f->mm, 1000), 1);
	assert_true(is_marked(f, 3));
	get_byte(f->mm, BASE);
	assert_int_equal(run_ms(f->mm, 1000), 1);
	assert_true(is_marked(f, 0));
	get_byte(f->mm, BASE);
	assert_int_equal(mmsim_munmap(f->mm, BASE + f->pmd, 3 * f->pmd), 0);
	assert_int_equal(run_ms(f->mm, 1000), 1);
	assert_int_equal(mmsim_munmap(f->mm, BASE, f->pmd), 0);
	assert_int_equal(run_ms(f->mm, 100000), 0);
}

/* A child begins anew; time of one process is not that of another. */
static void each_its_own_time(void **state)
{
	struct fixture *f = *state;
	struct mmsim_mm *child, *empty;

	map_parts(f, 1);
	assert_int_equal(run_ms(f->mm, 999), 0);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_int_equal(mmsim_mm_create(f->w, &empty), 0);
	assert_int_equal(mmsim_mm_threads(child, 2), 0);
	assert_int_equal(run_ms(empty, 5000), 0);
	put_byte(child, BASE, 2);
	settle(child);
	assert_int_equal(run_ms(child, 999), 0);
	assert_int_equal(run_ms(child, 1), 1);
	assert_false(is_marked(f, 0));
	mmsim_mm_exit(child);
	put_byte(f->mm, BASE, 3);
	assert_int_equal(run_ms(f->mm, 1), 1);
	mmsim_mm_exit(empty);
}

static void knobs_decide(void **state)
{
	struct fixture *f = *state;

	map_parts(f, 4);
	assert_int_equal(mmsim_set(f->w, KNOB(""), "2"), -EOPNOTSUPP);
	set(f, KNOB(""), "0");
	assert_int_equal(run_ms(f->mm, 5000), 0);
	set(f, KNOB(""), "1");
	set(f, KNOB("_scan_size_mb"), "0");
	assert_int_equal(run_ms(f->mm, 5000), 0);
	/* It is time since long; the four take 8 seconds at least. */
	set(f, KNOB("_scan_size_mb"), "1");
	set(f, KNOB("_scan_period_min_ms"), "8000");
	assert_int_equal(run_ms(f->mm, 1), 1);
	assert_int_equal(run_ms(f->mm, 1998), 0);
	assert_int_equal(run_ms(f->mm, 1), 1);
	/* 400 ms at most, from the next scan on. */
	set(f, KNOB("_scan_period_min_ms"), "0");
	set(f, KNOB("_scan_period_max_ms"), "400");
	assert_int_equal(run_ms(f->mm, 2000), 1);
	assert_int_equal(run_ms(f->mm, 99), 0);
	assert_int_equal(run_ms(f->mm, 1), 1);
	/* Several at once, but one in a millisecond at most. */
	set(f, KNOB("_scan_delay_ms"), "0");
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->pmd, 1);
	assert_int_equal(run_ms(f->mm, 101), 2);
}

static void read_on(struct fixture *f, unsigned cpu)
{
	assert_int_equal(
		mmsim_access(f->mm, cpu, BASE, 1, MMSIM_READ, NULL, NULL), 0);
}

/* A process with a single thread, which has moved to this CPU. */
static void read_alone_on(struct fixture *f, unsigned cpu)
{
	assert_int_equal(mmsim_mm_threads(f->mm, 1), 0);
	read_on(f, cpu);
	assert_int_equal(mmsim_mm_threads(f->mm, 2), 0);
}

/* Passes count that have come to their end, not scans: four of them are early
 * in the life of a process, when pages follow a task at once. */
static void passes_are_counted(void **state)
{
	struct fixture *f = *state;

	map_parts(f, 2);
	assert_int_equal(run_ms(f->mm, 1000), 1);
	read_on(f, 0);
	assert_int_equal(run_ms(f->mm, 8000), 2);
	assert_true(is_marked(f, 0));
	read_alone_on(f, 1);
	assert_int_equal(node_at(f->mm, BASE), 1);
	assert_int_equal(run_ms(f->mm, 2000), 1);
	read_alone_on(f, 0);
	assert_int_equal(node_at(f->mm, BASE), 1);
}

/* ---- what the faults tell of tasks ---- */

static uint64_t pass(struct mmsim_mm *mm)
{
	uint64_t n;

	assert_int_equal(mmsim_numa_scan(mm, &n), 0);
	return n;
}

static struct mmsim_numa_stats stats_of(struct mmsim_mm *mm, unsigned cpu)
{
	struct mmsim_numa_stats s = { .size = sizeof(s) };

	assert_int_equal(mmsim_numa_stats(mm, cpu, &s), 0);
	return s;
}

static void read_pages(struct fixture *f, unsigned cpu, unsigned first,
		       unsigned nr)
{
	for (unsigned i = first; i < first + nr; i++)
		assert_int_equal(mmsim_access(f->mm, cpu, BASE + i * f->page, 1,
					      MMSIM_READ, NULL, NULL),
				 0);
}

/* Two threads; 37 pages that may not leave node 0, ten that may. */
static void map_bound_and_free(struct fixture *f)
{
	assert_int_equal(mmsim_mm_threads(f->mm, 2), 0);
	map_anon(f, BASE, 47);
	for (unsigned i = 0; i < 47; i++)
		put_byte(f->mm, BASE + i * f->page, 1);
	assert_int_equal(
		mmsim_mbind(f->mm, BASE, 37 * f->page,
			    MMSIM_MPOL_BIND | MMSIM_MPOL_F_NUMA_BALANCING,
			    NODE(0), 0),
		0);
	settle(f->mm);
}

/*
 * As seen on 6.1 with two nodes, in /proc/PID/task/TID/sched: a thread on node
 * 1 touches all of them in three passes, then only those that have moved. The
 * numbers of node 0 are those of that thread; of its node it had a few more
 * pages.
 */
static void half_is_forgotten(void **state)
{
	static const struct {
		unsigned first, node0, node1;
		int prefers;
	} passes[] = {
		{ 0, 0, 0, -1 },   { 0, 37, 10, 0 },  { 0, 56, 15, 0 },
		{ 37, 65, 18, 0 }, { 37, 33, 19, 0 }, { 37, 17, 20, 1 },
		{ 37, 9, 20, 1 },  { 37, 5, 20, 1 },
	};
	struct fixture *f = *state;
	struct mmsim_numa_stats s;

	if (!from_kernel(f, 5, 12))
		return;
	map_bound_and_free(f);
	for (unsigned i = 0; i < sizeof(passes) / sizeof(*passes); i++) {
		pass(f->mm);
		read_pages(f, 1, passes[i].first, 47 - passes[i].first);
		s = stats_of(f->mm, 1);
		assert_int_equal(s.numa_scan_seq, i + 1);
		assert_int_equal(s.task_private[0], passes[i].node0);
		assert_int_equal(s.task_private[1], passes[i].node1);
		assert_int_equal(s.total_numa_faults,
				 passes[i].node0 + passes[i].node1);
		assert_int_equal(s.numa_preferred_nid, passes[i].prefers);
		assert_int_equal(s.numa_pages_migrated, 10);
	}
	s = stats_of(f->mm, 0);
	assert_int_equal(s.total_numa_faults, 0);
	assert_int_equal(s.numa_preferred_nid, -1);
}

/* Who asked last tells private faults from shared ones: a thread is a task, and
 * a process that has but one is the same task on any CPU. */
static void tasks_are_told_apart(void **state)
{
	struct fixture *f = *state;
	struct mmsim_numa_stats s;

	map_anon(f, BASE, 4);
	for (unsigned i = 0; i < 4; i++)
		put_byte(f->mm, BASE + i * f->page, 1);
	settle(f->mm);
	assert_int_equal(mmsim_mm_threads(f->mm, 2), 0);
	assert_int_equal(pass(f->mm), 4);
	read_pages(f, 0, 0, 4);
	assert_int_equal(pass(f->mm), 4);
	read_pages(f, 1, 0, 3);
	read_pages(f, 0, 3, 1);
	assert_int_equal(pass(f->mm), 4);
	read_pages(f, 1, 0, 1);
	read_pages(f, 0, 1, 1);
	s = stats_of(f->mm, 1);
	assert_int_equal(s.task_shared[0], 3);
	assert_int_equal(s.task_private[0], 0);
	s = stats_of(f->mm, 0);
	assert_int_equal(s.task_private[0], 3);
	assert_int_equal(s.task_shared[0], 0);
	assert_int_equal(pass(f->mm), 2);
	read_pages(f, 0, 1, 1);
	s = stats_of(f->mm, 0);
	assert_int_equal(s.task_private[0], 2);
	assert_int_equal(s.task_shared[0], 1);
}

/* A child has its parent's marks and none of its past. */
static void a_child_begins_anew(void **state)
{
	struct fixture *f = *state;
	struct mmsim_numa_stats s;
	struct mmsim_mm *child;

	map_anon(f, BASE, 2);
	put_byte(f->mm, BASE, 1);
	settle(f->mm);
	s = stats_of(f->mm, 1);
	assert_int_equal(s.numa_preferred_nid, -1);
	assert_int_equal(mmsim_mm_threads(f->mm, 2), 0);
	assert_int_equal(pass(f->mm), 1);
	read_pages(f, 1, 0, 1);
	assert_int_equal(pass(f->mm), 1);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	assert_int_equal(
		mmsim_access(child, 1, BASE, 1, MMSIM_READ, NULL, NULL), 0);
	s = stats_of(child, 0);
	assert_int_equal(s.numa_scan_seq, 0);
	assert_int_equal(s.total_numa_faults, 0);
	read_pages(f, 1, 0, 1);
	s = stats_of(f->mm, 1);
	assert_int_equal(s.task_private[1], 1);
	assert_int_equal(s.numa_preferred_nid, 1);
	mmsim_mm_exit(child);
	assert_int_equal(mmsim_numa_stats(NULL, 0, &s), -EINVAL);
	assert_int_equal(mmsim_numa_stats(f->mm, 0, NULL), -EINVAL);
	assert_int_equal(mmsim_numa_stats(f->mm, 99, &s), -EINVAL);
	s.size = 1;
	assert_int_equal(mmsim_numa_stats(f->mm, 0, &s), -EINVAL);
}

/* A huge page is never cut, wherever the scan before it began. */
static void huge_pages_stay_whole(void **state)
{
	struct fixture *f = *state;
	uint64_t splits = 0;

	small_scans(f);
	map_anon(f, BASE - f->page, 1 + 2 * (f->pmd / f->page));
	assert_int_equal(
		mmsim_madvise(f->mm, BASE, 2 * f->pmd, MMSIM_MADV_HUGEPAGE), 0);
	put_byte(f->mm, BASE - f->page, 1);
	put_byte(f->mm, BASE, 1);
	put_byte(f->mm, BASE + f->pmd, 1);
	run_ms(f->mm, 10000);
	assert_int_equal(mmsim_counter(f->w, "__split_huge_pmd", &splits), 0);
	assert_int_equal(splits, 0);
}

int main(void)
{
	static const struct fixture_test tests[] = {
		TEST(policies_place_pages),
		TEST(releases_know_their_modes),
		TEST(lists_of_pages),
		TEST(shared_pages_stay),
		TEST(nobody_is_asked),
		TEST(full_nodes),
		TEST(pages_of_hugetlb),
		TEST(sixty_four_nodes),
		TEST(shared_memory_keeps_its_policy),
		TEST(other_policy_other_anon_vma),
		TEST(bad_policies),
		TEST(no_room_to_move_to),
		TEST(time_comes),
		TEST(part_by_part),
		TEST(mappings_go),
		TEST(each_its_own_time),
		TEST(knobs_decide),
		TEST(passes_are_counted),
		TEST(half_is_forgotten),
		TEST(tasks_are_told_apart),
		TEST(a_child_begins_anew),
		TEST(huge_pages_stay_whole),
	};

	return run_in_all_worlds("numa", tests, ARRAY_SIZE(tests));
}
