/* SPDX-License-Identifier: MIT */
#include "tlb/context.h"

#include <errno.h>
#include <string.h>

/* ASIDs of 16 bits; 0 is the kernel's. PIDs of powerpc are 20 bits. */
#define ARM64_ASIDS 65536u

/* ---- contexts ---- */

/* Contexts were used up: what they stood for is dropped. */
static void contexts_restart(struct mmsim *w, unsigned cpu)
{
	struct tlb_cpu *c = &w->tlb.cpus[cpu];
	struct tlb_array *a;
	struct mmsim_mm *mm;
	unsigned i;

	for (i = 0; i < w->tlb.geometry.nr; i++) {
		a = &c->array[i];
		memset(a->entries, 0,
		       (a->mask + 1) * a->ways * sizeof(*a->entries));
		memset(a->marks, 0, (a->mask + 1) * a->stride);
	}
	memset(c->psc, 0, sizeof(c->psc));
	memset(c->held, 0, sizeof(c->held));
	LIST_FOREACH(mm, &w->mms, link)
		mm->tlb.context[cpu] = 0;
	c->last_context = 0;
}

/*
 * Contexts are handed out far apart, each once (the step is odd): after a full
 * flush the sets are full of what the context before left there, often of the
 * same pages and their neighbours, and their marks (tlb_mark()) have to differ.
 */
static u32 context_number(u32 nth)
{
	return nth * 79 & TLB_CONTEXT_MAX;
}

void tlb_new_context(struct mmsim *w, unsigned cpu, struct mmsim_mm *mm)
{
	struct tlb_cpu *c = &w->tlb.cpus[cpu];

	mm->tlb.context[cpu] = 0;
	if (c->mm != mm)
		return;
	if (c->last_context == TLB_CONTEXT_MAX)
		contexts_restart(w, cpu);
	c->context = mm->tlb.context[cpu] = context_number(++c->last_context);
	c->psc_used = 0;
}

/* ---- who runs ---- */

/* Give a process one of the CPU's PCIDs: who had it loses its entries. */
static void x86_take_slot(struct tlb_cpu *cpu, unsigned nr, struct mmsim_mm *mm)
{
	unsigned i;

	for (i = 0; i < TLB_X86_SLOTS; i++)
		if (cpu->slot[i] == mm)
			return;
	i = cpu->next_slot;
	cpu->next_slot = (i + 1) % TLB_X86_SLOTS;
	if (cpu->slot[i])
		cpu->slot[i]->tlb.context[nr] = 0;
	cpu->slot[i] = mm;
	mm->tlb.context[nr] = 0;
}

static void x86_load(struct tlb_cpu *cpu, unsigned nr, struct mmsim_mm *old,
		     struct mmsim_mm *mm)
{
	if (old)
		old->tlb.cpumask &= ~BIT_U64(nr);
	x86_take_slot(cpu, nr, mm);
	if (mm->tlb.seen[nr] != mm->tlb.gen && mm->tlb.context[nr]) {
		mm_trace(mm, EV_flush_all, RULE_FLUSH_MISSED, 0, nr, 0);
		mm->tlb.context[nr] = 0;
	}
	mm->tlb.seen[nr] = mm->tlb.gen;
}

/* Every ASID was used: all TLBs are emptied, those that run keep theirs. */
static void asid_rollover(struct mmsim *w)
{
	unsigned i;

	w->tlb.asid_round++;
	w->tlb.last_asid = 0;
	tlb_empty(w);
	for (i = 0; i < w->cpus; i++)
		if (w->tlb.cpus[i].mm)
			w->tlb.cpus[i].mm->tlb.asid_round = w->tlb.asid_round;
}

static bool asid_runs(const struct mmsim *w, u32 asid)
{
	unsigned i;

	for (i = 0; i < w->cpus; i++)
		if (w->tlb.cpus[i].mm && w->tlb.cpus[i].mm->tlb.asid == asid)
			return true;
	return false;
}

static void asid_check(struct mmsim *w, struct mmsim_mm *mm)
{
	if (mm->tlb.asid && mm->tlb.asid_round == w->tlb.asid_round)
		return;
	do {
		if (++w->tlb.last_asid == ARM64_ASIDS &&
		    w->arch == MMSIM_ARCH_ARM64) {
			mm_trace(mm, EV_asid_rollover, RULE_NONE, 0, 0, 0);
			asid_rollover(w);
			w->tlb.last_asid = 1;
		}
	} while (asid_runs(w, w->tlb.last_asid));
	mm->tlb.asid = w->tlb.last_asid;
	mm->tlb.asid_round = w->tlb.asid_round;
}

void tlb_load(struct tlb_cpu *cpu, struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;
	unsigned nr = (unsigned)(cpu - w->tlb.cpus);
	struct mmsim_mm *old = cpu->mm;

	if (w->arch == MMSIM_ARCH_X86_64)
		x86_load(cpu, nr, old, mm);
	else
		asid_check(w, mm);
	mm->tlb.cpumask |= BIT_U64(nr);
	cpu->mm = mm;
	if (mm->tlb.context[nr]) {
		cpu->context = mm->tlb.context[nr];
		cpu->psc_used = TLB_PSC_ALL;
	} else {
		tlb_new_context(w, nr, mm);
	}
}

