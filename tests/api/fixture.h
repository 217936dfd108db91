/* SPDX-License-Identifier: MIT */
/*
 * A world with one process for each test, in every format and recorded
 * release; checked whole and destroyed after it.
 */
#ifndef API_FIXTURE_H
#define API_FIXTURE_H

#include <mmsim/mmsim.h>
#include <stdbool.h>

#include "support/test.h"

#define KERNEL(major, minor) MMSIM_KERNEL(major, minor)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

#define RW (MMSIM_PROT_READ | MMSIM_PROT_WRITE)
#define RO MMSIM_PROT_READ
#define ANON (MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS)
#define SHARED MMSIM_MAP_SHARED
#define PRIVATE MMSIM_MAP_PRIVATE
#define FIXED MMSIM_MAP_FIXED

/* Where the tests map: a multiple of every format's PMD size. */
#define BASE ((uint64_t)1 << 40)

/* A format and a release. */
struct world_case {
	const char *name;
	enum mmsim_arch arch;
	uint32_t page_size;
	enum mmsim_mmu mmu;
	uint32_t kernel;
};

struct fixture {
	const struct world_case *c;
	struct mmsim *w;
	struct mmsim_mm *mm;
	uint64_t page, pmd;
};

/* Its state is the fixture. */
struct fixture_test {
	const char *name;
	void (*run)(void **state);
};
#define TEST(name) { #name, name }

/* All formats in the four recorded releases. */
extern const struct world_case world_cases[];
extern const size_t nr_world_cases;

/* A configuration with a format and release. */
struct mmsim_config config_of(const struct world_case *c);

/* Every test in every world whose format this library has. */
int run_in_all_worlds(const char *group, const struct fixture_test *tests,
		      size_t n);

/* Every test in one world: x86-64, 7.2. */
int run_in_one_world(const char *group, const struct fixture_test *tests,
		     size_t n);

/* Fails with the broken invariants' lines. */
void check_world_valid(struct mmsim *w);

/* What a node has: what was asked for in whole huge pages. */
uint64_t node_memory_of(struct mmsim *w);

/* Mappings that must work. */
uint64_t map_at(struct fixture *f, struct mmsim_mm *mm, uint64_t addr,
		uint64_t pages, int prot, int flags, struct mmsim_file *file,
		uint64_t offset);
uint64_t map_anon(struct fixture *f, uint64_t addr, uint64_t pages);
uint64_t map_file(struct fixture *f, uint64_t addr, uint64_t pages, int flags,
		  struct mmsim_file *file);

/* mmap's result. */
int try_map(struct fixture *f, uint64_t addr, uint64_t len, int prot,
	    int flags, struct mmsim_file *file, uint64_t offset,
	    uint64_t *out);

/* One access of one byte: what became of it. */
struct mmsim_fault touch(struct mmsim_mm *mm, uint64_t addr,
			 enum mmsim_access kind);

/* Contents that must be accessible. */
void put_byte(struct mmsim_mm *mm, uint64_t addr, uint8_t byte);
uint8_t get_byte(struct mmsim_mm *mm, uint64_t addr);
void put_bytes(struct mmsim_mm *mm, uint64_t addr, const void *buf,
	       size_t len);
void get_bytes(struct mmsim_mm *mm, uint64_t addr, void *buf, size_t len);

/* Contents that nobody else writes by chance. */
void fill_pattern(uint8_t *buf, size_t len, unsigned seed);

struct mmsim_entry entry_at(struct mmsim_mm *mm, uint64_t addr);
unsigned count_vmas(struct mmsim_mm *mm);

/* Whether a release is at least this one. */
bool from_kernel(const struct fixture *f, unsigned major, unsigned minor);

/* Which mmsim_list("features") names are on. */
bool has_feature(const struct fixture *f, const char *name);

#endif
