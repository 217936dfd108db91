/* SPDX-License-Identifier: MIT */
/*
 * The tree of a process's VMAs: a B+ tree with wide nodes, sorted by address,
 * VMAs disjoint, with the largest gap of each subtree for mmap's search.
 *
 * It knows start and end of a VMA and nothing else of it.
 */
#ifndef VMA_VMA_TREE_H
#define VMA_VMA_TREE_H

#include "core/host.h"
#include "core/types.h"

struct vm_area_struct;
struct vma_node;

struct vma_tree {
	struct host *host;
	struct vma_node *root;
	struct vma_node *leaf;	      /* found last, or NULL */
	unsigned height;	      /* 0: empty or one leaf */
	size_t count;		      /* VMAs */
	struct vma_node *spare;	      /* preallocated leaves, linked */
	struct vma_node *spare_inner; /* and nodes above them */
	unsigned nr_spare, nr_spare_inner;
};

void vma_tree_init(struct vma_tree *tree, struct host *host);

/* Free the nodes; the VMAs are the caller's. */
void vma_tree_destroy(struct vma_tree *tree);

/**
 * vma_tree_reserve() - make sure the next @nr insertions cannot fail.
 *
 * Return: 0, or -ENOMEM with the tree unchanged.
 */
int vma_tree_reserve(struct vma_tree *tree, unsigned nr);

/* The first VMA that ends above @addr, or NULL. */
struct vm_area_struct *vma_tree_find(const struct vma_tree *tree, vaddr_t addr);

/* The same for an address that is likely far from the one before. */
struct vm_area_struct *vma_tree_find_far(const struct vma_tree *tree,
					 vaddr_t addr);

/**
 * vma_tree_part() - what the first VMA in a range has of it.
 * @start, @end: the range; *@start is moved to where the part begins.
 * @next: where it ends, and where to go on.
 *
 * Return: NULL: there is nothing in the range.
 */
struct vm_area_struct *vma_tree_part(const struct vma_tree *tree,
				     vaddr_t *start, vaddr_t end,
				     vaddr_t *next);

/* The same for who goes on to change it: its leaf is remembered. */
struct vm_area_struct *vma_tree_seek(struct vma_tree *tree, vaddr_t addr);

/* The neighbours of a VMA that is in the tree, or NULL. */
void vma_tree_around(struct vma_tree *tree, const struct vm_area_struct *vma,
		     struct vm_area_struct **prev,
		     struct vm_area_struct **next);

/* The neighbour of a VMA that is in the tree, or NULL. */
struct vm_area_struct *vma_tree_next(const struct vma_tree *tree,
				     const struct vm_area_struct *vma);
struct vm_area_struct *vma_tree_prev(const struct vma_tree *tree,
				     const struct vm_area_struct *vma);

/* The last VMA that starts below @addr, or NULL. */
struct vm_area_struct *vma_tree_find_below(const struct vma_tree *tree,
					   vaddr_t addr);

/**
 * vma_tree_insert() - add a VMA that overlaps none.
 *
 * Return: 0, or -ENOMEM (never after a vma_tree_reserve()).
 */
int vma_tree_insert(struct vma_tree *tree, struct vm_area_struct *vma);

/* Take out a VMA that is in the tree. Never fails. */
void vma_tree_erase(struct vma_tree *tree, struct vm_area_struct *vma);

/**
 * vma_tree_resize() - change vm_start and vm_end of a VMA that is in the
 * tree, without passing a neighbour. Never fails.
 */
void vma_tree_resize(struct vma_tree *tree, struct vm_area_struct *vma,
		     vaddr_t start, vaddr_t end);

/**
 * vma_tree_split() - a VMA that is in the tree ends where @upper, which is
 * not, begins; @upper ends where it ended.
 *
 * Never fails after a vma_tree_reserve().
 */
void vma_tree_split(struct vma_tree *tree, struct vm_area_struct *vma,
		    struct vm_area_struct *upper);

/**
 * vma_tree_absorb() - resize a VMA that is in the tree over others, which it
 * has no part of without a whole, and take those out. Never fails.
 */
void vma_tree_absorb(struct vma_tree *tree, struct vm_area_struct *vma,
		     vaddr_t start, vaddr_t end);

/**
 * vma_tree_gap_down() - the highest gap of @len bytes inside [low, high).
 * @align: a power of two for the start of the gap.
 *
 * Return: its highest aligned start, or ~0 if there is none.
 */
vaddr_t vma_tree_gap_down(const struct vma_tree *tree, u64 len, u64 align,
			  vaddr_t low, vaddr_t high);

/* The lowest gap of @len bytes inside [low, high): its start, or ~0. */
vaddr_t vma_tree_gap_up(const struct vma_tree *tree, u64 len, u64 align,
			vaddr_t low, vaddr_t high);

/**
 * vma_tree_check() - the tree's own invariants: sorted, disjoint, fill of
 * nodes, separators, gaps.
 *
 * Return: how many are broken.
 */
int vma_tree_check(const struct vma_tree *tree,
		   void (*report)(const char *, void *), void *user);

#endif
