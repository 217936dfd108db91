/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks share: clocks, one simulated world, native memory, and
 * the table of what is measured.
 *
 * Each item has up to three sides: the simulator, the host's own kernel doing
 * the same, and a loop in this program that nobody who keeps the same data
 * could undercut by much. They are run in turn; mmsim-bench.c compares them.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <mmsim/mmsim.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proto;
struct rmw;
struct walker;

/* A limit for a median; 0: none. */
struct target {
	double native; /* of simulator / native */
	double bound;  /* of simulator / bound */
	double value;  /* of the simulator's own figure */
};

/* One item in one world. */
struct run {
	const struct item *item;
	const char *options;   /* of the world */
	const char *command;   /* path of the command mmsim, or NULL */
	const char *traces;    /* folder of recorded traces, or NULL */
	const char *eventless; /* mmsim-bench without events, or NULL */
	bool quick;
	size_t pages; /* in the large range */

	struct mmsim *world;
	struct mmsim_mm *mm;
	uint64_t page_size; /* simulated */
	uint64_t pmd_size;
	uint64_t at; /* the large range */

	char *native; /* the host's own range */
	struct proto *proto;
	struct rmw *rmw;
	struct walker *walker;
	uint64_t *list; /* addresses or the like */
};

/**
 * struct item - one thing that is measured.
 * @unit: of its figures: "ns", "bytes", "ratio".
 * @pages: size of the range: full and with --quick.
 * @native_forks: the native side forks this process: the simulator's own
 *	memory is write-protected by it, and has to be made writable again.
 * @needs_command: it runs the command mmsim.
 * @needs_eventless: it runs this program, and itself built without events.
 * @setup, @teardown: before the first round and after the last.
 * @sim, @native, @bound: one round; the figure. NULL, or not a number from
 *	@native: there is no such side.
 */
struct item {
	const char *name, *unit, *what;
	size_t pages, quick_pages;
	struct target first, goal;
	bool native_forks;
	bool needs_command;
	bool needs_eventless;
	void (*setup)(struct run *r);
	double (*sim)(struct run *r);
	double (*native)(struct run *r);
	double (*bound)(struct run *r);
	void (*teardown)(struct run *r);
};

extern const struct item fault_items[];
extern const struct item range_items[];
extern const struct item access_items[];
extern const struct item vma_items[];
extern const struct item world_items[];
extern const struct item huge_items[];
extern const struct item ksm_items[];
extern const struct item swap_items[];
extern const struct item numa_items[];

#define NATIVE_PAGE   ((size_t)4096)
#define GIB	      ((size_t)1 << 30)
#define PAGES_PER_GIB (GIB / NATIVE_PAGE)

/* ---- this program ---- */

/* For qsort(). */
int compare_doubles(const void *a, const void *b);

/* CPU time of this thread, the kernel's part included: what others do to the
 * machine meanwhile is left out as far as it can be. */
double now_ns(void);

/* Bytes of host memory that this program holds. */
double resident(void);

/* End the program: what it measures would mean nothing. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A call that must succeed: 0 or the negative errno of the library. */
void must(const struct run *r, int rc, const char *what);

/* calloc() that ends the program if there is no memory. */
void *must_alloc(size_t nr, size_t size);

/* Fresh zeroed memory in whole pages; @huge asks for the host's huge pages. */
void *arena_map(size_t bytes, bool huge);
void arena_unmap(void *p, size_t bytes);

/* A pseudo-random sequence, the same in each run. */
static inline uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

/* Keep a result that nobody reads. */
static inline void keep(uint64_t value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

/* ---- the simulated side ---- */

/* Make r->world with one process; room for @pages in memory and as much
 * again for copies. @kernel: 0: what the options say. */
void sim_create(struct run *r, size_t pages, uint32_t kernel);
/* The same with that much memory, whatever the options say. */
void sim_create_with(struct run *r, uint64_t memory);
/* The same with @nodes nodes of a CPU each, each with room for @pages. */
void sim_create_nodes(struct run *r, size_t pages, unsigned nodes);
/* The same with room for @pages huge pages. */
void sim_create_huge(struct run *r, size_t pages);
void sim_destroy(struct run *r);

/* Map private anonymous memory, readable and writable; sparse: more than the
 * kernel would charge for at once. */
uint64_t sim_map(struct run *r, size_t pages);
uint64_t sim_map_sparse(struct run *r, size_t pages);
void sim_unmap(struct run *r, uint64_t at, size_t pages);
void sim_protect(struct run *r, uint64_t at, size_t pages, int prot);

/* One access without contents to each page of a range. */
void sim_touch(struct run *r, uint64_t at, size_t pages,
	       enum mmsim_access kind);

/* ---- the native side ---- */

/* Private anonymous memory in pages of 4K only. */
char *native_map(size_t pages);
void native_unmap(char *p, size_t pages);
void native_protect(char *p, size_t pages, int prot);
void native_write(char *p, size_t pages);
void native_read(const char *p, size_t pages);

/* A child that holds what it inherits until native_reap(). */
struct native_child {
	int pid, fd;
};
void native_fork(struct native_child *child);
void native_reap(struct native_child *child);

#endif
