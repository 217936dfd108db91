/* SPDX-License-Identifier: MIT */
#include "tlb/flush.h"

#include "core/sched.h"
#include "tlb/context.h"
#include "tlb/lookup.h"

/* More pages than these, and all of a process is flushed
 * (tlb_single_page_flush_ceiling; arch-x86.md 10). */
#define FLUSH_CEILING 33
/* arm64, TLBI range operations: pages that one series of them may cover. */
#define MAX_TLBI_RANGE_PAGES ((u64)1 << 21)

struct flush {
	struct mmsim_mm *mm;
	vaddr_t start, end;
	bool all;    /* of the process */
	bool tables; /* the walkers' memory of tables, too */
};

/* ---- one CPU ---- */

/* More pages than sets: look at every entry once. */
static void drop_matching(struct tlb_cpu *cpu, unsigned size, u32 context,
			  u64 first, u64 last)
{
	const struct tlb_array *a = cpu->of_size[size];
	const u64 who = tlb_tag(0, size, context);
	size_t i, nr = (a->mask + 1) * a->ways;
	u64 tag;

	for (i = 0; i < nr; i++) {
		tag = a->entries[i].tag;
		if (tag >= tlb_tag(first, size, context) &&
		    tag <= tlb_tag(last, size, context) &&
		    (tag & tlb_tag(0, NR_TLB_SIZES, TLB_CONTEXT_MAX)) == who)
			tlb_entry_clear(cpu, &a->entries[i]);
	}
}

static void drop_each(struct tlb_cpu *cpu, unsigned size, u32 context,
		      u64 first, u64 end)
{
	struct tlb_entry *entry;
	struct tlb_place at;
	u64 page;

	for (page = first; page < end; page++) {
		at = tlb_place(cpu, size, page, context);
		entry = tlb_find(&at);
		if (entry)
			tlb_entry_clear(cpu, entry);
	}
}

/* Of pages up to the last set: they have one mark, and what has it not in so
 * many sets needs no look at each. */
static void drop_neighbours(struct tlb_cpu *cpu, unsigned size, u32 context,
			    u64 first, u64 end)
{
	const struct tlb_array *a = cpu->of_size[size];
	const unsigned look =
		TLB_MARKS_LOOK > a->stride ? TLB_MARKS_LOOK : a->stride;
	const u64 sets = look / a->stride, step = sets * a->stride;
	const u8 *marks = tlb_marks(a, first);
	u8 mark = tlb_mark(a->shift, first, context);
	u64 page;

	for (page = first; page < end; page += sets, marks += step)
		if (end - page < sets || tlb_rows_marked(marks, look, mark))
			drop_each(cpu, size, context, page,
				  min_u64(page + sets, end));
}

/* Pages one after the other. */
static void drop_pages(struct tlb_cpu *cpu, unsigned size, u32 context,
		       u64 first, u64 last)
{
	u64 mask = cpu->of_size[size]->mask, end;

	for (; first <= last; first = end) {
		end = min_u64(last, first | mask) + 1;
		drop_neighbours(cpu, size, context, first, end);
	}
}

static void drop_range(const struct tlb_world *t, struct tlb_cpu *cpu,
		       u32 context, vaddr_t start, vaddr_t end)
{
	unsigned size;
	u64 first, last;

	for (size = 0; size < NR_TLB_SIZES; size++) {
		if (!cpu->held[size])
			continue;
		first = start >> t->shift[size];
		last = (end - 1) >> t->shift[size];
		if (last - first > cpu->of_size[size]->mask)
			drop_matching(cpu, size, context, first, last);
		else
			drop_pages(cpu, size, context, first, last);
	}
}

static void drop_tables(struct tlb_cpu *cpu, u32 context)
{
	bool loaded = cpu->context == context;
	u32 used = loaded ? cpu->psc_used : TLB_PSC_ALL;
	unsigned i;

	for (; used; used &= used - 1) {
		i = (unsigned)__builtin_ctz(used);
		if ((cpu->psc[i] & TLB_CONTEXT_MAX) == context)
			cpu->psc[i] = 0;
	}
	if (loaded)
		cpu->psc_used = 0;
}

static void flush_cpu(const struct flush *f, unsigned nr)
{
	struct mmsim *w = f->mm->world;
	struct tlb_cpu *cpu = &w->tlb.cpus[nr];
	u32 context = f->mm->tlb.context[nr];
	bool missed = f->mm->tlb.seen[nr] + 1 < f->mm->tlb.gen;

	f->mm->tlb.seen[nr] = f->mm->tlb.gen;
	if (!context)
		return;
	/* Flushes that were put off are done with this one. */
	if (f->all || missed) {
		tlb_new_context(w, nr, f->mm);
		return;
	}
	drop_range(&w->tlb, cpu, context, f->start, f->end);
	if (f->tables)
		drop_tables(cpu, context);
}

