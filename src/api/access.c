/* SPDX-License-Identifier: MIT */
#include <mmsim/access.h>

#include "api/api.h"
#include "core/backend.h"
#include "core/sched.h"
#include "phys/phys.h"
#include "tlb/lookup.h"

static int check_access(struct mmsim_mm *mm, unsigned cpu, unsigned kind,
			const struct mmsim_fault *fault)
{
	struct mmsim *w = mm->world;

	if (cpu >= w->cpus)
		return world_fail(w, -EINVAL, "access: CPU %u of %u", cpu,
				  w->cpus);
	if (kind > MMSIM_EXEC)
		return world_fail(w, -EINVAL, "access: kind %u", kind);
	if (fault && fault->size < sizeof(*fault))
		return world_fail(w, -EINVAL, "access: fault.size is wrong");
	return 0;
}

static void report_fault(const struct access *a, struct mmsim_fault *fault)
{
	if (!fault)
		return;
	fault->kind = (enum mmsim_fault_kind)a->fault_kind;
	fault->addr = a->addr;
	fault->minor = a->minor;
	fault->major = a->major;
}

/* An address that wraps is outside the user's space in any world. */
static bool wraps(uint64_t addr, uint64_t len)
{
	return len && addr + len - 1 < addr;
}

/* The page that a CPU's TLB has for an access, or PFN_NONE: the core must see
 * it, since it is to be walked, counted, checked or stepped. */
static pfn_t hit_page(const struct mmsim_mm *mm, const struct tlb_cpu *cpu,
		      const struct access *a)
{
	const struct mmsim *w = mm->world;
	u64 page = BIT_U64(w->tlb.shift[TLB_PAGE]);
	const struct tlb_entry *entry;

	if (unlikely(cpu->mm != mm || w->sched.fn ||
		     w->knobs[KNOB_DEBUG_CHECK] ||
		     a->len > page - (a->addr & (page - 1)) || !a->len))
		return PFN_NONE;
	entry = tlb_last_used(w, cpu, a->addr);
	if (unlikely(!entry || !(tlb_rights(entry) & TLB_READY(a->kind))))
		return PFN_NONE;
	return entry->data >> TLB_PFN_SHIFT;
}

/* Nothing but contents changes. */
static int access_hit(struct mmsim *w, struct access *a, pfn_t pfn)
{
	u64 offset = a->addr & (BIT_U64(w->tlb.shift[TLB_PAGE]) - 1);

	w->obs.events[EV_hw_tlb_hit]++;
	a->addr += a->len;
	if (a->kind != MMSIM_WRITE) {
		if (a->buf)
			page_read_bytes(&w->phys, pfn, offset, a->buf, a->len);
		return 0;
	}
	if (a->buf)
		return page_write_bytes(&w->phys, pfn, offset, a->buf, a->len);
	page_write_unknown(&w->phys, pfn);
	return 0;
}

/* An access of the running CPU, by its TLB alone or by the core. */
static inline int access_one(struct mmsim_mm *mm, struct access *a)
{
	struct mmsim *w = mm->world;
	pfn_t pfn = hit_page(mm, &w->tlb.cpus[w->obs.cpu], a);

	if (likely(pfn != PFN_NONE))
		return access_hit(w, a, pfn);
	return w->be->access(mm, a);
}

int mmsim_access(struct mmsim_mm *mm, unsigned cpu, uint64_t addr, size_t len,
		 enum mmsim_access kind, void *buf, struct mmsim_fault *fault)
{
	struct access a = {
		.kind = kind, .addr = addr, .len = len, .buf = buf
	};
	int rc;

	if (!mm)
		return -EINVAL;
	sched_run_on(mm->world, cpu);
	rc = api_enter(mm->world);
	if (!rc)
		rc = check_access(mm, cpu, kind, fault);
	if (rc)
		return rc;
	if (wraps(addr, len))
		return world_fail(mm->world, -EINVAL,
				  "access: the range wraps");
	mm->world->obs.cpu = cpu;
	rc = access_one(mm, &a);
	report_fault(&a, fault);
	return api_leave(mm->world, rc, "access");
}

/* References after a walk whose entries the host fetches meanwhile: those of a
 * large process lie apart, each a wait for the host's memory. */
#define LOOK_AHEAD 12

/* One reference; what it took is added to *sum. */
static int access_ref(struct mmsim_mm *mm, const struct mmsim_ref *ref,
		      size_t left, struct access *sum)
{
	struct mmsim *w = mm->world;
	u64 walks = w->obs.events[EV_hw_walk], minor = sum->minor;
	int rc;

	if (ref->kind > MMSIM_EXEC || wraps(ref->addr, ref->len))
		return -EINVAL;
	sum->kind = ref->kind;
	sum->addr = ref->addr;
	sum->len = ref->len;
	rc = access_one(mm, sum);
	/* One that faulted is mostly followed by others that find nothing. */
	if (left > LOOK_AHEAD && w->obs.events[EV_hw_walk] != walks &&
	    sum->minor == minor)
		w->be->prefetch(mm, ref[LOOK_AHEAD].addr);
	return rc;
}

int mmsim_access_many(struct mmsim_mm *mm, unsigned cpu,
		      const struct mmsim_ref *refs, size_t n, size_t *done,
		      struct mmsim_fault *fault)
{
	struct access sum = { 0 };
	size_t i;
	int rc;

	if (!mm || (!refs && n))
		return -EINVAL;
	sched_run_on(mm->world, cpu);
	rc = api_enter(mm->world);
	if (!rc)
		rc = check_access(mm, cpu, MMSIM_READ, fault);
	if (rc)
		return rc;
	mm->world->obs.cpu = cpu;
	for (i = 0; i < n; i++) {
		rc = access_ref(mm, &refs[i], n - i, &sum);
		if (rc || sum.fault_kind)
			break;
	}
	if (done)
		*done = i;
	report_fault(&sum, fault);
	return api_leave(mm->world, rc, "access_many");
}
