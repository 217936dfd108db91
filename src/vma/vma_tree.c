/* SPDX-License-Identifier: MIT */
/*
 * The VMA tree: a B+ tree.
 *
 * Every slot of a node stands for a piece of the address space, [start, end):
 * in a leaf for one VMA, above for a whole subtree, together with the largest
 * gap between two VMAs inside that subtree. The gap between two neighbouring
 * slots is in neither of them; it is start[i + 1] - end[i]. So a change
 * matters to the nodes on the way to the root and to no other.
 */
#include "vma/vma_tree.h"

#include "core/assert.h"
#include "vma/vma.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * Slots per node, a multiple of GROUP. Measured with 10,000 VMAs
 * (bench/bench_vma_tree.c): 16 makes the tree one level higher, 64 makes
 * insertion move more than a lookup gains.
 */
#define SLOTS	 32u
#define GROUP	 8u
#define MIN_FILL (SLOTS / 4)
/* With at least MIN_FILL slots used, 2^64 VMAs would fit below this. */
#define MAX_HEIGHT 22
/* Unused nodes kept for the next insertions. */
#define SPARE_KEEP 32
/* What the keys of unused slots hold: they sort after every address. */
#define NO_KEY (~(u64)0)

struct vma_node {
	u32 count;
	u32 level; /* 0: leaf */
	u64 start[SLOTS];
	u64 end[SLOTS];
	void *ptr[SLOTS]; /* VMAs in a leaf, nodes above; spare list */
	u64 gap[SLOTS];	  /* a leaf ends here: its VMAs have no gap */
};

#define LEAF_SIZE offsetof(struct vma_node, gap)

/* One slot. */
struct slot {
	u64 start, end, gap;
	void *ptr;
};

/* The way to a slot: node and slot at each level, the root's last. */
struct path {
	struct vma_node *node[MAX_HEIGHT];
	unsigned slot[MAX_HEIGHT];
};

/* ---- nodes ---- */

static struct vma_node *child_of(const struct vma_node *node, unsigned i)
{
	return node->ptr[i];
}

static size_t node_size(unsigned level)
{
	return level ? sizeof(struct vma_node) : LEAF_SIZE;
}

/* Written out: at -O2 gcc keeps a loop, whose sum waits for itself. */
static inline unsigned of_four(const u64 *keys, u64 addr)
{
	return (unsigned)(((keys[0] <= addr) + (keys[1] <= addr)) +
			  ((keys[2] <= addr) + (keys[3] <= addr)));
}

/* How many keys are at most @addr. In groups, so that no branch guesses. */
static inline unsigned keys_upto(const u64 *keys, u64 addr)
{
	unsigned i, n = 0;

	for (i = GROUP - 1; i < SLOTS - 1; i += GROUP)
		n += keys[i] <= addr;
	n *= GROUP;
	keys += n;
	return n + of_four(keys, addr) + of_four(keys + 4, addr);
}

/* The first slot that ends above @addr, or node->count. */
static inline unsigned slot_above(const struct vma_node *node, u64 addr)
{
	unsigned n = keys_upto(node->end, addr);

	return n < node->count ? n : node->count;
}

/* How many slots start below @addr. */
static inline unsigned slots_below(const struct vma_node *node, u64 addr)
{
	return addr ? keys_upto(node->start, addr - 1) : 0;
}

static u64 gap_after(const struct vma_node *node, unsigned i)
{
	return node->start[i + 1] - node->end[i];
}

/* The largest gap between two VMAs below this node. */
static u64 node_gap(const struct vma_node *node)
{
	u64 gap = 0;
	unsigned i;

	for (i = 1; i < node->count; i++)
		gap = max_u64(gap, gap_after(node, i - 1));
	if (!node->level)
		return gap;
	for (i = 0; i < node->count; i++)
		gap = max_u64(gap, node->gap[i]);
	return gap;
}

/* What the slot that leads to a node has to say. */
static struct slot node_slot(struct vma_node *node)
{
	return (struct slot){
		.start = node->start[0],
		.end = node->end[node->count - 1],
		.gap = node_gap(node),
		.ptr = node,
	};
}

