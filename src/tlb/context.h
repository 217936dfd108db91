/* SPDX-License-Identifier: MIT */
/*
 * Which process a CPU runs, and by which context its TLB knows it.
 *
 * x86: a CPU keeps PCIDs for the last few processes. It leaves a process's
 * mm_cpumask when it switches away, so flushes pass it by; when it comes back
 * and finds that it missed one, it flushes all of the process first.
 * arm64: one ASID per process, good on every CPU, until all are used up; then
 * every TLB is emptied. Invalidations reach all CPUs anyhow.
 * powerpc: one PID per process; a CPU that once ran it stays in mm_cpumask,
 * which decides between a local invalidation and a broadcast.
 */
#ifndef TLB_CONTEXT_H
#define TLB_CONTEXT_H

#include "core/types.h"
#include "core/world.h"

/* Out of the way: the CPU runs another process. */
void tlb_load(struct tlb_cpu *cpu, struct mmsim_mm *mm);

/* A CPU drops every entry it has of a process. */
void tlb_new_context(struct mmsim *w, unsigned cpu, struct mmsim_mm *mm);

/**
 * tlb_switch() - the running CPU is about to run a process.
 *
 * Return: the CPU's TLB.
 */
static inline struct tlb_cpu *tlb_switch(struct mmsim_mm *mm)
{
	struct mmsim *w = mm->world;
	struct tlb_cpu *cpu = &w->tlb.cpus[w->obs.cpu];

	if (unlikely(cpu->mm != mm))
		tlb_load(cpu, mm);
	return cpu;
}

/* The process has ended: no CPU knows it any more. */
void tlb_forget_mm(struct mmsim_mm *mm);

/* Empty every TLB, as a machine does that forgets them by itself. */
void tlb_empty(struct mmsim *w);

/* Whether what a CPU holds of a process will be flushed before it is used. */
bool tlb_flush_is_pending(const struct mmsim *w, unsigned cpu,
			  const struct mmsim_mm *mm);

/**
 * tlb_init() - the TLBs of a world; its geometry and CPUs are set.
 *
 * Return: 0 or -ENOMEM.
 */
int tlb_init(struct mmsim *w);
void tlb_destroy(struct mmsim *w);

#endif