static void flush_cpus(const struct flush *f, u64 cpus)
{
	unsigned nr;

	for (nr = 0; cpus; nr++, cpus >>= 1)
		if (cpus & 1)
			flush_cpu(f, nr);
}

/* ---- all of them ---- */

static u64 flush_pages(const struct flush *f)
{
	return (f->end - f->start) >> f->mm->world->tlb.shift[TLB_PAGE];
}

static void count(const struct flush *f, enum sim_event_type ev, u64 nr)
{
	f->mm->world->obs.events[ev] += nr;
}

static u64 self(const struct flush *f)
{
	return BIT_U64(f->mm->world->obs.cpu);
}

static u64 all_cpus(const struct mmsim *w)
{
	return ~(u64)0 >> (64 - w->cpus);
}

static unsigned nr_cpus(u64 cpus)
{
	unsigned nr = 0;

	for (; cpus; cpus &= cpus - 1)
		nr++;
	return nr;
}

/*
 * This CPU flushes itself and, where others are asked to, goes on only when
 * all have: between the two they may still use what it no longer has.
 */
static void flush_and_wait(const struct flush *f, u64 cpus)
{
	struct mmsim *w = f->mm->world;

	sim_step(w, MMSIM_STEP_FLUSH, f->start);
	flush_cpus(f, cpus & self(f));
	sim_step(w, MMSIM_STEP_FLUSH_DONE, f->start);
	flush_cpus(f, cpus & ~self(f));
}

/*
 * CPUs that run the process are interrupted; one that ran it before and may
 * have entries left flushes when it comes back (x86_load()). INVLPG forgets
 * what walkers remember, whatever its address.
 */
static void x86_flush(struct flush *f)
{
	struct mmsim *w = f->mm->world;
	u64 cpus = f->mm->tlb.cpumask, others = cpus & ~self(f);

	mm_trace(f->mm, EV_flush_tlb_mm_range, RULE_NONE, f->start, f->start,
		 f->end);
	f->all |= flush_pages(f) > FLUSH_CEILING;
	f->tables = true;
	f->mm->tlb.gen++;
	if (others) {
		mm_trace(f->mm, EV_flush_remote, RULE_FLUSH_REMOTE, f->start,
			 w->obs.cpu, others);
		count(f, EV_flush_received, nr_cpus(others));
	}
	if (f->all)
		count(f, EV_flush_all, nr_cpus(cpus));
	else
		count(f, EV_flush_one, flush_pages(f) * nr_cpus(cpus));
	flush_and_wait(f, cpus);
}

/*
 * How many TLBI instructions cover a number of pages: one that stands for
 * (num + 1) << (5 * scale + 1) of them for each scale, downwards, and a plain
 * one for an odd page (arch-arm64.md 7).
 */
static u64 tlbi_range_ops(u64 pages)
{
	u64 ops = 0, num;
	int scale = 3;

	while (pages && scale >= 0) {
		if (pages & 1) {
			pages--;
			ops++;
			continue;
		}
		num = pages >> (5 * scale + 1);
		if (num > 32)
			num = 32;
		if (num) {
			ops++;
			pages -= num << (5 * scale + 1);
		}
		scale--;
	}
	return ops;
}

static void arm64_flush(struct flush *f, bool local)
{
	f->all |= flush_pages(f) > MAX_TLBI_RANGE_PAGES;
	count(f, local ? EV_hw_tlbi_local : EV_hw_tlbi,
	      f->all ? 1 : tlbi_range_ops(flush_pages(f)));
	count(f, EV_hw_dsb, 1);
	flush_and_wait(f, local ? self(f) : all_cpus(f->mm->world));
}

/* One CPU ever: it needs nobody else. */
static void radix_flush(struct flush *f)
{
	bool local = !(f->mm->tlb.cpumask & ~self(f));

	f->all |= flush_pages(f) > FLUSH_CEILING;
	count(f, local ? EV_hw_tlbiel : EV_hw_tlbie,
	      f->all ? 1 : flush_pages(f));
	flush_and_wait(f, local ? self(f) : all_cpus(f->mm->world));
}

static void do_flush(struct flush *f)
{
	struct mmsim *w = f->mm->world;

	if (w->arch == MMSIM_ARCH_X86_64)
		x86_flush(f);
	else if (w->arch == MMSIM_ARCH_ARM64)
		arm64_flush(f, false);
	else if (w->mmu == MMSIM_MMU_HASH)
		flush_and_wait(f, 0);
	else
		radix_flush(f);
}

