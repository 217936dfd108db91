/* SPDX-License-Identifier: MIT */
/*
 * Where frames and their metadata lie in the host's memory.
 *
 * A host with ranges that cost memory only where they are written reserves
 * three: base, pages, blocks. On others there is a table of chunks:
 *
 *   chunks[pfn >> block_order] -> struct chunk  first, block
 *                                 page[]        of each frame of the block
 *                                 data[] -----> pieces of 1 MiB at most
 *
 * A chunk comes with its block, a piece when something is to be stored there:
 * a block of 512 MiB whose pages have no contents but their first bytes costs
 * its struct pages alone. Both stay until the world ends, since processes keep
 * pointers into tables.
 */
#include "phys/phys.h"

#include "phys/frames.h"

#include <errno.h>

#define MAX_DATA_SHIFT 20

/* Of the hosts that have such pages. */
#define HOST_HUGE ((uintptr_t)2 << 20)

_Static_assert(PHYS_TABLE_MAX <= BIT_U64(MAX_DATA_SHIFT),
	       "a table lies in one piece");

/* ---- chunks ---- */

/* Where the piece with a physical address is noted. */
static char **data_slot(const struct phys *phys, paddr_t pa)
{
	struct chunk *chunk = pfn_to_chunk(phys, pa >> phys->page_shift);
	u64 block = BIT_U64(phys->page_shift + phys->block_order);

	return &chunk->data[(pa & (block - 1)) >> phys->data_shift];
}

void *chunk_phys_to_virt(const struct phys *phys, paddr_t pa)
{
	char *data = *data_slot(phys, pa);

	return data ? data + (pa & (BIT_U64(phys->data_shift) - 1)) : NULL;
}

/*
 * A contiguous block of entries is found by its host address: 128 of them, at
 * most, lie as they do in the simulated table.
 */
#define CONT_BYTES 1024

bool chunk_commit_data(struct phys *phys, pfn_t pfn)
{
	char **slot = data_slot(phys, pfn << phys->page_shift);

	if (!*slot)
		*slot = host_alloc_aligned(phys->host, CONT_BYTES,
					   (size_t)1 << phys->data_shift);
	return *slot;
}

static size_t pieces_per_block(const struct phys *phys)
{
	return (size_t)1 << (phys->page_shift + phys->block_order -
			     phys->data_shift);
}

/* Of a struct chunk with what lies behind it. */
static size_t chunk_size(const struct phys *phys)
{
	return sizeof(struct chunk) +
	       (size_t)block_pages(phys) * sizeof(struct page) +
	       pieces_per_block(phys) * sizeof(char *);
}

static bool chunk_commit(struct phys *phys, pfn_t pfn)
{
	struct chunk *chunk;

	chunk = host_alloc_aligned(phys->host, phys->chunk_align,
				   chunk_size(phys));
	if (!chunk)
		return false;
	chunk->first = pfn;
	chunk->data = (char **)(chunk->page + block_pages(phys));
	phys->chunks[pfn >> phys->block_order] = chunk;
	return true;
}

static void chunk_free(struct phys *phys, struct chunk *chunk)
{
	size_t i;

	for (i = 0; i < pieces_per_block(phys); i++)
		host_free_aligned(phys->host, chunk->data[i],
				  (size_t)1 << phys->data_shift);
	host_free_aligned(phys->host, chunk, chunk_size(phys));
}

/* ---- the table of chunks ---- */

static u64 nr_blocks(const struct phys *phys)
{
	return phys->max_pfn >> phys->block_order;
}

/* What a host cannot even address it refuses. */
static bool host_can_have(struct phys *phys, u64 nr, u64 size)
{
	u64 max = SIZE_MAX / 2;

	if (nr <= max / size)
		return true;
	phys->host->failed = true;
	return false;
}

