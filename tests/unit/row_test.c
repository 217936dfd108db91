/* SPDX-License-Identifier: MIT */
/*
 * Rows: pages and large folios that an operation deals with in one loop, where
 * nobody hears of each. They end as they do one by one.
 */
#include <stdio.h>
#include <string.h>

#include "core/backend.h"
#include "support/test.h"
#include "swap/device.h"

#include <mmsim/mmsim.h>

#define SCENARIO_TEXT 1024

/* What leads to rows, and to their ends. */
static const char *const rows[] = {
	/* More than one table and one cluster; zeroes and other bytes. */
	"write A 0 700p 0\nwrite A 100p 30p 5\nmadvise A 0 700p pageout\n"
	"read A 90p 50p\nmadvise A 80p 100p pageout\nread A 0 700p\n",
	/* Pages that others map, or have mapped; the child's own. */
	"write A 0 64p 1\nfork C\nwrite A 8p 8p 2\n@C write A 12p 8p 3\n"
	"madvise A 0 64p pageout\n@C madvise A 0 64p pageout\nexit C\n"
	"madvise A 0 64p pageout\nread A 0 64p\n",
	/* Several VMAs, one of which was moved; entries of all kinds. */
	"write A 0 64p 1\nmprotect A 16p 16p r\nmprotect A 40p 8p none\n"
	"clear_refs 4\nmremap A 20p 4p 4p maymove\nread A 0 8p\n"
	"write A 4p 2p 9\nclear_refs 1\nread A 5p 1p\n"
	"madvise A 0 64p pageout\nmadvise A 32p 8p pageout\nread A 0 16p\n",
	/* The CPU's batch, references and pins; MADV_FREE; what is locked. */
	"write A 0 20p 1\nmadvise A 0 20p pageout\nread A 0 20p\ndrain\n"
	"madvise A 4p 4p free\npin A 8p 1p\nmadvise A 0 20p pageout\nunpin\n"
	"mlock A 12p 4p\nmadvise A 0 12p pageout\nreclaim 8\n",
	/* What another CPU may have; a second device. */
	"write A 0 64p 1\ndrain\ncpu 1\nread A 0 64p\n"
	"madvise A 0 32p pageout\nread A 0 16p\nclear_refs 1\n"
	"madvise A 0 48p pageout\nswapon zram\nmadvise A 0 64p pageout\n"
	"read A 0 64p\ncpu 0\nread A 0 64p\n",
	/* A device that takes time, and one more that does not. */
	"write A 0 32p 1\nswapoff\nswapon ssd\nmadvise A 0 16p pageout\n"
	"swapon zram\nmadvise A 0 32p pageout\nread A 0 32p\n",
	/* Large folios among single pages. */
	"mthp 64 always\nwrite A 0 100p 1\nmthp 64 never\n"
	"write A 100p 100p 2\nmadvise A 90p 100p pageout\n"
	"madvise A 0 200p pageout\nread A 0 200p\n",
	/* Written when they come back: tracked, read-only, of two processes. */
	"write A 0 64p 1\nmadvise A 0 64p pageout\nwrite A 0 32p 2\n"
	"clear_refs 4\nmadvise A 0 64p pageout\nwrite A 0 64p 3\n"
	"mprotect A 8p 8p r\nmadvise A 0 64p pageout\nmprotect A 8p 8p rw\n"
	"write A 0 20p 4\nfork C\nmadvise A 0 64p pageout\n"
	"@C madvise A 0 64p pageout\nwrite A 0 16p 4\nread A 16p 16p\n"
	"@C write A 0 64p 5\nexit C\nwrite A 0 64p 6\n",
	/* Large folios alone: of two sizes, with zeroes or not, then as they
	 * come back; parts of them. */
	"mthp 64 always\nwrite A 0 600p 0\nwrite A 37p 1p 4\n"
	"madvise A 0 600p pageout\nread A 0 300p\nmthp 64 never\n"
	"mthp 16 always\nwrite A 600p 64p 2\nmadvise A 0 700p pageout\n"
	"read A 0 700p\nmadvise A 8p 40p pageout\nread A 0 64p\n",
	/* Of two processes, with rights of their own, without all entries. */
	"mthp 64 always\nwrite A 0 320p 3\nfork C\nwrite A 3p 2p 1\n"
	"write A 64p 16p 1\nmprotect A 96p 8p r\nmunmap A 128p 4p\n"
	"madvise A 0 128p pageout\nexit C\nclear_refs 4\nwrite A 33p 1p 1\n"
	"madvise A 0 128p pageout\nread A 0 64p\n"
	"madvise A 132p 188p pageout\nreclaim 40\nread A 132p 100p\n",
	/* Pinned, and moved across the end of a table. */
	"mthp 64 always\nwrite A 0 64p 3\npin A 20p 1p ro\n"
	"mremap A 32p 32p 32p maymove\nmadvise A 0 32p pageout\nunpin\n"
	"madvise A 0 32p pageout\nread A 0 32p\n",
	/* Marked by the scanner: of two nodes, shared, pinned, of other rights,
	 * once more; then swapped out. */
	"write A 0 300p 1\ncpu 1\nwrite A 300p 400p 1\ndrain\nnuma_scan 1\n"
	"read A 290p 20p\nfork C\nwrite A 310p 10p 2\nnuma_scan 1\ncpu 0\n"
	"numa_scan 1\n@C read A 0 40p\nexit C\npin A 500p 1p ro\n"
	"mprotect A 600p 20p r\nnuma_scan 1\nread A 100p 300p\nnuma_scan 1\n"
	"madvise A 0 700p pageout\nunpin\nread A 0 700p\n",
	/* Large folios among those marked. */
	"cpu 1\nwrite A 0 100p 1\nmthp 64 always\nwrite A 100p 300p 2\n"
	"cpu 0\nwrite A 400p 300p 3\nmunmap A 230p 3p\nnuma_scan 1\n"
	"read A 50p 90p\ncpu 1\nnuma_scan 1\nmadvise A 0 230p pageout\n",
	/* Rights of folios of three sizes and of single pages: of parts, of
	 * what a fork has shared, of what was written again. */
	"mthp 64 always\nwrite A 0 250p 1\nmthp 128 always\n"
	"write A 256p 200p 2\nmthp 128 never\nmthp 64 never\n"
	"write A 456p 50p 3\nmthp 16 always\nwrite A 506p 194p 4\n"
	"mprotect A 0 700p r\nmprotect A 0 700p rw\nmprotect A 8p 600p none\n"
	"mprotect A 0 700p rw\nfork C\nwrite A 20p 90p 5\n"
	"mprotect A 0 700p r\nmprotect A 0 700p rw\n@C mprotect A 3p 690p r\n"
	"@C mprotect A 0 700p rw\nexit C\nwrite A 100p 9p 6\n"
	"clear_refs 1\nread A 4p 30p\nmprotect A 0 600p r\n"
	"mprotect A 0 700p rw\n",
	/* Forks of what is shared, read-only or written again by whole folios,
	 * of tracked and of pinned pages; then parts go. */
	"mthp 64 always\nwrite A 0 400p 1\nfork B\nfork C\n"
	"write A 0 160p 2\nmprotect A 200p 40p r\n@B write A 320p 3p 3\n"
	"@C fork D\nexit C\nclear_refs 4\nwrite A 0 50p 4\nfork C\n"
	"munmap A 40p 33p\npin A 100p 1p ro\nfork E\n@E dump A\n"
	"@E munmap A 0 390p\n@D munmap A 8p 300p\nexit B\nunpin\n"
	"@C dump A\nexit C\nexit D\nmunmap A 0 399p\n",
	/* Moved, so that folios are no longer aligned, and back. */
	"mthp 64 always\nwrite A 0 400p 1\nmremap A 96p 100p 100p maymove\n"
	"mremap A 203p 77p 77p maymove\nmprotect A 200p 200p r\nfork C\n"
	"mprotect A 200p 200p rw\n@C munmap A 290p 90p\nmunmap A 280p 44p\n",
	/* Parts behind whole folios that look like them, as no block is left:
	 * copied; changed; then of pages of which some are exclusive. */
	"mthp 64 always\nwrite A 0 192p 1\nfork C\nexit C\nwrite A 0 192p 2\n"
	"madvise A 32p 8p dontneed\nmadvise A 64p 3p dontneed\nfork C\n"
	"@C dump A\nexit C\nwrite A 0 32p 3\nwrite A 40p 56p 3\n"
	"mprotect A 0 96p r\ndump A\n"
	"mprotect A 0 192p r\nmprotect A 0 192p rw\ndump A\nfork C\nexit C\n"
	"write A 100p 1p 4\nwrite A 128p 16p 4\nmprotect A 0 192p r\n"
	"mprotect A 0 192p rw\n",
	/* Of a shared mapping. */
	"mmap S 300p rw shared anon\nwrite S 0 300p 1\nfork C\n"
	"@C mprotect S 0 300p r\nclear_refs 4\nwrite S 7p 90p 2\n"
	"mprotect S 0 300p r\nmprotect S 0 300p rw\n@C dump S\nexit C\n"
	"dump S\nmunmap S 5p 250p\n",
};