/* ---- the kernel's names ---- */

void flush_tlb_gathered(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			bool tables, enum sim_rule rule)
{
	struct flush f = {
		.mm = mm, .start = start, .end = end, .tables = tables
	};

	mm_trace(mm, EV_flush_tlb_range, rule, start, start, end);
	do_flush(&f);
}

void flush_tlb_range(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
		     enum sim_rule rule)
{
	flush_tlb_gathered(mm, start, end, true, rule);
}

/* Nobody else may have entries, and what this CPU missed is done: no flush
 * waits for another, nor becomes one of all entries. */
static bool may_flush_as_one(const struct mmsim_mm *mm, u64 pages)
{
	const struct mmsim *w = mm->world;
	unsigned self = w->obs.cpu;

	return w->arch == MMSIM_ARCH_X86_64 && pages <= FLUSH_CEILING &&
	       mm->tlb.cpumask == BIT_U64(self) &&
	       mm->tlb.seen[self] == mm->tlb.gen;
}

/* x86_flush() of one range after the other. */
static void flush_each_alone(struct mmsim_mm *mm, vaddr_t start, u64 nr,
			     u64 pages, enum sim_rule rule)
{
	struct mmsim *w = mm->world;
	vaddr_t end = start + (nr * pages << w->tlb.shift[TLB_PAGE]);
	unsigned self = w->obs.cpu;
	struct tlb_cpu *cpu = &w->tlb.cpus[self];
	u32 context = mm->tlb.context[self];
	unsigned size;

	observe_count_many(&w->obs, EV_flush_tlb_range, rule, nr);
	observe_count_many(&w->obs, EV_flush_tlb_mm_range, RULE_NONE, nr);
	w->obs.events[EV_flush_one] += nr * pages;
	mm->tlb.gen += nr;
	mm->tlb.seen[self] = mm->tlb.gen;
	if (!context)
		return;
	for (size = 0; size < NR_TLB_SIZES; size++)
		if (cpu->held[size])
			drop_pages(cpu, size, context,
				   start >> w->tlb.shift[size],
				   (end - 1) >> w->tlb.shift[size]);
	drop_tables(cpu, context);
}

void flush_tlb_range_each(struct mmsim_mm *mm, vaddr_t start, u64 nr, u64 pages,
			  enum sim_rule rule)
{
	u64 len = pages << mm->world->tlb.shift[TLB_PAGE];

	for (; nr && !may_flush_as_one(mm, pages); nr--, start += len)
		flush_tlb_range(mm, start, start + len, rule);
	if (nr)
		flush_each_alone(mm, start, nr, pages, rule);
}

static struct flush page_flush(struct mmsim_mm *mm, vaddr_t addr)
{
	u64 page = BIT_U64(mm->world->tlb.shift[TLB_PAGE]);

	return (struct flush){ .mm = mm,
			       .start = align_down(addr, page),
			       .end = align_down(addr, page) + page };
}

void flush_tlb_page(struct mmsim_mm *mm, vaddr_t addr, enum sim_rule rule)
{
	struct flush f = page_flush(mm, addr);

	mm_trace(mm, EV_flush_tlb_page, rule, addr, f.start, f.end);
	do_flush(&f);
}

void flush_tlb_nosync(struct mmsim_mm *mm, vaddr_t start, u64 len,
		      enum sim_rule rule)
{
	struct flush f = { .mm = mm, .start = start, .end = start + len };

	mm_trace(mm, EV_flush_tlb_nosync, rule, start, f.start, f.end);
	count(&f, EV_hw_tlbi, tlbi_range_ops(flush_pages(&f)));
	flush_cpus(&f, all_cpus(mm->world));
}

void local_flush_tlb_page(struct mmsim_mm *mm, vaddr_t addr, enum sim_rule rule)
{
	struct flush f = page_flush(mm, addr);

	mm_trace(mm, EV_local_flush_tlb_page, rule, addr, f.start, f.end);
	arm64_flush(&f, true);
}

void flush_tlb_relaxed(struct mmsim_mm *mm, vaddr_t addr, enum sim_rule rule)
{
	if (mm->world->arch != MMSIM_ARCH_ARM64)
		return;
	if (feat(mm->world, FEAT_ARM64_LOCAL_FLUSH))
		local_flush_tlb_page(mm, addr, rule);
	else
		flush_tlb_page(mm, addr, rule);
}

