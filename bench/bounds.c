/* SPDX-License-Identifier: MIT */
#include "bounds.h"

#include "common.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES 512
#define BASE ((uint64_t)1 << 40)

#define P_PRESENT 1u
#define P_WRITE 2u
#define P_ACCESSED 4u
#define P_DIRTY 8u

struct proto_page {
	uint32_t next;	/* free page, 0: none */
	int32_t refs;
	int32_t maps;
	uint32_t exclusive;
};

struct proto_vma {
	uint64_t start, end;
};

struct proto {
	size_t pages;
	uint64_t *top;
	char *arena;	/* of tables */
	size_t bytes, used;
	struct proto_page *page;
	uint32_t free;
	struct proto_vma vma[8];
	unsigned nr_vmas;
	char *contents;
	uint64_t faults, rss;
};

/* ---- tables ---- */

static uint64_t *new_table(char *arena, size_t *used)
{
	uint64_t *table = (uint64_t *)(void *)(arena + *used);

	*used += ENTRIES * sizeof(*table);
	return table;
}

static unsigned index_at(uint64_t addr, unsigned level)
{
	return (unsigned)(addr >> (12 + 9 * level)) & (ENTRIES - 1);
}

static inline uint64_t *table_of(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)entry;
}

static uint64_t *entry_of(uint64_t *table, uint64_t addr, char *arena,
			  size_t *used)
{
	uint64_t *slot;
	unsigned level;

	for (level = 3; level > 0; level--) {
		slot = &table[index_at(addr, level)];
		if (!*slot)
			*slot = (uintptr_t)new_table(arena, used);
		table = table_of(*slot);
	}
	return &table[index_at(addr, 0)];
}

static size_t table_bytes(size_t pages)
{
	return (pages / ENTRIES + pages / ENTRIES / ENTRIES + 8) * 4096;
}

/* ---- the prototype ---- */

static size_t proto_meta_bytes(const struct proto *p)
{
	return (2 * p->pages + 1) * sizeof(struct proto_page);
}

/* Pages that a copy may need are free too. */
static void free_all(struct proto *p)
{
	size_t i, nr = 2 * p->pages;

	for (i = nr; i > 0; i--)
		p->page[i].next = i < nr ? (uint32_t)i + 1 : 0;
	p->free = 1;
	p->rss = 0;
}

struct proto *proto_create(size_t pages, bool contents)
{
	struct proto *p = must_alloc(1, sizeof(*p));

	p->pages = pages;
	p->bytes = table_bytes(pages);
	p->arena = arena_map(p->bytes, true);
	p->page = arena_map(proto_meta_bytes(p), true);
	if (contents)
		p->contents = arena_map((2 * pages + 1) * 4096, true);
	p->top = new_table(p->arena, &p->used);
	p->vma[0] = (struct proto_vma){ 4096, 8192 };
	p->vma[1] = (struct proto_vma){ BASE, BASE + pages * 4096 };
	p->nr_vmas = 2;
	free_all(p);
	return p;
}

void proto_destroy(struct proto *p)
{
	if (p->contents)
		arena_unmap(p->contents, (2 * p->pages + 1) * 4096);
	arena_unmap(p->page, proto_meta_bytes(p));
	arena_unmap(p->arena, p->bytes);
	free(p);
}

