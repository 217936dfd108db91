/* SPDX-License-Identifier: MIT */
#include "tlb/lookup.h"

void tlb_entry_clear(struct tlb_cpu *cpu, struct tlb_entry *entry)
{
	unsigned size = tlb_tag_size(entry->tag);
	u64 page = entry->tag >> (TLB_CONTEXT_BITS + 2);
	const struct tlb_array *a = cpu->of_size[size];

	if (!entry->tag)
		return;
	tlb_marks(a, page)[entry - tlb_set(a, page)] = 0;
	cpu->held[size]--;
	entry->tag = 0;
}

void tlb_fill(struct mmsim *w, struct tlb_cpu *cpu, struct tlb_entry *entry,
	      vaddr_t addr, unsigned size, pfn_t pfn, unsigned rights)
{
	struct tlb_place at;

	if (unlikely(!cpu->of_size[size]))
		return;
	at = tlb_place(cpu, size, addr >> w->tlb.shift[size], cpu->context);
	if (entry && entry->tag == at.tag)
		entry->data = pfn << TLB_PFN_SHIFT | rights;
	else
		tlb_put(cpu, &at, size, pfn << TLB_PFN_SHIFT | rights);
}

void tlb_drop(struct mmsim *w, struct tlb_cpu *cpu, vaddr_t addr)
{
	struct tlb_entry *entry;
	unsigned size;

	while ((entry = tlb_lookup(w, cpu, addr, &size)))
		tlb_entry_clear(cpu, entry);
}