static void slot_set(struct vma_node *node, unsigned i, const struct slot *slot)
{
	node->start[i] = slot->start;
	node->end[i] = slot->end;
	node->ptr[i] = slot->ptr;
	if (node->level)
		node->gap[i] = slot->gap;
}

/* Copy slots between or within nodes of one level; counts are the caller's. */
static void slots_move(struct vma_node *dst, unsigned to,
		       const struct vma_node *src, unsigned from, unsigned nr)
{
	memmove(&dst->start[to], &src->start[from], nr * sizeof(u64));
	memmove(&dst->end[to], &src->end[from], nr * sizeof(u64));
	memmove(&dst->ptr[to], &src->ptr[from], nr * sizeof(void *));
	if (dst->level)
		memmove(&dst->gap[to], &src->gap[from], nr * sizeof(u64));
}

/* The slots from @count on become unused. */
static void node_truncate(struct vma_node *node, unsigned count)
{
	unsigned i;

	for (i = count; i < node->count; i++)
		node->start[i] = node->end[i] = NO_KEY;
	node->count = count;
}

static void slot_insert(struct vma_node *node, unsigned at,
			const struct slot *slot)
{
	slots_move(node, at + 1, node, at, node->count - at);
	node->count++;
	slot_set(node, at, slot);
}

static void slot_remove(struct vma_node *node, unsigned at)
{
	slots_move(node, at, node, at + 1, node->count - at - 1);
	node_truncate(node, node->count - 1);
}

/* ---- memory ---- */

/* Leaves and inner nodes differ in size, so each kind has its list. */
static struct vma_node **spare_list(struct vma_tree *tree, unsigned level,
				    unsigned **nr)
{
	*nr = level ? &tree->nr_spare_inner : &tree->nr_spare;
	return level ? &tree->spare_inner : &tree->spare;
}

static void spare_push(struct vma_tree *tree, struct vma_node *node)
{
	unsigned *nr;
	struct vma_node **list = spare_list(tree, node->level, &nr);

	node->ptr[0] = *list;
	*list = node;
	(*nr)++;
}

/* Never empty: vma_tree_insert() looked before it changed anything. */
static struct vma_node *spare_pop(struct vma_tree *tree, unsigned level)
{
	unsigned *nr;
	struct vma_node **list = spare_list(tree, level, &nr);
	struct vma_node *node = *list;

	mm_assert(node);
	*list = node->ptr[0];
	(*nr)--;
	node->level = level;
	node->count = SLOTS;
	node_truncate(node, 0);
	return node;
}

static int spare_fill(struct vma_tree *tree, unsigned level, size_t want)
{
	unsigned *nr;
	struct vma_node *node;

	spare_list(tree, level, &nr);
	while (*nr < want) {
		node = host_alloc(tree->host, node_size(level));
		if (!node)
			return -ENOMEM;
		node->level = level;
		spare_push(tree, node);
	}
	return 0;
}

/* Erasing never lowers what a vma_tree_reserve() set aside. */
static void node_free(struct vma_tree *tree, struct vma_node *node)
{
	unsigned *nr;

	if (tree->leaf == node)
		tree->leaf = NULL;
	spare_list(tree, node->level, &nr);
	if (*nr < SPARE_KEEP)
		spare_push(tree, node);
	else
		host_free(tree->host, node, node_size(node->level));
}

static void spare_destroy(struct vma_tree *tree, struct vma_node *node)
{
	struct vma_node *next;

	for (; node; node = next) {
		next = node->ptr[0];
		host_free(tree->host, node, node_size(node->level));
	}
}

void vma_tree_init(struct vma_tree *tree, struct host *host)
{
	*tree = (struct vma_tree){ .host = host };
}

static void subtree_destroy(struct vma_tree *tree, struct vma_node *node)
{
	unsigned i;

	if (node->level)
		for (i = 0; i < node->count; i++)
			subtree_destroy(tree, child_of(node, i));
	host_free(tree->host, node, node_size(node->level));
}

void vma_tree_destroy(struct vma_tree *tree)
{
	if (tree->root)
		subtree_destroy(tree, tree->root);
	spare_destroy(tree, tree->spare);
	spare_destroy(tree, tree->spare_inner);
	vma_tree_init(tree, tree->host);
}