void tlb_forget_mm(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;
	struct tlb_cpu *cpu;
	unsigned i, slot;

	for (i = 0; i < w->cpus; i++) {
		cpu = &w->tlb.cpus[i];
		if (cpu->mm == mm) {
			cpu->mm = NULL;
			cpu->context = 0;
		}
		for (slot = 0; slot < TLB_X86_SLOTS; slot++)
			if (cpu->slot[slot] == mm)
				cpu->slot[slot] = NULL;
	}
}

void tlb_empty(struct mmsim *w)
{
	struct mmsim_mm *mm;
	unsigned i;

	LIST_FOREACH(mm, &w->mms, link)
		for (i = 0; i < w->cpus; i++)
			if (mm->tlb.context[i])
				tlb_new_context(w, i, mm);
}

bool tlb_flush_is_pending(const struct mmsim *w, unsigned cpu,
			  const struct mmsim_mm *mm)
{
	return w->arch == MMSIM_ARCH_X86_64 && w->tlb.cpus[cpu].mm != mm &&
	       mm->tlb.seen[cpu] != mm->tlb.gen;
}

/* ---- a world's ---- */

static size_t marks_size(const struct tlb_array *a)
{
	return (size_t)(a->mask + 1) * a->stride + TLB_MARKS_LOOK;
}

static int array_init(struct mmsim *w, struct tlb_array *a,
		      const struct tlb_array_geometry *g)
{
	a->ways = g->ways;
	a->stride = (g->ways + TLB_MARKS_ROW) & ~(TLB_MARKS_ROW - 1u);
	a->round = g->ways > 1;
	a->mask = g->sets - 1;
	while ((u64)1 << a->shift < g->sets)
		a->shift++;
	a->entries = host_alloc(&w->host, (size_t)g->sets * g->ways *
						  sizeof(*a->entries));
	a->marks = host_alloc(&w->host, marks_size(a));
	return a->entries && a->marks ? 0 : -ENOMEM;
}

static void pages_init(struct tlb_cpu *cpu)
{
	const struct tlb_array *a = cpu->of_size[TLB_PAGE];

	cpu->pages.entries = a ? a->entries : &cpu->none;
	cpu->pages.mask = a ? a->mask : 0;
	cpu->pages.set_size = a ? a->ways * sizeof(*a->entries) : 0;
	if (!a || a->stride != TLB_MARKS_ROW)
		return;
	cpu->pages.rows = a->marks;
	cpu->pages.ways = a->ways;
	cpu->pages.round = a->round;
	cpu->pages.shift = a->shift;
}

static int cpu_init(struct mmsim *w, struct tlb_cpu *cpu)
{
	const struct tlb_geometry *g = &w->tlb.geometry;
	unsigned i, size;
	int rc;

	cpu->batch = host_alloc(&w->host, GATHER_BATCH * sizeof(*cpu->batch));
	cpu->rights_of = cpu->huge_rights_of = ~(u64)0;
	memset(cpu->ready_of, 0xff, sizeof(cpu->ready_of));
	if (!cpu->batch)
		return -ENOMEM;
	for (i = 0; i < g->nr; i++) {
		rc = array_init(w, &cpu->array[i], &g->array[i]);
		if (rc)
			return rc;
		for (size = 0; size < NR_TLB_SIZES; size++)
			if (g->array[i].sizes & 1u << size)
				cpu->of_size[size] = &cpu->array[i];
	}
	pages_init(cpu);
	return 0;
}

int tlb_init(struct mmsim *w)
{
	unsigned i;
	int rc;

	w->tlb.inside = BIT_U64(w->tlb.shift[TLB_PAGE]) - 1;
	w->tlb.contiguous = true;
	w->tlb.cpus = host_alloc(&w->host, w->cpus * sizeof(*w->tlb.cpus));
	if (!w->tlb.cpus)
		return -ENOMEM;
	for (i = 0; i < w->cpus; i++) {
		rc = cpu_init(w, &w->tlb.cpus[i]);
		if (rc)
			return rc;
	}
	return 0;
}

static void array_free(struct mmsim *w, struct tlb_array *a)
{
	size_t sets = a->mask + 1;

	host_free(&w->host, a->entries, sets * a->ways * sizeof(*a->entries));
	host_free(&w->host, a->marks, marks_size(a));
}

void tlb_destroy(struct mmsim *w)
{
	struct tlb_cpu *cpu;
	unsigned i, k;

	for (i = 0; w->tlb.cpus && i < w->cpus; i++) {
		cpu = &w->tlb.cpus[i];
		for (k = 0; k < w->tlb.geometry.nr; k++)
			array_free(w, &cpu->array[k]);
		host_free(&w->host, cpu->batch,
			  GATHER_BATCH * sizeof(*cpu->batch));
	}
	host_free(&w->host, w->tlb.cpus, w->cpus * sizeof(*w->tlb.cpus));
}
