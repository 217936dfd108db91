/* SPDX-License-Identifier: MIT */
/*
 * Linear tables: found where pages lie in order, and forgotten by whatever may
 * change one of their entries, so that nobody sees a difference.
 */
#include <errno.h>
#include <string.h>

#include "core/backend.h"
#include "core/world.h"
#include "support/map.h"
#include "support/test.h"
#include "tlb/lookup.h"

#include <mmsim/mmsim.h>

#define BASE   ((u64)1 << 40)
#define TABLES 8

struct linear_case {
	struct mmsim *w;
	struct mmsim_mm *mm;
	u64 page, table; /* bytes that an entry, a table maps */
	u64 random;
	unsigned cpu;
};

static const char *const worlds[] = {
	"--arch x86_64 --kernel 7.2",
	"--arch x86_64 --kernel 5.10",
	"--arch arm64 --kernel 6.1",
	"--arch arm64 --kernel 6.12 --page-size 16k",
	"--arch ppc64 --mmu radix --kernel 6.12",
	"--arch ppc64 --mmu hash --kernel 6.1",
};

static u64 next_random(struct linear_case *t)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return t->random;
}

static struct mmsim_fault access_at(struct linear_case *t, u64 addr,
				    enum mmsim_access kind)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(
		mmsim_access(t->mm, t->cpu, addr, 1, kind, NULL, &fault), 0);
	return fault;
}

static void map(struct linear_case *t)
{
	map_anon_at(t->mm, BASE, TABLES * t->table);
}

static u64 nr_pages(const struct linear_case *t)
{
	return TABLES * t->table / t->page;
}

static void fill(struct linear_case *t)
{
	u64 i;

	for (i = 0; i < nr_pages(t); i++)
		(void)access_at(t, BASE + i * t->page, MMSIM_WRITE);
}

/* A process with tables full of pages in order, and a TLB that holds few.
 * False: this build has no such world. */
static bool begin(struct linear_case *t, const char *options)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	int rc;

	assert_int_equal(mmsim_config_parse(&config, options), 0);
	assert_int_equal(
		mmsim_config_parse(&config, "--tlb 64x4 --mem 16G --cpus 2"),
		0);
	rc = mmsim_create(&config, &t->w);
	if (rc == -EOPNOTSUPP)
		return false;
	assert_int_equal(rc, 0);
	t->page = (u64)1 << t->w->be->page_shift;
	t->table = (u64)1 << t->w->be->hpage_shift;
	t->random = 88172645463325252u;
	t->cpu = 0;
	/* On by default in a build with assertions. */
	assert_int_equal(mmsim_set(t->w, "debug.check", "off"), 0);
	assert_int_equal(mmsim_mm_create(t->w, &t->mm), 0);
	map(t);
	fill(t);
	return true;
}

static void finish(struct linear_case *t)
{
	assert_int_equal(mmsim_check(t->w, NULL, NULL), 0);
	mmsim_destroy(t->w);
}

/* As many reads that change nothing as it takes until all tables were looked
 * at, mostly. */
static void read_on(struct linear_case *t, unsigned nr)
{
	u64 addr;

	while (nr--) {
		addr = BASE + next_random(t) % nr_pages(t) * t->page;
		assert_int_equal(mmsim_access(t->mm, t->cpu, addr, 1,
					      MMSIM_READ, NULL, NULL),
				 0);
	}
}

#define READS (LINEAR_QUIET + 32 * TABLES * LINEAR_NEXT)

/* How many of the tables are known to be linear. */
static unsigned nr_linear(const struct linear_case *t)
{
	const struct linear *l = &t->w->linear;
	unsigned i, nr = 0;
	u64 of;

	for (i = 0; i < TABLES; i++) {
		of = *linear_of(l, (BASE + i * t->table) / t->table) ^ l->gen;
		nr += of && of < LINEAR_GEN;
	}
	return nr;
}

static void assert_tlb_right(struct linear_case *t, u64 addr)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	const struct tlb_entry *found;
	unsigned size;

	assert_int_equal(mmsim_entry_get(t->mm, addr, &entry), 0);
	found = tlb_lookup(t->w, &t->w->tlb.cpus[t->cpu], addr, &size);
	assert_non_null(found);
	assert_int_equal(tlb_pfn(t->w, found, addr, size), entry.pfn);
}

