/* SPDX-License-Identifier: MIT */
/*
 * What the CPU itself does with its TLB: look up and fill.
 *
 * An entry holds two sets of rights, a bit for each kind of access. `ready`
 * ones hit. `allowed` ones were allowed when the entry was filled, but the
 * entry in memory has to be changed first (the dirty bit): the CPU goes there,
 * looks again, and fills anew. What is in neither traps, whatever the tables
 * say by now.
 */
#ifndef TLB_LOOKUP_H
#define TLB_LOOKUP_H

#include <string.h>

#include "core/types.h"
#include "core/world.h"

#define TLB_READY(kind)	  (1u << (kind))
#define TLB_ALLOWED(kind) (8u << (kind))
#define TLB_RIGHTS	  0x3fu
#define TLB_PFN_SHIFT	  8

static inline u64 tlb_tag(u64 page, unsigned size, u32 context)
{
	return page << (TLB_CONTEXT_BITS + 2) | (u64)size << TLB_CONTEXT_BITS |
	       context;
}

static inline unsigned tlb_tag_size(u64 tag)
{
	return (tag >> TLB_CONTEXT_BITS) & 3;
}

static inline struct tlb_entry *tlb_set(const struct tlb_array *a, u64 page)
{
	return &a->entries[(page & a->mask) * a->ways];
}

static inline u8 *tlb_marks(const struct tlb_array *a, u64 page)
{
	return &a->marks[(page & a->mask) * a->stride];
}

/* What an entry of that page is marked with: what tells pages of a set apart,
 * mostly. @shift: log2 of the sets. */
static inline u8 tlb_mark(unsigned shift, u64 page, u32 context)
{
	return (u8)(page >> shift ^ context);
}

/* Where a page is, or would be, in an array. */
struct tlb_place {
	const struct tlb_array *a;
	u64 tag;
	struct tlb_entry *set;
	u8 *marks, mark;
};

static inline struct tlb_place tlb_place(const struct tlb_cpu *cpu,
					 unsigned size, u64 page, u32 context)
{
	const struct tlb_array *a = cpu->of_size[size];
	u64 index = page & a->mask;

	return (struct tlb_place){
		.a = a,
		.tag = tlb_tag(page, size, context),
		.set = &a->entries[index * a->ways],
		.marks = &a->marks[index * a->stride],
		.mark = tlb_mark(a->shift, page, context),
	};
}

/* So many marks are compared at once. */
typedef u8 tlb_marks_row __attribute__((vector_size(TLB_MARKS_ROW), may_alias));
typedef u64 tlb_marks_halves __attribute__((vector_size(TLB_MARKS_ROW)));
#ifdef __SSE2__
typedef char tlb_marks_bytes __attribute__((vector_size(TLB_MARKS_ROW)));
#endif

/* Whether a row of marks has that one. @marks: aligned as the row is. */
static inline bool tlb_row_marked(const u8 *marks, u8 mark)
{
	const tlb_marks_row *row = (const void *)marks;
	const u64 eight = mark * (~(u64)0 / 0xff);
	const tlb_marks_halves all = { eight, eight };
#ifdef __SSE2__
	return __builtin_ia32_pmovmskb128(
		(tlb_marks_bytes)(*row == (tlb_marks_row)all));
#else
	const tlb_marks_halves same =
		(tlb_marks_halves)(*row == (tlb_marks_row)all);

	return same[0] | same[1];
#endif
}

/* Whether so many marks one after the other have it. */
static inline bool tlb_rows_marked(const u8 *marks, unsigned nr, u8 mark)
{
	bool found = tlb_row_marked(marks, mark);
	unsigned i;

	for (i = TLB_MARKS_ROW; i < nr; i += TLB_MARKS_ROW)
		found |= tlb_row_marked(marks + i, mark);
	return found;
}

/* Whether the set has such a mark. */
static inline bool tlb_marked(const struct tlb_place *at)
{
	return tlb_rows_marked(at->marks, at->a->stride, at->mark);
}

/* Its way in the set, which becomes the first one looked at; or NULL. All ways
 * are looked at: where the entry lies is nothing a CPU can predict. */
static inline struct tlb_entry *tlb_find_way(const struct tlb_place *at)
{
	struct tlb_entry *set = at->set, found;
	u8 *marks = at->marks, mark;
	unsigned i, way = 0;

	if (likely(set[0].tag == at->tag))
		return set;
	for (i = 1; i < at->a->ways; i++)
		way = set[i].tag == at->tag ? i : way;
	if (!way)
		return NULL;
	found = set[way];
	set[way] = set[0];
	set[0] = found;
	mark = marks[way];
	marks[way] = marks[0];
	marks[0] = mark;
	return set;
}

/* The entry of a page, or NULL. */
static inline struct tlb_entry *tlb_find(const struct tlb_place *at)
{
	return likely(!tlb_marked(at)) ? NULL : tlb_find_way(at);
}

/* An entry is of no use any more. */
void tlb_entry_clear(struct tlb_cpu *cpu, struct tlb_entry *entry);

/*
 * Which way is replaced next, of a set without an empty one: round robin over
 * all but the first, which holds what was used last.
 * @last: which one was.
 * @round: where it begins anew.
 */
static inline size_t tlb_next_way(u8 last, size_t ways, size_t round)
{
	size_t way = (size_t)last + 1;

	return way < ways ? way : round;
}

