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

/* The page that a CPU's TLB has for an access, or PFN_NONE. */
static inline pfn_t hit_page(const struct mmsim *w, const struct tlb_cpu *cpu,
			     uint64_t addr, unsigned kind)
{
	const struct tlb_entry *entry = tlb_last_used(w, cpu, addr);

	if (unlikely(!entry || !tlb_ready(entry, kind)))
		return PFN_NONE;
	return entry->data >> TLB_PFN_SHIFT;
}

/* Nothing but contents changes. */
static inline int move_contents(struct mmsim *w, pfn_t pfn, uint64_t addr,
				size_t len, unsigned kind, void *buf)
{
	u64 offset;

	if (!buf && kind != MMSIM_WRITE)
		return 0;
	offset = addr & w->tlb.inside;
	if (kind != MMSIM_WRITE) {
		page_read_bytes(&w->phys, pfn, offset, buf, len);
		return 0;
	}
	if (buf)
		return page_write_bytes(&w->phys, pfn, offset, buf, len);
	page_write_unknown(&w->phys, pfn);
	return 0;
}

/* By the core, which may change entries. */
static inline int access_core(struct mmsim_mm *mm, struct access *a)
{
	world_may_change(mm->world);
	return mm->world->be->access(mm, a);
}

/* An access that translate() has no page for. @other: it said PFN_OTHER. */
static inline int access_other(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			       struct access *a, bool other)
{
	struct mmsim *w = mm->world;
	pfn_t pfn;

	world_may_change(w);
	if (unlikely(!other))
		return w->be->access(mm, a);
	pfn = w->be->fault_first(mm, cpu, a);
	if (unlikely(pfn == PFN_NONE))
		return a->error || a->fault_kind ? a->error
						 : w->be->access(mm, a);
	a->addr += a->len;
	return move_contents(w, pfn, a->addr - a->len, a->len, a->kind, a->buf);
}

/* An access that the TLB's last used entry does not grant. */
static inline int access_plain(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			       struct access *a, vaddr_t ahead)
{
	struct mmsim *w = mm->world;
	pfn_t pfn = w->be->translate(mm, cpu, a->addr, a->kind, ahead);

	if (unlikely(pfn >= PFN_OTHER))
		return access_other(mm, cpu, a, pfn == PFN_OTHER);
	a->addr += a->len;
	return move_contents(w, pfn, a->addr - a->len, a->len, a->kind, a->buf);
}

/* By the CPU's TLB or a walk alone, or by the core. */
static inline int access_one(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			     struct access *a)
{
	struct mmsim *w = mm->world;
	pfn_t pfn;

	if (unlikely(!access_in_page(a->addr, a->len, w->tlb.inside))) {
		if (wraps(a->addr, a->len))
			return -EINVAL;
		return access_core(mm, a);
	}
	if (unlikely(!access_is_plain(w, cpu, mm)))
		return access_core(mm, a);
	pfn = hit_page(w, cpu, a->addr, a->kind);
	if (pfn == PFN_NONE)
		return access_plain(mm, cpu, a, 0);
	w->obs.events[EV_hw_tlb_hit]++;
	a->addr += a->len;
	return move_contents(w, pfn, a->addr - a->len, a->len, a->kind, a->buf);
}

int api_access(struct mmsim_mm *mm, struct access *a)
{
	struct mmsim *w = mm->world;

	return access_one(mm, &w->tlb.cpus[w->obs.cpu], a);
}

/* Any access, with all of its checks. The arguments of mmsim_access(), for it
 * then has nothing to keep. */
static MMSIM_APART int access_checked(struct mmsim_mm *mm, unsigned cpu,
				      uint64_t addr, size_t len,
				      enum mmsim_access kind, void *buf,
				      struct mmsim_fault *fault)
{
	struct access a = {
		.kind = kind, .addr = addr, .len = len, .buf = buf
	};
	int rc;

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
	rc = api_access(mm, &a);
	report_fault(&a, fault);
	return api_leave(mm->world, rc, "access");
}

/* One that needs none of them. */
static inline bool needs_no_check(const struct mmsim_mm *mm, unsigned cpu,
				  uint64_t addr, size_t len, unsigned kind,
				  const struct mmsim_fault *fault)
{
	const struct mmsim *w = mm->world;

	return likely(cpu < w->cpus && kind <= MMSIM_EXEC &&
		      access_is_plain(w, &w->tlb.cpus[cpu], mm) &&
		      access_in_page(addr, len, w->tlb.inside) &&
		      !(fault && fault->size < sizeof(*fault)));
}

int api_access_rest(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
		    unsigned kind, struct mmsim_fault *fault)
{
	struct mmsim_mm *mm = cpu->mm;
	struct mmsim *w = mm->world;
	struct access a = { .kind = kind & ~ACCESS_OTHER,
			    .addr = addr,
			    .len = len };
	int rc;

	api_enter_failing(w);
	rc = access_other(mm, cpu, &a, kind & ACCESS_OTHER);
	report_fault(&a, fault);
	return likely(!rc && !w->host.failed) ? 0 : api_leave(w, rc, "access");
}

