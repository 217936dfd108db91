/* SPDX-License-Identifier: MIT */
#include "tlb/lookup.h"

#include "core/assert.h"

/*
 * Round robin over the ways but the first, which holds what was used last.
 */
static struct tlb_entry *way_to_replace(struct tlb_array *a, u64 page)
{
	struct tlb_entry *set = tlb_set(a, page);
	u8 *next = &a->next[page & a->mask];

	if (a->ways == 1 || !set->tag)
		return set;
	*next = *next + 1u < a->ways ? *next + 1 : 1;
	return &set[*next];
}

void tlb_entry_clear(struct tlb_cpu *cpu, struct tlb_entry *entry)
{
	u8 *filter = tlb_filter(cpu, entry->tag);

	if (!entry->tag)
		return;
	cpu->held[(entry->tag >> TLB_CONTEXT_BITS) & 3]--;
	if (*filter != TLB_FILTER_FULL)
		--*filter;
	entry->tag = 0;
}

static void entry_set(struct tlb_cpu *cpu, struct tlb_entry *entry, u64 tag,
		      unsigned size)
{
	u8 *filter = tlb_filter(cpu, tag);

	tlb_entry_clear(cpu, entry);
	entry->tag = tag;
	cpu->held[size]++;
	if (*filter != TLB_FILTER_FULL)
		++*filter;
}

void tlb_fill(struct mmsim *w, struct tlb_cpu *cpu, struct tlb_entry *entry,
	      vaddr_t addr, unsigned size, pfn_t pfn, unsigned rights)
{
	struct tlb_array *a = cpu->of_size[size];
	u64 page = addr >> w->tlb.shift[size];
	u64 tag = tlb_tag(page, size, cpu->context);

	if (unlikely(!a))
		return;
	if (!entry || entry->tag != tag) {
		entry = way_to_replace(a, page);
		entry_set(cpu, entry, tag, size);
	}
	entry->data = pfn << TLB_PFN_SHIFT | rights;
}

void tlb_drop(struct mmsim *w, struct tlb_cpu *cpu, vaddr_t addr)
{
	struct tlb_entry *entry;
	unsigned size;

	while ((entry = tlb_lookup(w, cpu, addr, &size)))
		tlb_entry_clear(cpu, entry);
}