static void in_order(const char *options)
{
	struct linear_case t;
	unsigned i;
	u64 addr;

	if (!begin(&t, options))
		return;
	read_on(&t, READS);
	/* In some lie the frames of tables between those of pages. */
	assert_true(t.w->linear.looked && nr_linear(&t) >= TABLES / 2);
	for (i = 0; i < 1000; i++) {
		addr = BASE + next_random(&t) % nr_pages(&t) * t.page;
		(void)access_at(&t, addr, i % 2 ? MMSIM_READ : MMSIM_WRITE);
		assert_tlb_right(&t, addr);
	}
	finish(&t);
}

static void tables_in_order_are_found(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(worlds); i++)
		in_order(worlds[i]);
}

/* One page of each table gets another frame. */
static void a_page_out_of_order_is_seen(void **state)
{
	struct linear_case t;
	u64 i, at;

	(void)state;
	if (!begin(&t, worlds[0]))
		skip();
	for (i = 0; i < TABLES; i++)
		assert_int_equal(
			mmsim_madvise(t.mm,
				      BASE + i * t.table + (i + 5) * t.page,
				      t.page, MMSIM_MADV_DONTNEED),
			0);
	/* What was freed last is handed out first: each gets the next one's. */
	for (i = TABLES; i--;) {
		at = (i + TABLES - 1) % TABLES;
		(void)access_at(&t, BASE + at * t.table + (at + 5) * t.page,
				MMSIM_WRITE);
	}
	read_on(&t, READS);
	assert_true(t.w->linear.looked);
	assert_int_equal(nr_linear(&t), 0);
	finish(&t);
}

/* A write that copies, where all tables are of pages that a child has too. */
static void an_access_changes_an_entry(void **state)
{
	struct linear_case t;
	struct mmsim_mm *child;
	unsigned i;
	u64 addr;

	(void)state;
	if (!begin(&t, worlds[0]))
		skip();
	assert_int_equal(mmsim_fork(t.mm, &child), 0);
	read_on(&t, READS);
	assert_true(nr_linear(&t) >= TABLES / 2);
	for (i = 0; i < TABLES; i++) {
		addr = BASE + i * t.table + 9 * t.page;
		(void)access_at(&t, addr, MMSIM_WRITE);
		assert_false(t.w->linear.looked);
		/* Of the TLB it is gone by then. */
		read_on(&t, READS);
		(void)access_at(&t, addr, MMSIM_READ);
		assert_tlb_right(&t, addr);
	}
	assert_int_equal(nr_linear(&t), 0);
	finish(&t);
}

/* They take a slot from each other. */
static void processes_at_the_same_addresses(void **state)
{
	struct linear_case t, other;
	unsigned i, k;
	u64 addr;

	(void)state;
	if (!begin(&t, worlds[0]))
		skip();
	other = t;
	other.cpu = 1;
	assert_int_equal(mmsim_mm_create(t.w, &other.mm), 0);
	map(&other);
	fill(&other);
	for (i = 0; i < 6; i++) {
		read_on(i % 2 ? &other : &t, READS);
		assert_true(t.w->linear.looked);
		for (k = 0; k < TABLES; k++) {
			addr = BASE + k * t.table + (i + 1) * t.page;
			(void)access_at(&t, addr, MMSIM_READ);
			assert_tlb_right(&t, addr);
			(void)access_at(&other, addr, MMSIM_READ);
			assert_tlb_right(&other, addr);
		}
	}
	finish(&t);
}

/* Nothing fails, and nobody asks again. */
static void without_host_memory(void **state)
{
	struct linear_case t;

	(void)state;
	if (!begin(&t, worlds[0]))
		skip();
	assert_int_equal(mmsim_fail_host(t.w, 1), 0);
	read_on(&t, READS);
	assert_false(t.w->linear.looked);
	assert_int_equal(t.w->host.fail_in, 0);
	assert_false(t.w->host.failed);
	assert_int_equal(nr_linear(&t), 0);
	finish(&t);
}