/*
 * An insertion splits at most one node of each level. The root, which has a
 * level to itself, splits once at once; a half of it has room for MIN_FILL - 1
 * more, so it takes MIN_FILL insertions until anything splits there again.
 */
int vma_tree_reserve(struct vma_tree *tree, unsigned nr)
{
	size_t count = tree->root ? tree->root->count : 0;
	size_t leaves = nr, inner = 0, again = nr / MIN_FILL;
	bool split = count + nr > SLOTS;

	if (!tree->height)
		leaves = !tree->root + (split ? 1 + again : 0);
	else
		inner = (size_t)nr * (tree->height - 1);
	/* A half of the root and a new root. */
	if (split)
		inner += 2 + 4 * again;
	if (spare_fill(tree, 0, leaves))
		return -ENOMEM;
	return spare_fill(tree, 1, inner);
}

/* ---- finding ---- */

/* The leaf found last, if it has slots on both sides of @addr, which then leads
 * nowhere else; or NULL. */
static inline struct vma_node *leaf_again(const struct vma_tree *tree, u64 addr)
{
	struct vma_node *leaf = tree->leaf;
	u64 from;

	if (!leaf)
		return NULL;
	/* Both sides at once, or the branch could not be foreseen. */
	from = leaf->start[0] + 1;
	return addr - from < leaf->end[leaf->count - 1] - from ? leaf : NULL;
}

struct vm_area_struct *vma_tree_find(const struct vma_tree *tree, vaddr_t addr)
{
	const struct vma_node *leaf = leaf_again(tree, addr);

	return leaf ? leaf->ptr[keys_upto(leaf->end, addr)]
		    : vma_tree_find_far(tree, addr);
}

struct vm_area_struct *vma_tree_find_far(const struct vma_tree *tree,
					 vaddr_t addr)
{
	const struct vma_node *node = tree->root;
	unsigned i;

	if (unlikely(!node))
		return NULL;
	i = slot_above(node, addr);
	if (i == node->count)
		return NULL;
	while (node->level) {
		node = node->ptr[i];
		i = keys_upto(node->end, addr);
	}
	return node->ptr[i];
}

struct vm_area_struct *vma_tree_part(const struct vma_tree *tree,
				     vaddr_t *start, vaddr_t end, vaddr_t *next)
{
	struct vm_area_struct *vma =
		*start < end ? vma_tree_find(tree, *start) : NULL;

	if (!vma || vma->vm_start >= end)
		return NULL;
	*start = max_u64(*start, vma->vm_start);
	*next = min_u64(end, vma->vm_end);
	return vma;
}

struct vm_area_struct *vma_tree_find_below(const struct vma_tree *tree,
					   vaddr_t addr)
{
	const struct vma_node *node = leaf_again(tree, addr);
	unsigned n;

	if (node)
		return node->ptr[slots_below(node, addr) - 1];
	node = tree->root;
	if (!node)
		return NULL;
	n = slots_below(node, addr);
	if (!n)
		return NULL;
	while (node->level) {
		node = node->ptr[n - 1];
		n = slots_below(node, addr);
	}
	return node->ptr[n - 1];
}

struct vm_area_struct *vma_tree_next(const struct vma_tree *tree,
				     const struct vm_area_struct *vma)
{
	return vma_tree_find(tree, vma->vm_end);
}

struct vm_area_struct *vma_tree_prev(const struct vma_tree *tree,
				     const struct vm_area_struct *vma)
{
	return vma_tree_find_below(tree, vma->vm_start);
}

/* The leaf of what ends above @addr; the last one if nothing does. Whoever
 * frees a leaf forgets it; one whose slots moved does not reach the address. */
static struct vma_node *leaf_at(struct vma_tree *tree, u64 addr)
{
	struct vma_node *node = leaf_again(tree, addr);
	unsigned i;

	if (node)
		return node;
	for (node = tree->root; node->level; node = child_of(node, i)) {
		i = keys_upto(node->end, addr);
		if (unlikely(i >= node->count))
			i = node->count - 1;
	}
	tree->leaf = node;
	return node;
}