/* Whether an entry may be replaced by one for a page of that size, and nothing
 * else changes. */
static inline bool tlb_is_of_size(const struct tlb_entry *entry, unsigned size)
{
	return likely(entry->tag && tlb_tag_size(entry->tag) == size);
}

/* An entry for what has none. @data: frame and rights. */
static inline void tlb_put(struct tlb_cpu *cpu, const struct tlb_place *at,
			   unsigned size, u64 data)
{
	struct tlb_entry *entry = at->set;
	u8 *last = &at->marks[at->a->stride - 1];
	size_t way = 0;

	if (likely(entry->tag)) {
		way = tlb_next_way(*last, at->a->ways, at->a->round);
		*last = (u8)way;
	}
	entry += way;
	if (unlikely(!tlb_is_of_size(entry, size))) {
		tlb_entry_clear(cpu, entry);
		cpu->held[size]++;
	}
	*entry = (struct tlb_entry){ at->tag, data };
	at->marks[way] = at->mark;
}

/* Whether a CPU's TLB holds small pages alone. */
static inline bool tlb_only_pages(const struct tlb_cpu *cpu)
{
	static const u32 none[NR_TLB_SIZES - TLB_PAGE - 1];

	return !memcmp(&cpu->held[TLB_PAGE + 1], none, sizeof(none));
}

/* The entry last used of a small page's set. */
static inline struct tlb_entry *tlb_pages_set(const struct tlb_cpu *cpu,
					      u64 page)
{
	size_t set = (page & cpu->pages.mask) * cpu->pages.set_size;

	return (struct tlb_entry *)(void *)((char *)cpu->pages.entries + set);
}

/* The small page's entry if it was the last one used of its set, or NULL. */
static inline struct tlb_entry *
tlb_last_used(const struct mmsim *w, const struct tlb_cpu *cpu, vaddr_t addr)
{
	u64 page = addr >> w->tlb.shift[TLB_PAGE];
	struct tlb_entry *entry = tlb_pages_set(cpu, page);

	return entry->tag == tlb_tag(page, TLB_PAGE, cpu->context) ? entry
								   : NULL;
}

/**
 * tlb_lookup() - the entry that translates an address on a CPU, or NULL.
 * @size: receives the size of its page.
 */
static inline struct tlb_entry *tlb_lookup(const struct mmsim *w,
					   const struct tlb_cpu *cpu,
					   vaddr_t addr, unsigned *size)
{
	struct tlb_entry *entry;
	struct tlb_place at;
	unsigned i;

	for (i = 0; i < NR_TLB_SIZES; i++) {
		if (!cpu->held[i])
			continue;
		at = tlb_place(cpu, i, addr >> w->tlb.shift[i], cpu->context);
		entry = tlb_find(&at);
		if (entry) {
			*size = i;
			return entry;
		}
	}
	return NULL;
}

static inline unsigned tlb_rights(const struct tlb_entry *entry)
{
	return (unsigned)entry->data & TLB_RIGHTS;
}

/* Whether it grants a kind of access at once. */
static inline bool tlb_ready(const struct tlb_entry *entry, unsigned kind)
{
	return entry->data >> kind & 1; /* TLB_READY() */
}

/* The frame of an address inside the page that an entry translates. */
static inline pfn_t tlb_pfn(const struct mmsim *w,
			    const struct tlb_entry *entry, vaddr_t addr,
			    unsigned size)
{
	u64 inside = addr & (BIT_U64(w->tlb.shift[size]) - 1);

	return (entry->data >> TLB_PFN_SHIFT) + (inside >> w->tlb.shift[0]);
}

/**
 * tlb_fill() - remember a translation.
 * @entry: the one that had the page until now; NULL: there was none.
 * @pfn: the frame of the page's first small page.
 * @rights: TLB_READY() and TLB_ALLOWED().
 */
void tlb_fill(struct mmsim *w, struct tlb_cpu *cpu, struct tlb_entry *entry,
	      vaddr_t addr, unsigned size, pfn_t pfn, unsigned rights);

/* A translation that was refused is not kept (x86, powerpc). */
void tlb_drop(struct mmsim *w, struct tlb_cpu *cpu, vaddr_t addr);

/**
 * tlb_walk_count() - count what a walk reads: @levels entries down from the
 * top, or only the last one if the walker remembers the table it lies in.
 * @extent: of a table of the lowest level, by number.
 * @tag: of the table: tlb_tag() of its first page.
 * @found: the walk came to a table of the lowest level.
 */
static inline void tlb_walk_count(struct mmsim *w, struct tlb_cpu *cpu,
				  u64 extent, u64 tag, unsigned levels,
				  bool found)
{
	u64 *events = w->obs.events;
	u64 *slot = &cpu->psc[extent % TLB_PSC_ENTRIES];

	events[EV_hw_walk]++;
	/* Else several are added at once, which takes more instructions. */
	mm_barrier();
	events[EV_hw_walk_read] += levels;
	mm_barrier();
	if (*slot == tag) {
		events[EV_hw_walk_read] -= levels - 1;
		events[EV_hw_psc_hit]++;
	} else if (found) {
		*slot = tag;
		cpu->psc_used |= (u32)1 << extent % TLB_PSC_ENTRIES;
	}
}

#endif