static void generations_begin_anew(void **state)
{
	struct linear_case t;
	u64 gen;

	(void)state;
	if (!begin(&t, worlds[0]))
		skip();
	read_on(&t, READS);
	assert_true(nr_linear(&t) > 0);
	t.w->linear.gen = 0 - LINEAR_GEN;
	world_may_change(t.w);
	gen = t.w->linear.gen;
	assert_true(gen && gen < 3 * LINEAR_GEN);
	assert_int_equal(nr_linear(&t), 0);
	read_on(&t, READS);
	assert_true(nr_linear(&t) > 0);
	finish(&t);
}

/* ---- what changes an entry ---- */

static int protect_read(struct linear_case *t, u64 addr)
{
	return mmsim_mprotect(t->mm, addr, t->page, MMSIM_PROT_READ);
}

static int protect_all(struct linear_case *t, u64 addr)
{
	return mmsim_mprotect(t->mm, addr, t->page, 0);
}

static int dontneed(struct linear_case *t, u64 addr)
{
	return mmsim_madvise(t->mm, addr, 2 * t->page, MMSIM_MADV_DONTNEED);
}

static int pageout(struct linear_case *t, u64 addr)
{
	return mmsim_madvise(t->mm, addr, 2 * t->page, MMSIM_MADV_PAGEOUT);
}

static int cold(struct linear_case *t, u64 addr)
{
	return mmsim_madvise(t->mm, addr & ~(t->table - 1), t->table,
			     MMSIM_MADV_COLD);
}

static int clear_referenced(struct linear_case *t, u64 addr)
{
	(void)addr;
	return mmsim_clear_refs(t->mm, 1);
}

static int unmap(struct linear_case *t, u64 addr)
{
	return mmsim_munmap(t->mm, addr, t->page);
}

static int unmap_table(struct linear_case *t, u64 addr)
{
	return mmsim_munmap(t->mm, addr & ~(t->table - 1), t->table);
}

static int move(struct linear_case *t, u64 addr)
{
	u64 to = BASE + 16 * t->table;

	return mmsim_mremap(t->mm, addr, t->page, t->page,
			    MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED, &to);
}

/* Its writes copy from then on; and a child that writes. */
static int fork_child(struct linear_case *t, u64 addr)
{
	struct mmsim_mm *child;
	int rc = mmsim_fork(t->mm, &child);

	if (!rc)
		rc = mmsim_access(child, 0, addr, 1, MMSIM_WRITE, NULL, NULL);
	return rc;
}

/* Another process at the same addresses, whose tables hold other frames. */
static int other_process(struct linear_case *t, u64 addr)
{
	struct linear_case other = *t;
	int rc = mmsim_mm_create(t->w, &other.mm);

	(void)addr;
	if (rc)
		return rc;
	map(&other);
	fill(&other);
	read_on(&other, READS);
	mmsim_mm_exit(other.mm);
	return 0;
}

static int nothing(struct linear_case *t, u64 addr)
{
	(void)t;
	(void)addr;
	return 0;
}

static const struct change {
	const char *name;
	int (*make)(struct linear_case *t, u64 addr);
} changes[] = {
	{ "nothing", nothing },
	{ "mprotect to read", protect_read },
	{ "mprotect to nothing", protect_all },
	{ "MADV_DONTNEED", dontneed },
	{ "MADV_PAGEOUT", pageout },
	{ "MADV_COLD", cold },
	{ "clear_refs", clear_referenced },
	{ "munmap", unmap },
	{ "munmap of a table", unmap_table },
	{ "mremap", move },
	{ "fork", fork_child },
	{ "another process", other_process },
};

/* What came of an access, one after the other. */
static u64 fold(u64 sum, struct mmsim_fault fault)
{
	return (sum + fault.kind * 5u + fault.minor * 3u + fault.major + 1) *
	       0x9e3779b97f4a7c15u;
}

/* All that a process's pages look like after a change: a sum of it. */
static u64 look_at_all(struct linear_case *t)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	u64 i, addr, sum = 0;

	for (i = 0; i < nr_pages(t); i++) {
		addr = BASE + i * t->page;
		sum = fold(sum, access_at(t, addr, MMSIM_READ));
		sum = fold(sum, access_at(t, addr, MMSIM_WRITE));
		assert_int_equal(mmsim_entry_get(t->mm, addr, &entry), 0);
		sum = (sum ^ entry.raw) * 0x9e3779b97f4a7c15u;
	}
	return sum;
}