static const struct proto_vma *proto_find(const struct proto *p, uint64_t addr)
{
	unsigned low = 0, high = p->nr_vmas, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (p->vma[mid].end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->nr_vmas && p->vma[low].start <= addr ? &p->vma[low] :
								NULL;
}

static uint64_t proto_new(struct proto *p)
{
	uint32_t n = p->free;
	struct proto_page *page = &p->page[n];

	p->free = page->next;
	page->refs = page->maps = 1;
	page->exclusive = 1;
	return (uint64_t)n << 12 | P_PRESENT | P_WRITE | P_ACCESSED | P_DIRTY;
}

/* A write to a read-only entry: the page is ours, or is copied. */
static uint64_t proto_wp(struct proto *p, uint64_t entry)
{
	uint32_t n = (uint32_t)(entry >> 12);
	struct proto_page *page = &p->page[n];
	uint64_t copy;

	if (n && (page->exclusive || page->refs == 1)) {
		page->exclusive = 1;
		return entry | P_WRITE | P_ACCESSED | P_DIRTY;
	}
	copy = proto_new(p);
	if (p->contents)
		memcpy(p->contents + (copy >> 12) * 4096,
		       p->contents + (size_t)n * 4096, 4096);
	page->refs--;
	page->maps--;
	return copy;
}

/* The zero page is page 0. */
static void proto_fault(struct proto *p, uint64_t *slot, bool write)
{
	p->faults++;
	if (*slot & P_PRESENT) {
		*slot = proto_wp(p, *slot);
	} else if (write) {
		*slot = proto_new(p);
		p->rss++;
	} else {
		*slot = P_PRESENT | P_ACCESSED;
	}
}

void proto_access(struct proto *p, uint64_t addr, bool write)
{
	uint64_t *slot = entry_of(p->top, addr, p->arena, &p->used);
	uint64_t want = write ? P_PRESENT | P_WRITE : P_PRESENT;

	if ((*slot & want) != want && proto_find(p, addr))
		proto_fault(p, slot, write);
}

uint64_t proto_addr(size_t i)
{
	return BASE + i * 4096;
}

void proto_clear(struct proto *p)
{
	size_t i;

	for (i = 0; i < p->pages; i++)
		*entry_of(p->top, proto_addr(i), p->arena, &p->used) = 0;
	free_all(p);
}

/* Pages of an earlier child go back to the free list. */
static void proto_free_others(struct proto *p)
{
	size_t i;

	for (i = 2 * p->pages; i > 0; i--) {
		if (p->page[i].maps)
			continue;
		p->page[i].next = p->free;
		p->free = (uint32_t)i;
	}
}

void proto_share(struct proto *p, bool stays)
{
	uint64_t *slot;
	size_t i;

	for (i = 1; i <= 2 * p->pages; i++)
		p->page[i].maps = 0;
	for (i = 0; i < p->pages; i++) {
		slot = entry_of(p->top, proto_addr(i), p->arena, &p->used);
		*slot &= ~(uint64_t)P_WRITE;
		p->page[*slot >> 12].exclusive = 0;
		p->page[*slot >> 12].maps = 1;
		p->page[*slot >> 12].refs = stays ? 2 : 1;
	}
	p->free = 0;
	proto_free_others(p);
}

/* ---- entries in a row ---- */

struct rmw_meta {
	uint64_t flags;
	int32_t maps, refs;
};

struct rmw {
	size_t nr;
	uint64_t *entry;
	struct rmw_meta *meta;
};

struct rmw *rmw_create(size_t nr)
{
	struct rmw *m = must_alloc(1, sizeof(*m));
	size_t i;

	m->nr = nr;
	m->entry = arena_map(nr * sizeof(*m->entry), true);
	m->meta = arena_map(nr * sizeof(*m->meta), true);
	for (i = 0; i < nr; i++)
		m->entry[i] = (uint64_t)i << 12 | P_PRESENT | P_WRITE;
	return m;
}

void rmw_destroy(struct rmw *m)
{
	arena_unmap(m->entry, m->nr * sizeof(*m->entry));
	arena_unmap(m->meta, m->nr * sizeof(*m->meta));
	free(m);
}

void rmw_all(struct rmw *m)
{
	struct rmw_meta *meta;
	size_t i;

	for (i = 0; i < m->nr; i++) {
		if (!(m->entry[i] & P_PRESENT))
			continue;
		meta = &m->meta[m->entry[i] >> 12];
		m->entry[i] ^= P_WRITE;
		meta->flags ^= 1;
		meta->maps++;
	}
}

/* ---- translations ---- */

struct walker {
	size_t pages, bytes;
	char *arena;
	uint64_t *top;
};

struct walker *walker_create(size_t pages)
{
	struct walker *w = must_alloc(1, sizeof(*w));
	size_t used = 0, i;

	w->pages = pages;
	w->bytes = table_bytes(pages);
	w->arena = arena_map(w->bytes, true);
	w->top = new_table(w->arena, &used);
	for (i = 0; i < pages; i++)
		*entry_of(w->top, BASE + i * 4096, w->arena, &used) =
			(uint64_t)i << 12 | P_PRESENT | P_ACCESSED;
	return w;
}

void walker_destroy(struct walker *w)
{
	arena_unmap(w->arena, w->bytes);
	free(w);
}

static inline uint64_t walk(const struct walker *w, uint64_t addr)
{
	const uint64_t *table = w->top;
	unsigned level;

	for (level = 3; level > 0; level--) {
		table = table_of(table[index_at(addr, level)]);
		if (!table)
			return 0;
	}
	return table[index_at(addr, 0)];
}

uint64_t walker_random(const struct walker *w, size_t nr)
{
	uint64_t state = 1, sum = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		sum += walk(w, BASE + next_random(&state) % w->pages * 4096);
	return sum;
}

#define TLB_LINES 1024

struct tlb_line {
	uint64_t page, entry;
};

struct tlb {
	struct tlb_line line[TLB_LINES];
};

/* A call for each, since the simulator's is one too; 0: a miss. */
static uint64_t __attribute__((noinline))
tlb_lookup(const struct tlb *tlb, uint64_t addr, uint64_t rights)
{
	uint64_t page = addr >> 12;
	const struct tlb_line *line = &tlb->line[page % TLB_LINES];

	if (line->page != page || (line->entry & rights) != rights)
		return 0;
	return (line->entry & ~(uint64_t)4095) | (addr & 4095);
}

uint64_t tlb_hits(size_t nr)
{
	struct tlb tlb;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < TLB_LINES; i++)
		tlb.line[i] = (struct tlb_line){ i, i << 12 | P_PRESENT };
	for (i = 0; i < nr; i++)
		sum += tlb_lookup(&tlb, i % 64 * 4096, P_PRESENT);
	return sum;
}

size_t search_sorted(const uint64_t *starts, size_t nr, uint64_t addr)
{
	size_t low = 0, high = nr, mid;

	while (high - low > 1) {
		mid = (low + high) / 2;
		if (starts[mid] <= addr)
			low = mid;
		else
			high = mid;
	}
	return low;
}
