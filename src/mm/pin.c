/* SPDX-License-Identifier: MIT */
#include "mm/pin.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/lru.h"
#include "mm/mm.h"
#include "phys/folio.h"

static bool reserve_pins(struct mmsim *w, u64 more)
{
	struct pin *grown = host_grow(&w->host, w->pins.pin, &w->pins.max,
				      sizeof(*grown), w->pins.nr + more);

	if (!grown)
		return false;
	w->pins.pin = grown;
	return true;
}

static void put_pin(struct mmsim *w, const struct pin *pin)
{
	if (pin->refs)
		world_put_folio(w, pin->pfn, pin->refs);
}

/* What one more page of the folio costs in references; the zero page is not
 * counted. */
static s32 pin_refs(const struct mmsim *w, pfn_t pfn, unsigned how)
{
	if (page_test(folio_page(&w->phys, pfn), PG_reserved))
		return 0;
	if (how & PIN_GET || folio_order(&w->phys, pfn))
		return 1;
	return GUP_PIN_COUNTING_BIAS;
}

/* Pages of one folio are one record of this call's. */
static void record_pin(struct mmsim_mm *mm, u64 first, pfn_t pfn, unsigned how)
{
	struct mmsim *w = mm->world;
	s32 refs = pin_refs(w, pfn, how);
	struct pin *last =
		w->pins.nr > first ? &w->pins.pin[w->pins.nr - 1] : NULL;

	folio_page(&w->phys, pfn)->refcount += refs;
	if (last && last->pfn + last->nr == pfn && last->refs &&
	    folio_pfn(&w->phys, last->pfn) == folio_pfn(&w->phys, pfn)) {
		last->nr++;
		last->refs += refs;
		return;
	}
	w->pins.pin[w->pins.nr++] = (struct pin){ .pid = mm->pid,
						  .refs = refs,
						  .pfn = pfn,
						  .nr = 1,
						  .get = how & PIN_GET };
}

static int pin_page(struct mmsim_mm *mm, vaddr_t addr, u64 first, unsigned how)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	struct mmsim *w = mm->world;
	enum sim_rule rule = RULE_PIN;

	w->be->entry(mm, addr, &entry);
	if (!(entry.flags & MMSIM_E_ANON) && !(how & (PIN_RO | PIN_GET))) {
		w->unsupported = "pinning a page of a file to write to it";
		return -EOPNOTSUPP;
	}
	if (how)
		rule = how & PIN_GET ? RULE_PIN_GET : RULE_PIN_READ;
	record_pin(mm, first, entry.pfn, how);
	mm_trace(mm, EV_pin, rule, addr, 0, entry.pfn);
	return 0;
}

static int pin_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		     unsigned how)
{
	unsigned shift = mm->world->phys.page_shift;
	u64 first = mm->world->pins.nr;
	int rc = 0;

	if (!reserve_pins(mm->world, (end - start) >> shift))
		return -ENOMEM;
	for (; start < end && !rc; start += BIT_U64(shift))
		rc = pin_page(mm, start, first, how);
	if (!rc)
		mm->has_pinned |= !(how & PIN_GET);
	while (rc && mm->world->pins.nr > first)
		put_pin(mm->world, &mm->world->pins.pin[--mm->world->pins.nr]);
	return rc;
}

static unsigned populate_how(unsigned how)
{
	if (how & PIN_GET)
		return 0;
	return how & PIN_RO ? POPULATE_UNSHARE : POPULATE_WRITE;
}

/* Bring all pages in, in the state that a pin wants. */
static int fault_in(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		    unsigned how)
{
	const struct mm_backend *be = mm->world->be;
	u64 right = how & (PIN_RO | PIN_GET) ? VM_READ : VM_WRITE;
	struct vm_area_struct *vma;
	vaddr_t next;
	int rc = 0;

	for (; start < end && !rc; start = next) {
		vma = vma_tree_find(&mm->tree, start);
		if (!vma || vma->vm_start > start || !(vma->vm_flags & right))
			return -EFAULT;
		next = min_u64(vma->vm_end, end);
		rc = be->populate(mm, vma, start, next, populate_how(how));
	}
	return rc;
}

int do_pin(struct mmsim_mm *mm, vaddr_t start, u64 len, unsigned how)
{
	vaddr_t end = start + mm_page_align(mm, len);
	int rc;

	if (!mm_page_aligned(mm, start) || end <= start)
		return -EINVAL;
	mmap_read_lock(mm);
	rc = fault_in(mm, start, end, how);
	if (!rc)
		rc = pin_range(mm, start, end, how);
	mmap_read_unlock(mm);
	return rc;
}

void do_unpin(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;
	u64 i, kept = 0;

	for (i = 0; i < w->pins.nr; i++) {
		if (w->pins.pin[i].pid == mm->pid)
			put_pin(w, &w->pins.pin[i]);
		else
			w->pins.pin[kept++] = w->pins.pin[i];
	}
	w->pins.nr = kept;
}

static bool pins_folio(const struct mmsim *w, const struct pin *pin, pfn_t pfn)
{
	return pin->refs &&
	       folio_pfn(&w->phys, pin->pfn) == folio_pfn(&w->phys, pfn);
}

u64 folio_pin_refs(const struct mmsim *w, pfn_t pfn)
{
	u64 i, refs = 0;

	for (i = 0; i < w->pins.nr; i++)
		if (pins_folio(w, &w->pins.pin[i], pfn))
			refs += (u64)w->pins.pin[i].refs - 1;
	return refs;
}

bool folio_maybe_dma_pinned(const struct mmsim *w, pfn_t pfn)
{
	const struct folio_view f = folio_view(&w->phys, pfn);
	u64 i;

	if (!f.order)
		return f.page->refcount >= GUP_PIN_COUNTING_BIAS;
	for (i = 0; i < w->pins.nr; i++)
		if (!w->pins.pin[i].get && pins_folio(w, &w->pins.pin[i], pfn))
			return true;
	return false;
}