struct vm_area_struct *vma_tree_seek(struct vma_tree *tree, vaddr_t addr)
{
	const struct vma_node *leaf;
	unsigned i;

	if (unlikely(!tree->root))
		return NULL;
	leaf = leaf_at(tree, addr);
	i = slot_above(leaf, addr);
	return i < leaf->count ? leaf->ptr[i] : NULL;
}

void vma_tree_around(struct vma_tree *tree, const struct vm_area_struct *vma,
		     struct vm_area_struct **prev, struct vm_area_struct **next)
{
	const struct vma_node *leaf = leaf_at(tree, vma->vm_start);
	unsigned i = slot_above(leaf, vma->vm_start);

	mm_assert(leaf->ptr[i] == vma);
	*prev = likely(i) ? leaf->ptr[i - 1] : vma_tree_prev(tree, vma);
	*next = likely(i + 1 < leaf->count) ? leaf->ptr[i + 1]
					    : vma_tree_next(tree, vma);
}

/* To where a VMA that starts at @addr is, or would be put. */
static void path_find(struct vma_tree *tree, struct path *path, u64 addr)
{
	struct vma_node *node = tree->root;
	unsigned i;

	while (node->level) {
		i = keys_upto(node->end, addr);
		if (unlikely(i >= node->count))
			i = node->count - 1;
		path->node[node->level] = node;
		path->slot[node->level] = i;
		node = child_of(node, i);
	}
	path->node[0] = node;
	path->slot[0] = slot_above(node, addr);
	tree->leaf = node;
}

/* ---- changing ---- */

static bool slot_same(const struct vma_node *node, unsigned i,
		      const struct slot *slot)
{
	return node->start[i] == slot->start && node->end[i] == slot->end &&
	       node->gap[i] == slot->gap;
}

/* The largest of the gaps that a slot has a part in. */
static u64 gap_around(const struct vma_node *node, unsigned i)
{
	u64 gap = node->level ? node->gap[i] : 0;

	if (i)
		gap = max_u64(gap, gap_after(node, i - 1));
	if (i + 1 < node->count)
		gap = max_u64(gap, gap_after(node, i));
	return gap;
}

/* The gap below slot @i; none below the first and above the last. */
static u64 gap_before(const struct vma_node *node, unsigned i)
{
	return i && i < node->count ? gap_after(node, i - 1) : 0;
}

/* What a change did to the gaps of a node: the largest that went and came. */
struct gap_change {
	u64 lost, gained;
};

/* Nothing is known of them: count them again. */
static const struct gap_change gaps_unknown = { .lost = NO_KEY };

/* Only the loss of the largest gap makes it necessary to look at the rest. */
static u64 node_gap_after(const struct vma_node *node, u64 gap,
			  const struct gap_change *change)
{
	if (change->lost < gap || change->gained >= change->lost)
		return max_u64(gap, change->gained);
	return node_gap(node);
}

/* The node of a level changed: tell those above, as far as it shows there. */
static void path_refresh(const struct vma_tree *tree, struct path *path,
			 unsigned level, struct gap_change change)
{
	struct vma_node *node, *parent;
	struct slot slot;
	unsigned i;

	for (; level < tree->height; level++) {
		node = path->node[level];
		parent = path->node[level + 1];
		i = path->slot[level + 1];
		slot.start = node->start[0];
		slot.end = node->end[node->count - 1];
		slot.gap = node_gap_after(node, parent->gap[i], &change);
		slot.ptr = node;
		if (slot_same(parent, i, &slot))
			return;
		change.lost = gap_around(parent, i);
		slot_set(parent, i, &slot);
		change.gained = gap_around(parent, i);
	}
}

static void child_refresh(struct vma_node *parent, unsigned i)
{
	struct slot slot = node_slot(child_of(parent, i));

	slot_set(parent, i, &slot);
}

/* Allocate what this insertion needs and no reservation has provided. */
static int insert_prepare(struct vma_tree *tree, const struct path *path)
{
	unsigned level = 0;

	while (level <= tree->height && path->node[level]->count == SLOTS)
		level++;
	if (!level)
		return 0;
	if (spare_fill(tree, 0, 1))
		return -ENOMEM;
	/* A full root needs another one above it. */
	return spare_fill(tree, 1,
			  level - 1u + (level > tree->height ? 1u : 0u));
}

