/* SPDX-License-Identifier: MIT */
#include "tlb/lookup.h"

static unsigned tag_size(u64 tag)
{
	return (tag >> TLB_CONTEXT_BITS) & 3;
}

void tlb_entry_clear(struct tlb_cpu *cpu, struct tlb_entry *entry)
{
	unsigned size = tag_size(entry->tag);
	u64 page = entry->tag >> (TLB_CONTEXT_BITS + 2);
	const struct tlb_array *a = cpu->of_size[size];

	if (!entry->tag)
		return;
	tlb_marks(a, page)[entry - tlb_set(a, page)] = 0;
	cpu->held[size]--;
	entry->tag = 0;
}

/*
 * Round robin over the ways but the first, which holds what was used last.
 */
static unsigned way_to_replace(const struct tlb_array *a, u64 set)
{
	unsigned way = a->next[set] + 1u;

	way = way < a->ways ? way : 1;
	a->next[set] = (u8)way;
	return way;
}

static struct tlb_entry *entry_take(struct tlb_cpu *cpu, u64 page, u64 tag,
				    unsigned size)
{
	const struct tlb_array *a = cpu->of_size[size];
	struct tlb_entry *entry = tlb_set(a, page);
	u8 *marks = tlb_marks(a, page);
	unsigned way = 0;

	if (likely(entry->tag && a->ways > 1))
		way = way_to_replace(a, page & a->mask);
	entry += way;
	if (unlikely(!entry->tag || tag_size(entry->tag) != size)) {
		tlb_entry_clear(cpu, entry);
		cpu->held[size]++;
	}
	entry->tag = tag;
	marks[way] = tlb_mark(a, page, cpu->context);
	return entry;
}

void tlb_fill(struct mmsim *w, struct tlb_cpu *cpu, struct tlb_entry *entry,
	      vaddr_t addr, unsigned size, pfn_t pfn, unsigned rights)
{
	u64 page = addr >> w->tlb.shift[size];
	u64 tag = tlb_tag(page, size, cpu->context);

	if (unlikely(!cpu->of_size[size]))
		return;
	if (!entry || entry->tag != tag)
		entry = entry_take(cpu, page, tag, size);
	entry->data = pfn << TLB_PFN_SHIFT | rights;
}

void tlb_drop(struct mmsim *w, struct tlb_cpu *cpu, vaddr_t addr)
{
	struct tlb_entry *entry;
	unsigned size;

	while ((entry = tlb_lookup(w, cpu, addr, &size)))
		tlb_entry_clear(cpu, entry);
}
