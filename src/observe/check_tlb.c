/* SPDX-License-Identifier: MIT */
/*
 * No CPU's TLB grants what neither the tables nor a flush that is still to
 * come allow (semantics-mprotect.md 8).
 */
#include "core/backend.h"
#include "observe/check_parts.h"
#include "tlb/context.h"
#include "tlb/lookup.h"

/* Whose entries a context stands for on a CPU; NULL: nobody's any more. */
static struct mmsim_mm *context_mm(const struct mmsim *w, unsigned cpu,
				   u32 context)
{
	struct mmsim_mm *mm;

	LIST_FOREACH(mm, &w->mms, link)
		if (mm->tlb.context[cpu] == context)
			return mm;
	return NULL;
}

/* Any entry of a contiguous block marks all of it (arch-arm64.md 8). */
static bool is_marked(struct check *c, struct mmsim_mm *mm, vaddr_t addr,
		      unsigned size)
{
	const struct tlb_world *t = &c->w->tlb;
	const unsigned page = t->shift[TLB_PAGE];
	u64 i, nr = size == TLB_CONT ? BIT_U64(t->shift[size] - page) : 1;
	struct mmsim_entry e = { .size = sizeof(e) };
	bool marked = false;

	for (i = 0; i < nr && !marked; i++) {
		c->w->be->entry(mm, addr + (i << page), &e);
		marked = e.flags & MMSIM_E_DIRTY;
	}
	return marked;
}

/* Why the tables do not grant what an entry does; NULL: they do. */
static const char *grants_more(const struct mmsim_entry *e, pfn_t pfn,
			       unsigned rights)
{
	if (!(e->flags & MMSIM_E_PRESENT))
		return "a page that is not present";
	if (e->pfn != pfn)
		return "another page";
	if (rights & TLB_ALLOWED(MMSIM_WRITE) && !(e->flags & MMSIM_E_WRITE))
		return "writing";
	return NULL;
}

static void check_translation(struct check *c, unsigned cpu,
			      const struct tlb_entry *entry)
{
	unsigned size = (unsigned)(entry->tag >> TLB_CONTEXT_BITS) & 3;
	vaddr_t addr = entry->tag >> (TLB_CONTEXT_BITS + 2)
					     << c->w->tlb.shift[size];
	u32 context = (u32)entry->tag & TLB_CONTEXT_MAX;
	struct mmsim_mm *mm = context_mm(c->w, cpu, context);
	struct mmsim_entry e = { .size = sizeof(e) };
	const char *more;

	if (!mm || tlb_flush_is_pending(c->w, cpu, mm))
		return;
	c->w->be->entry(mm, addr, &e);
	more = grants_more(&e, tlb_pfn(c->w, entry, addr, size),
			   tlb_rights(entry));
	if (!more && tlb_ready(entry, MMSIM_WRITE) &&
	    !is_marked(c, mm, addr, size))
		more = "writing without a mark";
	if (more)
		check_broken(c, INV_TLB, "CPU %u, 0x%llx: its TLB grants %s",
			     cpu, ADDR(addr), more);
}

void check_tlbs(struct check *c)
{
	const struct tlb_world *t = &c->w->tlb;
	const struct tlb_array *a;
	unsigned cpu, i;
	u64 k;

	for (cpu = 0; cpu < c->w->cpus; cpu++) {
		for (i = 0; i < t->geometry.nr; i++) {
			a = &t->cpus[cpu].array[i];
			for (k = 0; k < (a->mask + 1) * a->ways; k++)
				if (a->entries[k].tag)
					check_translation(c, cpu,
							  &a->entries[k]);
		}
	}
}