/*
 * Split a full node around the place of the new slot, so that a run of
 * neighbouring insertions, upwards or downwards, leaves well filled nodes.
 */
static struct vma_node *node_split(struct vma_tree *tree, struct vma_node *node,
				   unsigned at, const struct slot *slot)
{
	struct vma_node *right = spare_pop(tree, node->level);
	unsigned keep = at;

	if (keep < MIN_FILL)
		keep = MIN_FILL;
	if (keep > SLOTS - MIN_FILL)
		keep = SLOTS - MIN_FILL;
	slots_move(right, 0, node, keep, SLOTS - keep);
	right->count = SLOTS - keep;
	node_truncate(node, keep);
	if (at <= keep)
		slot_insert(node, at, slot);
	else
		slot_insert(right, at - keep, slot);
	return right;
}

static void root_grow(struct vma_tree *tree, struct vma_node *left,
		      struct vma_node *right)
{
	struct vma_node *root = spare_pop(tree, tree->height + 1);

	root->count = 2;
	root->ptr[0] = left;
	root->ptr[1] = right;
	child_refresh(root, 0);
	child_refresh(root, 1);
	tree->root = root;
	tree->height++;
}

static void path_insert(struct vma_tree *tree, struct path *path,
			struct slot slot)
{
	struct gap_change change = gaps_unknown;
	struct vma_node *node, *right;
	unsigned level;

	for (level = 0;; level++) {
		node = path->node[level];
		if (node->count < SLOTS)
			break;
		right = node_split(tree, node, path->slot[level], &slot);
		if (level == tree->height) {
			root_grow(tree, node, right);
			return;
		}
		child_refresh(path->node[level + 1], path->slot[level + 1]);
		path->slot[level + 1]++;
		slot = node_slot(right);
	}
	if (!level) {
		change.lost = gap_before(node, path->slot[0]);
		slot_insert(node, path->slot[0], &slot);
		change.gained = gap_around(node, path->slot[0]);
	} else {
		slot_insert(node, path->slot[level], &slot);
	}
	/* What was split below has its slots already. */
	path_refresh(tree, path, level, change);
}

static int root_create(struct vma_tree *tree)
{
	if (spare_fill(tree, 0, 1))
		return -ENOMEM;
	tree->root = spare_pop(tree, 0);
	return 0;
}

int vma_tree_insert(struct vma_tree *tree, struct vm_area_struct *vma)
{
	struct slot slot = { vma->vm_start, vma->vm_end, 0, vma };
	struct path path;
	int rc;

	mm_assert(vma->vm_start < vma->vm_end);
	if (!tree->root && root_create(tree))
		return -ENOMEM;
	path_find(tree, &path, vma->vm_start);
	rc = insert_prepare(tree, &path);
	if (rc)
		return rc;
	path_insert(tree, &path, slot);
	tree->count++;
	return 0;
}

/* Two neighbours of which one is too empty get as many slots each. */
static void nodes_share(struct vma_node *left, struct vma_node *right)
{
	unsigned total = left->count + right->count;
	unsigned want = total / 2, nr;

	if (left->count < want) {
		nr = want - left->count;
		slots_move(left, left->count, right, 0, nr);
		slots_move(right, 0, right, nr, right->count - nr);
		left->count = want;
		node_truncate(right, total - want);
		return;
	}
	nr = left->count - want;
	slots_move(right, nr, right, 0, right->count);
	slots_move(right, 0, left, want, nr);
	right->count += nr;
	node_truncate(left, want);
}

static void nodes_merge(struct vma_tree *tree, struct vma_node *parent,
			unsigned i)
{
	struct vma_node *left = child_of(parent, i);
	struct vma_node *right = child_of(parent, i + 1);

	slots_move(left, left->count, right, 0, right->count);
	left->count += right->count;
	slot_remove(parent, i + 1);
	child_refresh(parent, i);
	node_free(tree, right);
}

/*
 * Child @i of @parent has too few slots. Merged nodes are at most three
 * quarters full: an insertion right after must not split them again.
 */