/* Any access, and those that move contents. */
static MMSIM_APART int access_any(struct mmsim_mm *mm, unsigned cpu,
				  uint64_t addr, size_t len, unsigned kind,
				  void *buf, struct mmsim_fault *fault)
{
	struct mmsim *w = mm->world;
	struct access a = {
		.kind = kind, .addr = addr, .len = len, .buf = buf
	};
	int rc;

	if (!needs_no_check(mm, cpu, addr, len, kind, fault))
		return access_checked(mm, cpu, addr, len, kind, buf, fault);
	observe_begin_on(&w->obs, cpu);
	api_enter_failing(w);
	rc = access_one(mm, &w->tlb.cpus[cpu], &a);
	report_fault(&a, fault);
	return likely(!rc && !w->host.failed) ? 0 : api_leave(w, rc, "access");
}

/* Apart, so that a hit that writes nothing keeps nothing for it. */
static MMSIM_APART int hit_write(struct mmsim *w, pfn_t pfn)
{
	page_write_unknown(&w->phys, pfn);
	return 0;
}

int mmsim_access(struct mmsim_mm *mm, unsigned cpu, uint64_t addr, size_t len,
		 enum mmsim_access kind, void *buf, struct mmsim_fault *fault)
{
	struct tlb_cpu *tlb;
	struct mmsim *w;
	pfn_t pfn;

	if (!mm)
		return -EINVAL;
	if (buf || !needs_no_check(mm, cpu, addr, len, kind, fault))
		return access_any(mm, cpu, addr, len, kind, buf, fault);
	w = mm->world;
	tlb = &w->tlb.cpus[cpu];
	observe_begin_on(&w->obs, cpu);
	pfn = hit_page(w, tlb, addr, kind);
	/* The process is not remembered: registers are few here. */
	if (pfn == PFN_NONE)
		return w->access_walk(tlb, addr, len, kind, fault);
	w->obs.events[EV_hw_tlb_hit]++;
	access_report_done(addr + len, fault);
	return likely(kind != MMSIM_WRITE) ? 0 : hit_write(w, pfn);
}

/* References after a walk whose entries the host fetches meanwhile: those of a
 * large process lie apart, each a wait for the host's memory. */
#define LOOK_AHEAD 12

/* A reference that is access_is_plain(), inside a page, and that the TLB does
 * not grant at once; what it took is added to *sum. */
static inline int access_ref(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			     const struct mmsim_ref *ref, size_t left,
			     struct access *sum)
{
	sum->kind = ref->kind;
	sum->addr = ref->addr;
	sum->len = ref->len;
	sum->missed = false;
	return access_plain(mm, cpu, sum,
			    left > LOOK_AHEAD ? ref[LOOK_AHEAD].addr : 0);
}

/* Any other. */
static MMSIM_APART int access_ref_any(struct mmsim_mm *mm, struct tlb_cpu *cpu,
				      const struct mmsim_ref *ref,
				      struct access *sum)
{
	if (ref->kind > MMSIM_EXEC)
		return -EINVAL;
	sum->kind = ref->kind;
	sum->addr = ref->addr;
	sum->len = ref->len;
	sum->missed = false;
	return access_one(mm, cpu, sum);
}

/* @left: references there are from this one on. */
static inline int access_next(struct mmsim_mm *mm, struct tlb_cpu *cpu,
			      const struct mmsim_ref *ref, size_t left,
			      struct access *sum)
{
	struct mmsim *w = mm->world;
	pfn_t pfn;

	if (unlikely(ref->kind > MMSIM_EXEC || !access_is_plain(w, cpu, mm) ||
		     !access_in_page(ref->addr, ref->len, w->tlb.inside)))
		return access_ref_any(mm, cpu, ref, sum);
	pfn = hit_page(w, cpu, ref->addr, ref->kind);
	if (pfn == PFN_NONE)
		return access_ref(mm, cpu, ref, left, sum);
	w->obs.events[EV_hw_tlb_hit]++;
	sum->addr = ref->addr + ref->len;
	if (ref->kind == MMSIM_WRITE)
		page_write_unknown(&w->phys, pfn);
	return 0;
}

int mmsim_access_many(struct mmsim_mm *mm, unsigned cpu,
		      const struct mmsim_ref *refs, size_t n, size_t *done,
		      struct mmsim_fault *fault)
{
	struct access sum = { 0 };
	struct tlb_cpu *cpu_tlb;
	struct mmsim *w;
	size_t i;
	int rc;

	if (!mm || (!refs && n))
		return -EINVAL;
	w = mm->world;
	sched_run_on(w, cpu);
	rc = api_enter(w);
	if (!rc)
		rc = check_access(mm, cpu, MMSIM_READ, fault);
	if (rc)
		return rc;
	w->obs.cpu = cpu;
	cpu_tlb = &w->tlb.cpus[cpu];
	for (i = 0; i < n && !rc && !sum.fault_kind; i++)
		rc = access_next(mm, cpu_tlb, &refs[i], n - i, &sum);
	if (done)
		*done = i - (rc || sum.fault_kind);
	report_fault(&sum, fault);
	return api_leave(w, rc, "access_many");
}

int mmsim_signal(struct mmsim_mm *mm, struct mmsim_fault *fault)
{
	struct access a = { 0 };
	int rc;

	if (!mm || !fault || fault->size < sizeof(*fault))
		return -EINVAL;
	rc = api_enter(mm->world);
	if (rc)
		return rc;
	a.fault_kind = mm->signal.kind;
	a.addr = mm->signal.addr;
	mm->signal.kind = MMSIM_FAULT_NONE;
	mm->signal.addr = 0;
	report_fault(&a, fault);
	return api_leave(mm->world, 0, "signal");
}