static const char *const row_worlds[] = {
	"--arch x86_64 --kernel 5.10",
	"--arch x86_64 --kernel 6.6",
	"--arch x86_64 --kernel 6.12",
	"--arch x86_64 --kernel 7.2",
	"--arch arm64 --kernel 6.1",
	"--arch arm64 --kernel 6.18",
	"--arch ppc64 --kernel 6.12",
	"--arch x86_64 --kernel 7.2 --feature +unmap-batch-anon",
	"--arch arm64 --kernel 7.2 --feature +unmap-batch-anon",
	"--arch x86_64 --kernel 5.10 --nodes 2",
	"--arch x86_64 --kernel 7.2 --nodes 2",
	"--arch arm64 --kernel 6.12 --nodes 2",
	"--arch arm64 --kernel 7.2",
};

static void keep_nothing(const struct mmsim_event *event, void *user)
{
	(void)event;
	(void)user;
}

/* What was said, as one number. */
static void sum_line(const char *line, void *user)
{
	u64 *sum = user;

	while (*line)
		*sum = *sum * 31 + (u8)*line++;
}

/* The world in the end, or NULL: this build has not its format. What was heard
 * went page by page. */
static struct mmsim *row_world(const char *options, const char *ops, bool heard,
			       u64 *said)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	char text[SCENARIO_TEXT];
	struct mmsim *w;
	int rc;

	config.cpus = 2;
	assert_int_equal(mmsim_config_parse(&config, options), 0);
	if (mmsim_create(&config, &w))
		return NULL;
	if (heard)
		assert_int_equal(mmsim_on_event(w, keep_nothing, NULL), 0);
	snprintf(text, sizeof(text),
		 "tlb keep\nswapon zram\nmmap A 700p rw private anon\n%s"
		 "dump A\ncheck\n",
		 ops);
	*said = 0;
	rc = mmsim_run_scenario(w, text, strlen(text), sum_line, said);
	if (rc)
		fail_msg("%s: %s: %s", options, ops, mmsim_last_error(w));
	return w;
}