void flush_tlb_mm(struct mmsim_mm *mm, enum sim_rule rule)
{
	struct flush f = { .mm = mm, .all = true };

	mm_trace(mm, EV_flush_tlb_mm, rule, 0, 0, 0);
	do_flush(&f);
}

/* ---- put off ---- */

#define BATCHED_MASK  0x7fffu
#define BATCHED_SHIFT 16 /* of those done */
#define BATCHED_LARGE (BATCHED_MASK / 2)

static bool has_tlbbatch(const struct mmsim *w)
{
	return w->arch == MMSIM_ARCH_X86_64 || feat(w, FEAT_ARM64_TLBBATCH);
}

bool arch_tlbbatch_should_defer(const struct mmsim_mm *mm)
{
	const struct mmsim *w = mm->world;

	if (w->arch == MMSIM_ARCH_X86_64)
		return mm->tlb.cpumask & ~BIT_U64(w->obs.cpu);
	return has_tlbbatch(w);
}

static void note_batched(struct mmsim_mm *mm)
{
	u32 pending = mm->tlb.batched & BATCHED_MASK;

	mm->tlb.batched = pending > BATCHED_LARGE ? 1 : mm->tlb.batched + 1;
}

void arch_tlbbatch_add_pending(struct mmsim_mm *mm, vaddr_t start, vaddr_t end,
			       u64 *cpus)
{
	if (mm->world->arch == MMSIM_ARCH_X86_64) {
		mm->tlb.gen++;
		*cpus |= mm->tlb.cpumask;
	} else {
		flush_tlb_nosync(mm, start, end - start, RULE_UNMAP_DEFER);
	}
	note_batched(mm);
}

/* Whatever the CPU runs: what it ran before is flushed when it comes back. */
static void batch_flush_cpus(struct mmsim *w, u64 cpus)
{
	struct mmsim_mm *mm;
	unsigned nr;

	for (nr = 0; cpus; nr++, cpus >>= 1) {
		mm = w->tlb.cpus[nr].mm;
		if (!(cpus & 1) || !mm || mm->tlb.seen[nr] == mm->tlb.gen)
			continue;
		mm->tlb.seen[nr] = mm->tlb.gen;
		w->obs.events[EV_flush_all]++;
		tlb_new_context(w, nr, mm);
	}
}

void arch_tlbbatch_flush(struct mmsim *w, u64 cpus)
{
	u64 own = BIT_U64(w->obs.cpu);

	sim_trace(&w->obs, EV_tlbbatch_flush, RULE_UNMAP_DEFER, 0, 0, cpus, 0);
	if (w->arch == MMSIM_ARCH_ARM64)
		w->obs.events[EV_hw_dsb]++;
	if (cpus & ~own) {
		sim_trace(&w->obs, EV_flush_remote, RULE_FLUSH_REMOTE, 0, 0,
			  w->obs.cpu, cpus & ~own);
		w->obs.events[EV_flush_received] += nr_cpus(cpus & ~own);
	}
	sim_step(w, MMSIM_STEP_FLUSH, 0);
	batch_flush_cpus(w, cpus & own);
	sim_step(w, MMSIM_STEP_FLUSH_DONE, 0);
	batch_flush_cpus(w, cpus & ~own);
}

void flush_tlb_batched_pending(struct mmsim_mm *mm)
{
	u32 pending = mm->tlb.batched & BATCHED_MASK;

	if (!has_tlbbatch(mm->world))
		return;
	mm_trace(mm, EV_batched_pending, RULE_NONE, 0, mm->tlb.batched, 0);
	if (pending == mm->tlb.batched >> BATCHED_SHIFT)
		return;
	if (mm->world->arch == MMSIM_ARCH_ARM64)
		mm->world->obs.events[EV_hw_dsb]++;
	else
		flush_tlb_mm(mm, RULE_FLUSH_BATCHED);
	mm->tlb.batched = pending | pending << BATCHED_SHIFT;
}

void flush_hash_entry(struct mmsim_mm *mm, vaddr_t addr)
{
	struct flush f = page_flush(mm, addr);

	mm_trace(mm, EV_flush_hash_page, RULE_HASH_FLUSH, addr, f.start, f.end);
	flush_cpus(&f, all_cpus(mm->world));
}

void flush_hash_huge(struct mmsim_mm *mm, vaddr_t addr, u64 len)
{
	struct flush f = { .mm = mm,
			   .start = align_down(addr, len),
			   .end = align_down(addr, len) + len };

	mm_trace(mm, EV_flush_hash_huge, RULE_HASH_FLUSH, addr, f.start, f.end);
	flush_cpus(&f, all_cpus(mm->world));
}