static void node_fill(struct vma_tree *tree, struct vma_node *parent,
		      unsigned i)
{
	struct vma_node *left, *right;

	if (i)
		i--;
	left = child_of(parent, i);
	right = child_of(parent, i + 1);
	if (left->count + right->count <= SLOTS - MIN_FILL) {
		nodes_merge(tree, parent, i);
		return;
	}
	nodes_share(left, right);
	child_refresh(parent, i);
	child_refresh(parent, i + 1);
}

static void root_shrink(struct vma_tree *tree)
{
	struct vma_node *root = tree->root;

	if (root->level && root->count == 1) {
		tree->root = child_of(root, 0);
		tree->height--;
		node_free(tree, root);
	} else if (!root->count) {
		tree->root = NULL;
		node_free(tree, root);
	}
}

void vma_tree_erase(struct vma_tree *tree, struct vm_area_struct *vma)
{
	struct gap_change change;
	struct path path;
	struct vma_node *leaf;
	unsigned level = 0;

	path_find(tree, &path, vma->vm_start);
	leaf = path.node[0];
	mm_assert(leaf->ptr[path.slot[0]] == vma);
	change.lost = gap_around(leaf, path.slot[0]);
	slot_remove(leaf, path.slot[0]);
	change.gained = gap_before(leaf, path.slot[0]);
	tree->count--;
	while (level < tree->height && path.node[level]->count < MIN_FILL) {
		level++;
		node_fill(tree, path.node[level], path.slot[level]);
		change = gaps_unknown;
	}
	path_refresh(tree, &path, level, change);
	root_shrink(tree);
}

void vma_tree_resize(struct vma_tree *tree, struct vm_area_struct *vma,
		     vaddr_t start, vaddr_t end)
{
	struct slot slot = { start, end, 0, vma };
	struct gap_change change;
	struct path path;
	struct vma_node *leaf;

	mm_assert(start < end);
	path_find(tree, &path, vma->vm_start);
	leaf = path.node[0];
	mm_assert(leaf->ptr[path.slot[0]] == vma);
	change.lost = gap_around(leaf, path.slot[0]);
	slot_set(leaf, path.slot[0], &slot);
	change.gained = gap_around(leaf, path.slot[0]);
	vma->vm_start = start;
	vma->vm_end = end;
	path_refresh(tree, &path, 0, change);
}

/* No gap comes or goes, nor does the leaf begin or end elsewhere: as long as it
 * has room nobody above it has to know. */
void vma_tree_split(struct vma_tree *tree, struct vm_area_struct *vma,
		    struct vm_area_struct *upper)
{
	struct slot slot = { upper->vm_start, upper->vm_end, 0, upper };
	int rc MMSIM_UNUSED;
	struct vma_node *leaf = leaf_at(tree, vma->vm_start);
	unsigned i = slot_above(leaf, vma->vm_start);

	mm_assert(leaf->ptr[i] == vma);
	mm_assert(vma->vm_end == upper->vm_end);
	if (leaf->count == SLOTS) {
		vma_tree_resize(tree, vma, vma->vm_start, upper->vm_start);
		rc = vma_tree_insert(tree, upper);
		mm_assert(!rc);
		return;
	}
	vma->vm_end = upper->vm_start;
	leaf->end[i] = vma->vm_end;
	slot_insert(leaf, i + 1, &slot);
	tree->count++;
}

/* How many slots of a leaf, from @i on, are [start, end) without a gap; 0: they
 * are not, or the leaf would be too empty without them. */
static unsigned slots_of_range(const struct vma_tree *tree,
			       const struct vma_node *leaf, unsigned i,
			       u64 start, u64 end)
{
	unsigned nr = 1;

	if (leaf->start[i] != start)
		return 0;
	while (i + nr < leaf->count && leaf->end[i + nr - 1] < end &&
	       leaf->start[i + nr] == leaf->end[i + nr - 1])
		nr++;
	if (leaf->end[i + nr - 1] != end ||
	    (tree->height && leaf->count - nr + 1 < MIN_FILL))
		return 0;
	return nr;
}