static void sum_slot(struct swap_ref at, unsigned count, pfn_t cache,
		     void *user)
{
	u64 *sum = user;

	*sum = *sum * 31 + (at.type << 24 ^ at.offset << 8 ^ count ^ cache);
}

static u64 slots_of(struct mmsim *w)
{
	u64 sum = 0;

	swap_for_each_slot(w, sum_slot, &sum);
	return sum;
}

static void assert_same_tlb(const struct tlb_array *a,
			    const struct tlb_array *b)
{
	if (a->entries)
		assert_memory_equal(a->entries, b->entries,
				    (a->mask + 1) * a->ways *
					    sizeof(*a->entries));
}

static void assert_same_count(const char *name, u64 a, u64 b)
{
	if (a != b)
		fail_msg("%s: %llu, page by page %llu", name,
			 (unsigned long long)a, (unsigned long long)b);
}

static void assert_same_world(struct mmsim *a, struct mmsim *b)
{
	unsigned i, cpu;

	for (i = 0; i < NR_EVENTS; i++)
		assert_same_count(event_table[i].name, a->obs.events[i],
				  b->obs.events[i]);
	assert_memory_equal(a->mthp, b->mthp, sizeof(a->mthp));
	assert_memory_equal(a->phys.node, b->phys.node, sizeof(a->phys.node));
	assert_int_equal(slots_of(a), slots_of(b));
	for (cpu = 0; cpu < a->cpus; cpu++)
		for (i = 0; i < TLB_MAX_ARRAYS; i++)
			assert_same_tlb(&a->tlb.cpus[cpu].array[i],
					&b->tlb.cpus[cpu].array[i]);
}

static void a_row_of_pages_goes_as_they_would_one_by_one(void **state)
{
	struct mmsim *a, *b;
	u64 said_a, said_b;
	size_t world, i;

	(void)state;
	for (world = 0; world < ARRAY_SIZE(row_worlds); world++) {
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			a = row_world(row_worlds[world], rows[i], false,
				      &said_a);
			b = row_world(row_worlds[world], rows[i], true,
				      &said_b);
			if (a && b) {
				assert_same_world(a, b);
				if (said_a != said_b)
					fail_msg("%s: %s: said otherwise",
						 row_worlds[world], rows[i]);
			}
			mmsim_destroy(a);
			mmsim_destroy(b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_of_pages_goes_as_they_would_one_by_one),
	};

	return cmocka_run_group_tests_name("row", tests, NULL, NULL);
}
