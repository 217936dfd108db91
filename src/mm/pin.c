/* SPDX-License-Identifier: MIT */
#include "mm/pin.h"

#include <errno.h>

#include "core/backend.h"
#include "core/sched.h"
#include "mm/lru.h"
#include "mm/mm.h"

static bool reserve_pins(struct mmsim *w, u64 more)
{
	u64 max = max_u64(w->pins.nr + more, 2 * w->pins.max);
	struct pin *grown;

	if (w->pins.nr + more <= w->pins.max)
		return true;
	grown = host_realloc(&w->host, w->pins.pin,
			     (size_t)w->pins.max * sizeof(*grown),
			     (size_t)max * sizeof(*grown));
	if (!grown)
		return false;
	w->pins.pin = grown;
	w->pins.max = max;
	return true;
}

static void unpin_last(struct mmsim *w, u64 nr)
{
	pfn_t pfn;

	for (; nr; nr--) {
		pfn = w->pins.pin[--w->pins.nr].pfn;
		world_put_folio(w, pfn, GUP_PIN_COUNTING_BIAS);
	}
}

static int pin_page(struct mmsim_mm *mm, vaddr_t addr)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	struct mmsim *w = mm->world;

	w->be->entry(mm, addr, &entry);
	if (!(entry.flags & MMSIM_E_ANON) || entry.order) {
		w->unsupported = "pinning a page of a file or a large folio";
		return -EOPNOTSUPP;
	}
	mm_page(mm, entry.pfn)->refcount += GUP_PIN_COUNTING_BIAS;
	w->pins.pin[w->pins.nr++] = (struct pin){ mm->pid, entry.pfn };
	mm_trace(mm, EV_pin, RULE_PIN, addr, 0, entry.pfn);
	return 0;
}

static int pin_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end)
{
	unsigned shift = mm->world->phys.page_shift;
	u64 done = 0;
	int rc = 0;

	if (!reserve_pins(mm->world, (end - start) >> shift))
		return -ENOMEM;
	for (; start < end && !rc; start += BIT_U64(shift)) {
		rc = pin_page(mm, start);
		done += !rc;
	}
	if (rc)
		unpin_last(mm->world, done);
	else
		mm->has_pinned = true;
	return rc;
}

int do_pin(struct mmsim_mm *mm, vaddr_t start, u64 len)
{
	vaddr_t end = start + mm_page_align(mm, len);
	int rc;

	if (!mm_page_aligned(mm, start) || end <= start)
		return -EINVAL;
	mmap_read_lock(mm);
	rc = mm_populate_write(mm, start, end);
	if (!rc)
		rc = pin_range(mm, start, end);
	mmap_read_unlock(mm);
	return rc;
}

void do_unpin(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;
	u64 i, kept = 0;

	for (i = 0; i < w->pins.nr; i++) {
		if (w->pins.pin[i].pid == mm->pid)
			world_put_folio(w, w->pins.pin[i].pfn,
					GUP_PIN_COUNTING_BIAS);
		else
			w->pins.pin[kept++] = w->pins.pin[i];
	}
	w->pins.nr = kept;
}

u64 page_pin_refs(const struct mmsim *w, pfn_t pfn)
{
	u64 i, refs = 0;

	for (i = 0; i < w->pins.nr; i++)
		if (w->pins.pin[i].pfn == pfn)
			refs += GUP_PIN_COUNTING_BIAS;
	return refs;
}