static void absorb_slowly(struct vma_tree *tree, struct vm_area_struct *vma,
			  vaddr_t start, vaddr_t end)
{
	struct vm_area_struct *other;

	while ((other = vma_tree_find_below(tree, vma->vm_start)) &&
	       other->vm_start >= start)
		vma_tree_erase(tree, other);
	while ((other = vma_tree_find(tree, vma->vm_end)) &&
	       other->vm_start < end)
		vma_tree_erase(tree, other);
	vma_tree_resize(tree, vma, start, end);
}

void vma_tree_absorb(struct vma_tree *tree, struct vm_area_struct *vma,
		     vaddr_t start, vaddr_t end)
{
	struct slot slot = { start, end, 0, vma };
	struct vma_node *leaf = leaf_at(tree, start);
	unsigned i = slot_above(leaf, start), nr;

	nr = slots_of_range(tree, leaf, i, start, end);
	if (!nr) {
		absorb_slowly(tree, vma, start, end);
		return;
	}
	/* As in a split, nobody above has to know. */
	slots_move(leaf, i + 1, leaf, i + nr, leaf->count - i - nr);
	node_truncate(leaf, leaf->count - nr + 1);
	slot_set(leaf, i, &slot);
	tree->count -= nr - 1;
	vma->vm_start = start;
	vma->vm_end = end;
}

/* ---- gaps ---- */

struct gap_query {
	u64 len, align, low, high;
};

/* The highest place in a gap [start, end), or NO_KEY. */
static u64 place_down(const struct gap_query *q, u64 start, u64 end)
{
	u64 place;

	start = max_u64(start, q->low);
	end = min_u64(end, q->high);
	if (end < start || end - start < q->len)
		return NO_KEY;
	place = align_down(end - q->len, q->align);
	return place >= start ? place : NO_KEY;
}

static u64 place_up(const struct gap_query *q, u64 start, u64 end)
{
	u64 place;

	start = max_u64(start, q->low);
	end = min_u64(end, q->high);
	place = align_up(start, q->align);
	if (place < start || end < place || end - place < q->len)
		return NO_KEY;
	return place;
}

/* Whether it is worth to look for a gap inside a slot. */
static bool slot_may_fit(const struct vma_node *node, unsigned i,
			 const struct gap_query *q)
{
	return node->level && node->gap[i] >= q->len && node->end[i] > q->low &&
	       node->start[i] < q->high;
}

/* The gaps between the VMAs of a subtree, from the highest. */
static u64 gap_down(const struct vma_node *node, const struct gap_query *q)
{
	unsigned i = slots_below(node, q->high);
	u64 place;

	/* The gap below the first slot beyond @high may reach below it. */
	if (i && i < node->count) {
		place = place_down(q, node->end[i - 1], node->start[i]);
		if (place != NO_KEY)
			return place;
	}
	while (i-- > 0 && node->end[i] > q->low) {
		place = NO_KEY;
		if (slot_may_fit(node, i, q))
			place = gap_down(child_of(node, i), q);
		if (place == NO_KEY && i)
			place = place_down(q, node->end[i - 1], node->start[i]);
		if (place != NO_KEY)
			return place;
	}
	return NO_KEY;
}

static u64 gap_up(const struct vma_node *node, const struct gap_query *q)
{
	unsigned i = slot_above(node, q->low);
	u64 place;

	if (i && i < node->count) {
		place = place_up(q, node->end[i - 1], node->start[i]);
		if (place != NO_KEY)
			return place;
	}
	for (; i < node->count && node->start[i] < q->high; i++) {
		place = NO_KEY;
		if (slot_may_fit(node, i, q))
			place = gap_up(child_of(node, i), q);
		if (place == NO_KEY && i + 1 < node->count)
			place = place_up(q, node->end[i], node->start[i + 1]);
		if (place != NO_KEY)
			return place;
	}
	return NO_KEY;
}

vaddr_t vma_tree_gap_down(const struct vma_tree *tree, u64 len, u64 align,
			  vaddr_t low, vaddr_t high)
{
	const struct gap_query q = { len, align, low, high };
	const struct vma_node *root = tree->root;
	u64 place;

	if (!root)
		return place_down(&q, low, high);
	place = place_down(&q, root->end[root->count - 1], high);
	if (place == NO_KEY)
		place = gap_down(root, &q);
	if (place == NO_KEY)
		place = place_down(&q, low, root->start[0]);
	return place;
}