static u64 sum_of_counters(struct mmsim *w)
{
	const char *name;
	u64 value, sum = 0;
	u32 i;

	for (i = 0; name = mmsim_event_name(i), strcmp(name, "?"); i++) {
		assert_int_equal(mmsim_counter(w, name, &value), 0);
		sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
	}
	return sum;
}

/* One change among reads. @check: debug.check; on, each access goes the whole
 * way. False: no such world. */
static bool change_one(const char *options, const struct change *change,
		       const char *check, u64 *result)
{
	struct linear_case t;
	u64 addr;

	if (!begin(&t, options))
		return false;
	assert_true(mmsim_swapon(t.w, MMSIM_SWAP_SSD, TABLES * t.table, 0) >=
		    0);
	assert_int_equal(mmsim_set(t.w, "debug.check", check), 0);
	addr = BASE + (TABLES - 1) * t.table + 7 * t.page;
	read_on(&t, READS);
	assert_int_equal(t.w->linear.looked, !strcmp(check, "off"));
	assert_int_equal(change->make(&t, addr), 0);
	result[0] = look_at_all(&t);
	read_on(&t, READS);
	result[1] = sum_of_counters(t.w);
	assert_int_equal(mmsim_set(t.w, "debug.check", "off"), 0);
	finish(&t);
	return true;
}

/* In a world that knows linear tables and in one that looks for none. */
static void changes_are_seen(void **state)
{
	u64 quick[2], checked[2];
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(worlds); i++)
		for (k = 0; k < ARRAY_SIZE(changes); k++) {
			if (!change_one(worlds[i], &changes[k], "off", quick))
				break;
			change_one(worlds[i], &changes[k], "cheap", checked);
			if (memcmp(quick, checked, sizeof(quick)) != 0)
				fail_msg("%s: %s", worlds[i], changes[k].name);
		}
}

/* Of the same numbers in each world: changes, and reads until they are no
 * more, some of which write. */
static bool random_changes(const char *options, const char *check, u64 *result)
{
	struct linear_case t;
	unsigned i, k, linear = 0;
	u64 r, addr;

	if (!begin(&t, options))
		return false;
	assert_true(mmsim_swapon(t.w, MMSIM_SWAP_SSD, TABLES * t.table, 0) >=
		    0);
	assert_int_equal(mmsim_set(t.w, "debug.check", check), 0);
	*result = 0;
	for (i = 0; i < 40; i++) {
		r = next_random(&t);
		read_on(&t, (unsigned)(r % (2 * READS)));
		linear += nr_linear(&t);
		addr = BASE + (r >> 20) % (nr_pages(&t) - 1) * t.page;
		if (!(r >> 48 & 3)) {
			map(&t);
			fill(&t);
		}
		(void)changes[(r >> 52) % ARRAY_SIZE(changes)].make(&t, addr);
		for (k = 0; k < 32; k++) {
			*result =
				fold(*result, access_at(&t, addr, k % 8 == 7));
			r = next_random(&t);
			addr = BASE + r % nr_pages(&t) * t.page;
		}
	}
	assert_true(strcmp(check, "off") ? !linear : linear > TABLES);
	*result ^= look_at_all(&t);
	*result ^= sum_of_counters(t.w);
	assert_int_equal(mmsim_set(t.w, "debug.check", "off"), 0);
	finish(&t);
	return true;
}

static void changes_at_random_are_seen(void **state)
{
	u64 quick, checked;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(worlds); i++) {
		if (!random_changes(worlds[i], "off", &quick))
			continue;
		random_changes(worlds[i], "cheap", &checked);
		if (quick != checked)
			fail_msg("%s", worlds[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_in_order_are_found),
		cmocka_unit_test(a_page_out_of_order_is_seen),
		cmocka_unit_test(an_access_changes_an_entry),
		cmocka_unit_test(processes_at_the_same_addresses),
		cmocka_unit_test(without_host_memory),
		cmocka_unit_test(generations_begin_anew),
		cmocka_unit_test(changes_are_seen),
		cmocka_unit_test(changes_at_random_are_seen),
	};

	return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
