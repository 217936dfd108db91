/* SPDX-License-Identifier: MIT */
/*
 * bench_vma_tree [VMAs [rounds]]: what the VMA tree costs, one JSON object
 * per line. Addresses are pseudo-random with a fixed seed.
 */
#include "vma/vma.h"
#include "vma/vma_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SPACE ((u64)1 << 46)
#define PAGE  ((u64)4096)

struct bench {
	struct host host;
	struct vma_tree tree;
	struct vm_area_struct *vmas;
	size_t nr, rounds;
	u64 seed;
};

static u64 next_random(struct bench *b)
{
	b->seed ^= b->seed << 13;
	b->seed ^= b->seed >> 7;
	b->seed ^= b->seed << 17;
	return b->seed;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void result(const struct bench *b, const char *what, double since,
		   size_t nr)
{
	printf("{\"bench\": \"vma_tree\", \"op\": \"%s\", \"vmas\": %zu, "
	       "\"ns\": %.1f}\n",
	       what, b->tree.count, (now_ns() - since) / (double)nr);
}

/*
 * One VMA at a random place of its own slice of the address space. The array
 * is shuffled afterwards, so that going through it in order, which does not
 * wait for the VMAs' own memory, visits the tree at random.
 */
static void place(struct bench *b, size_t i)
{
	u64 slice = SPACE / b->nr / PAGE;
	struct vm_area_struct *vma = &b->vmas[i];
	u64 start = i * slice + next_random(b) % (slice / 2);

	vma->vm_start = (start + 1) * PAGE;
	vma->vm_end = vma->vm_start + (1 + next_random(b) % 64) * PAGE;
}

static void shuffle(struct bench *b)
{
	struct vm_area_struct tmp;
	size_t i, j;

	for (i = b->nr - 1; i; i--) {
		j = next_random(b) % (i + 1);
		tmp = b->vmas[i];
		b->vmas[i] = b->vmas[j];
		b->vmas[j] = tmp;
	}
}

static int bench_fill(struct bench *b)
{
	double since;
	size_t i;

	for (i = 0; i < b->nr; i++)
		place(b, i);
	shuffle(b);
	since = now_ns();
	for (i = 0; i < b->nr; i++)
		if (vma_tree_insert(&b->tree, &b->vmas[i]))
			return 1;
	result(b, "fill", since, b->nr);
	printf("{\"bench\": \"vma_tree\", \"op\": \"memory\", \"vmas\": %zu, "
	       "\"bytes_per_vma\": %.1f}\n",
	       b->tree.count, (double)b->host.bytes / (double)b->nr);
	return 0;
}

static u64 bench_find(struct bench *b)
{
	u64 sum = 0;
	size_t i;
	double since = now_ns();

	for (i = 0; i < b->rounds; i++) {
		const struct vm_area_struct *vma =
			vma_tree_find(&b->tree, next_random(b) % SPACE);

		sum += vma ? vma->vm_start & 1 : 0;
	}
	result(b, "find", since, b->rounds);
	return sum;
}

/* The VMA's memory is not looked at: what a lookup alone costs. */
static u64 bench_find_only(struct bench *b)
{
	u64 sum = 0;
	size_t i;
	double since = now_ns();

	for (i = 0; i < b->rounds; i++)
		sum += (uintptr_t)vma_tree_find(&b->tree,
						next_random(b) % SPACE);
	result(b, "find_only", since, b->rounds);
	return sum;
}

static int bench_pairs(struct bench *b)
{
	double since = now_ns();
	size_t i;

	for (i = 0; i < b->rounds; i++) {
		struct vm_area_struct *vma = &b->vmas[i % b->nr];

		vma_tree_erase(&b->tree, vma);
		if (vma_tree_reserve(&b->tree, 1) ||
		    vma_tree_insert(&b->tree, vma))
			return 1;
	}
	result(b, "erase_insert", since, b->rounds);
	return 0;
}

static void bench_resize(struct bench *b)
{
	double since = now_ns();
	size_t i;

	for (i = 0; i < b->rounds; i++) {
		struct vm_area_struct *vma = &b->vmas[i % b->nr];

		vma_tree_resize(&b->tree, vma, vma->vm_start,
				vma->vm_start + (1 + i % 64) * PAGE);
	}
	result(b, "resize", since, b->rounds);
}

static u64 bench_gap(struct bench *b)
{
	double since = now_ns();
	u64 sum = 0;
	size_t i;

	for (i = 0; i < b->rounds; i++)
		sum += vma_tree_gap_down(&b->tree, PAGE, PAGE, PAGE,
					 next_random(b) % SPACE);
	result(b, "gap_down", since, b->rounds);
	return sum;
}

static int bench_all(struct bench *b)
{
	volatile u64 sum;

	if (bench_fill(b))
		return 1;
	sum = bench_find(b);
	sum += bench_find_only(b);
	sum += bench_gap(b);
	bench_resize(b);
	(void)sum;
	return bench_pairs(b);
}

int main(int argc, char **argv)
{
	struct bench b = { .seed = 88172645463325252u };
	int rc;

	b.nr = argc > 1 ? strtoul(argv[1], NULL, 0) : 10000;
	b.rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 1000000;
	if (!b.nr || !b.rounds || b.nr > SPACE / PAGE / 1024)
		return 2;
	b.vmas = calloc(b.nr, sizeof(*b.vmas));
	if (!b.vmas)
		return 1;
	vma_tree_init(&b.tree, &b.host);
	rc = bench_all(&b);
	vma_tree_destroy(&b.tree);
	free(b.vmas);
	return rc;
}