vaddr_t vma_tree_gap_up(const struct vma_tree *tree, u64 len, u64 align,
			vaddr_t low, vaddr_t high)
{
	const struct gap_query q = { len, align, low, high };
	const struct vma_node *root = tree->root;
	u64 place;

	if (!root)
		return place_up(&q, low, high);
	place = place_up(&q, low, root->start[0]);
	if (place == NO_KEY)
		place = gap_up(root, &q);
	if (place == NO_KEY)
		place = place_up(&q, root->end[root->count - 1], high);
	return place;
}

/* ---- invariants ---- */

struct tree_check {
	void (*report)(const char *, void *);
	void *user;
	int broken;
	size_t count;
	u64 end; /* of the VMA before */
};

static void check_that(struct tree_check *c, bool ok, const char *what,
		       u64 addr)
{
	char line[96];

	if (ok)
		return;
	c->broken++;
	snprintf(line, sizeof(line), "vma tree: %s at %#llx", what,
		 (unsigned long long)addr);
	c->report(line, c->user);
}

static void check_vma(struct tree_check *c, const struct vma_node *leaf,
		      unsigned i)
{
	const struct vm_area_struct *vma = leaf->ptr[i];

	check_that(c,
		   vma->vm_start == leaf->start[i] &&
			   vma->vm_end == leaf->end[i],
		   "slot is not its VMA", leaf->start[i]);
	check_that(c, leaf->start[i] < leaf->end[i], "empty VMA",
		   leaf->start[i]);
	check_that(c, !c->count || leaf->start[i] >= c->end,
		   "VMAs overlap or are unsorted", leaf->start[i]);
	c->end = leaf->end[i];
	c->count++;
}

static void check_node(struct tree_check *c, const struct vma_tree *tree,
		       struct vma_node *node);

static void check_child(struct tree_check *c, const struct vma_tree *tree,
			const struct vma_node *node, unsigned i)
{
	struct vma_node *child = child_of(node, i);
	struct slot slot;

	check_that(c, child->level + 1 == node->level, "wrong level",
		   node->start[i]);
	if (child->level >= node->level || !child->count)
		return;
	slot = node_slot(child);
	check_that(c, slot_same(node, i, &slot), "separator or gap is wrong",
		   node->start[i]);
	check_node(c, tree, child);
}

static void check_node(struct tree_check *c, const struct vma_tree *tree,
		       struct vma_node *node)
{
	unsigned least = node->level ? 2 : 1;
	unsigned i;

	if (node != tree->root)
		least = MIN_FILL;
	check_that(c, node->count >= least && node->count <= SLOTS,
		   "bad fill of a node", node->start[0]);
	for (i = 0; i < SLOTS && i < node->count; i++) {
		if (node->level)
			check_child(c, tree, node, i);
		else
			check_vma(c, node, i);
	}
	for (; i < SLOTS; i++)
		check_that(c,
			   node->start[i] == NO_KEY && node->end[i] == NO_KEY,
			   "unused slot has a key", node->start[0]);
}

static void check_spare(struct tree_check *c, const struct vma_node *node,
			unsigned nr, bool inner)
{
	bool sorted = true;

	for (; node && nr; node = node->ptr[0], nr--)
		sorted = sorted && inner == (node->level > 0);
	check_that(c, !node && !nr, "wrong number of spare nodes", 0);
	check_that(c, sorted, "spare node of the other kind", 0);
}

int vma_tree_check(const struct vma_tree *tree,
		   void (*report)(const char *, void *), void *user)
{
	struct tree_check c = { .report = report, .user = user };

	if (tree->root) {
		check_that(&c, tree->root->level == tree->height,
			   "wrong height", 0);
		check_node(&c, tree, tree->root);
	}
	check_that(&c, c.count == tree->count, "wrong number of VMAs", 0);
	check_spare(&c, tree->spare, tree->nr_spare, false);
	check_spare(&c, tree->spare_inner, tree->nr_spare_inner, true);
	return c.broken;
}
