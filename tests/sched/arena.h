/* SPDX-License-Identifier: MIT */
/*
 * A small world with two CPUs, and the calls that a case makes in it. What a
 * process sees of them is noted down, to be compared with serial orders.
 */
#ifndef SCHED_ARENA_H
#define SCHED_ARENA_H

#include <mmsim/mmsim.h>
#include <mmsim/sys/sched.h>
#include <stdbool.h>

#include "support/test.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

#define RW (MMSIM_PROT_READ | MMSIM_PROT_WRITE)
#define RO MMSIM_PROT_READ

/* A multiple of every format's PMD size. */
#define BASE ((uint64_t)1 << 40)

#define NR_CPUS 2

struct arena {
	struct mmsim *w;
	struct mmsim_mm *mm, *child;
	struct mmsim_file *file;
	uint64_t page, pmd, max_pages;
	char note[NR_CPUS][64]; /* what a CPU's calls returned */
};

/* By options of the command; false: this library has no such format. */
bool arena_open(struct arena *a, const char *options);
void arena_close(struct arena *a);

/* The address of a page of the mapping under test. */
uint64_t at(const struct arena *a, unsigned nr);

/* ---- preparing: these must succeed ---- */

void map_pages(struct arena *a, uint64_t pages, int prot, int flags);
void map_memfd(struct arena *a, uint64_t pages, int flags);
void fill_page(struct arena *a, unsigned nr, char byte);
void fork_child(struct arena *a);

/* ---- calls on a CPU, with a note of the result ---- */

void note(struct arena *a, unsigned cpu, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void store(struct arena *a, unsigned cpu, struct mmsim_mm *mm, uint64_t addr,
	   char byte);
void load(struct arena *a, unsigned cpu, struct mmsim_mm *mm, uint64_t addr);

/* ---- afterwards ---- */

/* The byte of an address as a process would read it: "x", or the signal. */
void show_byte(struct arena *a, struct mmsim_mm *mm, uint64_t addr, char *buf,
	       size_t len);

uint64_t counter(struct arena *a, const char *name);

#endif