static void chunks_set_sizes(struct phys *phys)
{
	unsigned block_shift = phys->page_shift + phys->block_order;
	unsigned shift = MAX_DATA_SHIFT;

	if (shift > block_shift)
		shift = block_shift;
	if (shift < phys->page_shift)
		shift = phys->page_shift;
	phys->data_shift = (u8)shift;
	phys->chunk_align = sizeof(void *);
	while (phys->chunk_align < chunk_size(phys))
		phys->chunk_align <<= 1;
}

static int chunks_init(struct phys *phys)
{
	chunks_set_sizes(phys);
	if (!host_can_have(phys, nr_blocks(phys), sizeof(struct chunk *)))
		return -ENOMEM;
	phys->chunks = host_alloc(phys->host, (size_t)nr_blocks(phys) *
						      sizeof(struct chunk *));
	return phys->chunks ? 0 : -ENOMEM;
}

/* Blocks that were never handed out have none. */
static void chunks_destroy(struct phys *phys)
{
	const struct phys_node *node;
	unsigned i;
	pfn_t pfn;

	for (i = 0; i < phys->nr_nodes; i++) {
		node = &phys->node[i];
		for (pfn = node->start; pfn < node->fresh;
		     pfn += block_pages(phys))
			chunk_free(phys, pfn_to_chunk(phys, pfn));
	}
	host_free(phys->host, phys->chunks,
		  (size_t)nr_blocks(phys) * sizeof(struct chunk *));
	phys->chunks = NULL;
}

/* ---- reserved ranges ---- */

/*
 * Without the host's huge pages: measured, they make the first touch of a
 * struct page cheaper one time and dearer the next, and a small world large.
 */
static void *reserve(struct phys *phys, u64 nr, u64 size)
{
	if (!host_can_have(phys, nr, size))
		return NULL;
	return host_reserve(phys->host, (size_t)(nr * size), false);
}

/*
 * Blocks that a world of huge pages fills one after the other: once a node has
 * filled as many, the host is asked for a huge page for the next ones.
 */
static void blocks_advise(const struct phys *phys, pfn_t pfn)
{
	pfn_t start = phys->node[pfn_to_node(phys, pfn)].start;
	struct block *block = pfn_to_block(phys, pfn);
	uintptr_t from = (uintptr_t)pfn_to_block(phys, start);
	uintptr_t at = (uintptr_t)block;

	if (is_aligned(at, HOST_HUGE) && at - from >= HOST_HUGE &&
	    (uintptr_t)(phys->blocks + nr_blocks(phys)) - at >= HOST_HUGE)
		host_advise_huge(block, HOST_HUGE);
}

static int ranges_init(struct phys *phys)
{
	phys->base = reserve(phys, phys->max_pfn, phys_page_size(phys));
	if (!phys->base)
		return -ENOMEM;
	phys->pages = reserve(phys, phys->max_pfn, sizeof(struct page));
	if (!phys->pages)
		return -ENOMEM;
	phys->blocks = reserve(phys, nr_blocks(phys), sizeof(struct block));
	return phys->blocks ? 0 : -ENOMEM;
}

static void ranges_destroy(struct phys *phys)
{
	host_unreserve(phys->host, phys->blocks);
	host_unreserve(phys->host, phys->pages);
	host_unreserve(phys->host, phys->base);
	phys->base = NULL;
	phys->pages = NULL;
	phys->blocks = NULL;
}

/* ---- either ---- */

int backing_init(struct phys *phys)
{
	return host_chunks(phys->host) ? chunks_init(phys) : ranges_init(phys);
}

bool backing_commit(struct phys *phys, pfn_t pfn)
{
	if (phys->chunks)
		return chunk_commit(phys, pfn);
	if (!host_commit(phys->host))
		return false;
	blocks_advise(phys, pfn);
	return true;
}

void backing_destroy(struct phys *phys)
{
	if (phys->chunks)
		chunks_destroy(phys);
	else
		ranges_destroy(phys);
}
