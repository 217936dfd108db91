/* SPDX-License-Identifier: MIT */
/*
 * The comparison of recorded lines with our own, and of two worlds' lines. The
 * layout of swap entries is
 * one made up here: bit 0 present, bits 1 to 3 flags, bits 4 to 8 type, bits 9
 * to 40 offset, stored complemented.
 */
#include "compare.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OFFSET_MASK 0xffffffffull

int mmsim_entry_decode(const struct mmsim_config *config, uint64_t raw,
		       unsigned shift, struct mmsim_entry *entry)
{
	(void)config;
	if (shift != 12 && shift != 21)
		return -EINVAL;
	entry->raw = raw;
	entry->shift = shift;
	entry->flags = 0;
	entry->pfn = 0;
	if (raw & 1) {
		entry->flags = MMSIM_E_PRESENT;
	} else if ((raw >> 4 & 31) == 31) {
		entry->flags = MMSIM_E_MARKER;
	} else if (raw) {
		entry->flags = MMSIM_E_SWAP |
			       (raw & 2 ? MMSIM_E_SOFT_DIRTY : 0) |
			       (raw & 4 ? MMSIM_E_UFFD_WP : 0) |
			       (raw & 8 ? MMSIM_E_EXCLUSIVE : 0);
		entry->pfn = ~raw >> 9 & OFFSET_MASK;
	}
	return 0;
}

/*
 * Fields of two worlds' layouts: kernels from 7.0 on keep DIRTY in bit 1 and
 * know NEW, older ones keep it in bit 2.
 */
int mmsim_entry_fields(const struct mmsim_config *config, uint64_t raw,
		       unsigned shift, mmsim_field_fn fn, void *user)
{
	bool now = config->kernel >= MMSIM_KERNEL(7, 0);
	struct mmsim_field fields[] = {
		{ .name = "OFFSET", .value = raw >> 9 },
		{ .name = "DIRTY", .value = raw >> (now ? 1 : 2) & 1 },
		{ .name = "NEW", .value = raw >> 3 & 1 },
		{ .name = "PRESENT", .value = raw & 1 },
	};

	(void)shift;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (now || strcmp(fields[i].name, "NEW"))
			fn(&fields[i], user);
	return 0;
}

const char *mmsim_last_error(const struct mmsim *world)
{
	(void)world;
	return "";
}

const char *mmsim_errname(int err)
{
	(void)err;
	return "";
}

static uint64_t swap_entry(uint64_t offset, unsigned flags)
{
	return (~offset & OFFSET_MASK) << 9 | flags << 1 | 1u << 4;
}

/* What a comparison of two texts, one line each, came to. */
static struct compare compared;

static void begin(uint32_t kernel, enum mmsim_mmu mmu)
{
	static const struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim_world_info info = {
		.size = sizeof(info),
		.kernel = kernel,
		.mmu = mmu,
		.arch = mmu == MMSIM_MMU_HASH ? MMSIM_ARCH_PPC64
					      : MMSIM_ARCH_X86_64,
		.page_size = 4096,
		.pmd_size = 2 << 20,
	};

	compare_begin(&compared, &config, &info);
}

static void lines(const char *want, const char *got)
{
	json_t *w = json_loads(want, 0, NULL), *g = json_loads(got, 0, NULL);

	assert_non_null(w);
	assert_non_null(g);
	compare_line(&compared, w, g);
	json_decref(w);
	json_decref(g);
}

/* The first differing field, or "" if all is equal. */
static char *end(void)
{
	static char field[64];

	snprintf(field, sizeof(field), "%s",
		 compared.first.found ? compared.first.field : "");
	compare_end(&compared);
	return field;
}

static char *one(const char *want, const char *got)
{
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	lines(want, got);
	return end();
}

#define READ "{\"n\":3,\"who\":\"P\",\"op\":\"read A 0 4p\",\"ret\":0"
#define DUMP "{\"n\":4,\"who\":\"P\",\"op\":\"dump A\",\"ret\":0,\"pages\":["
#define PAGE "\"pm\":\"PD\",\"mc\":1,\"b\":5,\"lvl\":12,\"kpf\":\"anon\""

static void absent_results_are_zero(void **state)
{
	(void)state;
	assert_string_equal(one(READ "}", READ ",\"min\":0,\"hash\":0}"), "");
	assert_string_equal(one(READ ",\"min\":2}", READ "}"), "min");
	assert_string_equal(one(READ "}", READ ",\"maj\":1}"), "maj");
	assert_string_equal(one(READ ",\"sig\":\"SEGV\"}", READ "}"), "sig");
	assert_string_equal(
		one(READ ",\"sig\":\"SEGV\"}", READ ",\"sig\":\"BUS\"}"),
		"sig");
	assert_string_equal(one(READ ",\"err\":\"EFAULT\"}", READ "}"), "err");
	assert_string_equal(one(READ ",\"uffd\":1}", READ "}"), "uffd");
	assert_string_equal(one(READ ",\"hash\":1}", READ ",\"hash\":2}"),
			    "hash");
	assert_string_equal(one(READ ",\"calls\":{\"x\":1}}", READ "}"), "");
}

static void operations_must_be_the_same(void **state)
{
	(void)state;
	assert_string_equal(one(READ "}",
				"{\"n\":4,\"who\":\"P\",\"op\":\"read A 0 4p\","
				"\"ret\":0}"),
			    "n");
	assert_string_equal(one(READ "}",
				"{\"n\":3,\"who\":\"C\",\"op\":\"read A 0 4p\","
				"\"ret\":0}"),
			    "who");
}

static void some_results_are_information(void **state)
{
	(void)state;
#define OP(op, rest) "{\"n\":1,\"who\":\"P\",\"op\":\"" op "\"," rest "}"
	assert_string_equal(
		one(OP("ksm 3", "\"ret\":5"), OP("ksm 3", "\"ret\":7")), "");
	assert_string_equal(one(OP("ksm 3", "\"ret\":5,\"min\":1"),
				OP("ksm 3", "\"ret\":7")),
			    "min");
	assert_string_equal(one(OP("clear_refs 4", "\"ret\":0,\"min\":1"),
				OP("clear_refs 4", "\"ret\":0")),
			    "");
	assert_string_equal(one(OP("clear_refs 4", "\"ret\":0"),
				OP("clear_refs 4", "\"ret\":-1")),
			    "ret");
	assert_string_equal(one(OP("mstat 64 swpout", "\"ret\":1,\"swpout\":1"),
				OP("mstat 64 swpout", "\"ret\":2")),
			    "swpout");
	assert_string_equal(one(OP("vmstat pswpin", "\"ret\":1,\"pswpin\":1"),
				OP("vmstat pswpin", "\"ret\":2")),
			    "");
	assert_string_equal(one(OP("node A 0 4p", "\"ret\":0,\"n0\":4"),
				OP("node A 0 4p", "\"ret\":0,\"n1\":4")),
			    "n0");
#undef OP
}

static void mappings_are_compared_whole(void **state)
{
	(void)state;
#define MAPS "{\"n\":1,\"who\":\"P\",\"op\":\"maps\",\"ret\":0,\"vmas\":["
#define VMA(end)                                                  \
	"{\"start\":\"0\",\"end\":\"" end "\",\"perm\":\"rw-p\"," \
	"\"off\":\"0\",\"flags\":\"rd wr\"}"
	assert_string_equal(
		one(MAPS VMA("0x1000") "]}", MAPS VMA("0x1000") "]}"), "");
	assert_string_equal(
		one(MAPS VMA("0x1000") "]}", MAPS VMA("0x2000") "]}"),
		"vmas[0].end");
	assert_string_equal(one(MAPS VMA("0x1000") "]}",
				MAPS VMA("0x1000") "," VMA("0x3000") "]}"),
			    "vmas[1].start");
	assert_string_equal(one(MAPS "]}", MAPS VMA("0x1000") "]}"),
			    "vmas[0].start");
}

static void runs_are_compared_page_by_page(void **state)
{
	(void)state;
#define RUN(i, pte) "{\"i\":[" i "]," PAGE ",\"pte\":\"" pte "\"}"
	assert_string_equal(
		one(DUMP RUN("0,3", "0x867") "]}",
		    DUMP RUN("0,1", "0x867") "," RUN("2,3", "0x867") "]}"),
		"");
	assert_string_equal(one(DUMP RUN("0,3", "0") "]}",
				DUMP "{\"i\":[0,3]," PAGE ",\"pte\":0}]}"),
			    "");
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	lines(DUMP RUN("0,3", "0x867") "]}",
	      DUMP RUN("0,1", "0x867") "," RUN("2,3", "0x865") "]}");
	assert_int_equal(compared.first.page, 2);
	/* ret err sig done hash uffd min maj; lvl pte pm mc b kpf of four. */
	assert_int_equal(compared.fields, 8 + 6 * 4);
	assert_string_equal(end(), "pte");
	assert_string_equal(one(DUMP RUN("0,3", "0x867") "]}",
				DUMP RUN("0,2", "0x867") "]}"),
			    "pages");
	assert_string_equal(one(DUMP "{\"i\":[0,0],\"pm\":\"\"}]}",
				DUMP "{\"i\":[0,0],\"pm\":\"\",\"mc\":0}]}"),
			    "mc");
}

/* Entries of worlds in which they could not be recorded. */
static void unrecorded_entries_are_not_compared(void **state)
{
	(void)state;
	assert_string_equal(one(DUMP "{\"i\":[0,0],\"pm\":\"\"}]}",
				DUMP "{\"i\":[0,0],\"pm\":\"\",\"lvl\":12,"
				     "\"pte\":\"0\"}]}"),
			    "");
	assert_string_equal(one(DUMP "{\"i\":[0,0],\"pm\":\"\",\"lvl\":12,"
				     "\"pte\":\"0\"}]}",
				DUMP "{\"i\":[0,0],\"pm\":\"\"}]}"),
			    "lvl");
}

static void hash_slots_are_left_out_with_4k_pages(void **state)
{
	(void)state;
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_HASH);
	lines(DUMP RUN("0,0", "0xc1e0000000000001") "]}",
	      DUMP RUN("0,0", "0xc000000000000001") "]}");
	assert_string_equal(end(), "");
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_HASH);
	lines(DUMP RUN("0,0", "0xc010000000000001") "]}",
	      DUMP RUN("0,0", "0xc000000000000001") "]}");
	assert_string_equal(end(), "pte");
	assert_string_equal(one(DUMP RUN("0,0", "0xc0e0000000000001") "]}",
				DUMP RUN("0,0", "0xc000000000000001") "]}"),
			    "pte");
}

static void flags_of_pages_are_a_set(void **state)
{
	(void)state;
#define KPF(k) DUMP "{\"i\":[0,0],\"pm\":\"P\",\"kpf\":\"" k "\"}]}"
	assert_string_equal(
		one(KPF("lru anon swapbacked"), KPF("swapbacked anon active")),
		"");
	assert_string_equal(one(KPF("anon swapcache"), KPF("anon")), "kpf");
	assert_string_equal(one(KPF("anon ksm"), KPF("anon")), "kpf");
	begin(MMSIM_KERNEL(6, 12), MMSIM_MMU_DEFAULT);
	lines(KPF("anon ksm"), KPF("anon"));
	assert_string_equal(end(), "");
}

/* A dump of swapped pages with offsets from @offsets. */
static void swap_text(char *text, size_t len, const uint64_t *offsets,
		      size_t nr, unsigned flags)
{
	size_t at = (size_t)snprintf(text, len, "%s", DUMP);

	for (size_t i = 0; i < nr; i++)
		at += (size_t)snprintf(
			text + at, len - at,
			"%s{\"i\":[%zu,%zu],\"pm\":\"S\",\"lvl\":12,"
			"\"swp\":\"0x%llx\"}",
			i ? "," : "", i, i,
			(unsigned long long)swap_entry(offsets[i], flags));
	snprintf(text + at, len - at, "]}");
}

static void swap_lines(const uint64_t *want, const uint64_t *got, size_t nr,
		       unsigned want_flags, unsigned got_flags)
{
	char w[1024], g[1024];

	swap_text(w, sizeof(w), want, nr, want_flags);
	swap_text(g, sizeof(g), got, nr, got_flags);
	lines(w, g);
}

static void swap_offsets_are_renamed_one_to_one(void **state)
{
	static const uint64_t want[] = { 1, 2, 3, 4 };
	static const uint64_t got[] = { 90, 7, 31, 2 };
	static const uint64_t twice[] = { 90, 7, 31, 90 };
	static const uint64_t other[] = { 90, 7, 31, 3 };

	(void)state;
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	swap_lines(want, got, 4, 0, 0);
	swap_lines(want, got, 4, 0, 0);
	assert_string_equal(end(), "");
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	swap_lines(want, twice, 4, 0, 0);
	assert_string_equal(end(), "swp");
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	swap_lines(want, got, 4, 0, 0);
	swap_lines(want, other, 4, 0, 0);
	assert_string_equal(end(), "swp");
}

static void swap_flags_are_exact(void **state)
{
	static const uint64_t offsets[] = { 5 };

	(void)state;
	for (unsigned flag = 1; flag < 8; flag <<= 1) {
		begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
		swap_lines(offsets, offsets, 1, flag, 0);
		assert_string_equal(end(), "swp");
	}
	/* Markers have no offset to rename; types are exact. */
	assert_string_equal(one(DUMP "{\"i\":[0,0],\"lvl\":12,\"swp\":"
				     "\"0xff0\"}]}",
				DUMP "{\"i\":[0,0],\"lvl\":12,"
				     "\"swp\":\"0x1f0\"}]}"),
			    "swp");
	assert_string_equal(one(DUMP "{\"i\":[0,0],\"lvl\":12,\"swp\":"
				     "\"0x10\"}]}",
				DUMP "{\"i\":[0,0],\"lvl\":12,"
				     "\"swp\":\"0x20\"}]}"),
			    "swp");
}

static void offsets_follow_each_other_inside_a_folio(void **state)
{
	static const uint64_t want[] = { 16, 17, 18, 19 };
	static const uint64_t moved[] = { 64, 65, 66, 67 };
	static const uint64_t torn[] = { 64, 65, 70, 71 };
	static const char folio[] =
		DUMP "{\"i\":[0,0],\"pm\":\"P\",\"kpf\":\"anon head thp\"},"
		     "{\"i\":[1,3],\"pm\":\"P\",\"kpf\":\"anon tail thp\"}]}";

	(void)state;
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	lines(folio, folio);
	swap_lines(want, moved, 4, 0, 0);
	assert_string_equal(end(), "");
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	lines(folio, folio);
	swap_lines(want, torn, 4, 0, 0);
	assert_int_equal(compared.first.page, 2);
	assert_string_equal(end(), "swp");
	/* Without the folio these are pages of their own. */
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	swap_lines(want, torn, 4, 0, 0);
	assert_string_equal(end(), "");
}

static void unstable_fields_are_left_out(void **state)
{
	json_t *unstable = json_loads("{\"3:min\":true}", 0, NULL);

	(void)state;
	begin(MMSIM_KERNEL(7, 2), MMSIM_MMU_DEFAULT);
	compared.unstable = unstable;
	lines(READ ",\"min\":1}", READ "}");
	assert_int_equal(compared.fields, 7);
	assert_string_equal(end(), "");
	json_decref(unstable);
}

/* ---- two worlds ---- */

static struct mmsim_config old_config = { .size = sizeof(old_config),
					  .kernel = MMSIM_KERNEL(6, 1) };
static struct mmsim_config new_config = { .size = sizeof(new_config),
					  .kernel = MMSIM_KERNEL(7, 2) };

static void note(long long page, const char *field, void *user)
{
	char *noted = user;
	size_t len = strlen(noted);

	snprintf(noted + len, 128 - len, "%s%s", len ? " " : "", field);
	if (page >= 0)
		snprintf(noted + strlen(noted), 128 - strlen(noted), "@%lld",
			 page);
}

/* An old x86-64 world and a new one; @change makes the second another. */
static char *worlds(void (*change)(struct compare_side *), unsigned what,
		    const char *want, const char *got)
{
	static char noted[128];
	struct compare_side a = { .config = &old_config,
				  .soft_dirty = true,
				  .info = { .arch = MMSIM_ARCH_X86_64,
					    .page_size = 4096 } };
	struct compare_side b = a;

	b.config = &new_config;
	if (change)
		change(&b);
	noted[0] = 0;
	compare_begin_worlds(&compared, &a, &b, what);
	compared.note = note;
	compared.user = noted;
	lines(want, got);
	compare_end(&compared);
	return noted;
}

#define BOTH (COMPARE_FACTS | COMPARE_ENTRIES)

static void make_arm64_64k(struct compare_side *side)
{
	side->info.arch = MMSIM_ARCH_ARM64;
	side->info.page_size = 65536;
	side->soft_dirty = false;
}

static void lose_soft_dirty(struct compare_side *side)
{
	side->soft_dirty = false;
}

static void worlds_tell_every_difference(void **state)
{
	(void)state;
	assert_string_equal(worlds(NULL, BOTH, READ ",\"min\":4,\"done\":4}",
				   READ ",\"min\":2,\"maj\":1,\"done\":4}"),
			    "min maj");
	assert_string_equal(worlds(NULL, BOTH, DUMP RUN("0,1", "0x1") "]}",
				   DUMP "{\"i\":[0,0]," PAGE
					",\"pte\":\"0x1\"},{\"i\":[1,1],"
					"\"pm\":\"P\",\"mc\":2,\"b\":5,"
					"\"kpf\":\"anon\",\"lvl\":21,"
					"\"pte\":\"0x1\"}]}"),
			    "pm@1 mc@1 lvl@1");
}

static void moved_bits_are_no_difference(void **state)
{
	(void)state;
	/* DIRTY in bit 2 of the old world, in bit 1 of the new one. */
	assert_string_equal(worlds(NULL, BOTH, DUMP RUN("0,0", "0x5") "]}",
				   DUMP RUN("0,0", "0x3") "]}"),
			    "");
	assert_string_equal(worlds(NULL, BOTH, DUMP RUN("0,0", "0x5") "]}",
				   DUMP RUN("0,0", "0x1") "]}"),
			    "pte@0");
	/* A field that only the new layout has. */
	assert_string_equal(worlds(NULL, BOTH, DUMP RUN("0,0", "0x1") "]}",
				   DUMP RUN("0,0", "0x9") "]}"),
			    "pte@0");
	assert_string_equal(worlds(NULL, COMPARE_FACTS,
				   DUMP RUN("0,0", "0x1") "]}",
				   DUMP RUN("0,0", "0x9") "]}"),
			    "");
}

static void slots_of_worlds_are_no_difference(void **state)
{
	(void)state;
#define SWP(swp) DUMP "{\"i\":[0,0],\"lvl\":12,\"swp\":\"" swp "\"}]}"
	assert_string_equal(worlds(NULL, BOTH, SWP("0x204"), SWP("0xe02")), "");
	assert_string_equal(worlds(NULL, BOTH, SWP("0x204"), SWP("0xe00")),
			    "swp@0");
	assert_string_equal(worlds(NULL, BOTH, SWP("0x204"),
				   DUMP "{\"i\":[0,0],\"lvl\":12,"
					"\"pte\":0}]}"),
			    "swp@0");
}

static void mappings_of_other_pages_are_compared_in_pages(void **state)
{
	(void)state;
#define AT(start, end, off, flags)                                         \
	MAPS "{\"start\":\"" start "\",\"end\":\"" end                     \
	     "\",\"perm\":\"rw-p\",\"off\":\"" off "\",\"flags\":\"" flags \
	     "\"}]}"
	/* The second slot, its third page, four pages, the file's second. */
	assert_string_equal(
		worlds(make_arm64_64k, COMPARE_FACTS,
		       AT("0x4002000", "0x4006000", "0x1000", "rd wr"),
		       AT("0x80020000", "0x80060000", "0x10000", "rd wr")),
		"");
	assert_string_equal(
		worlds(make_arm64_64k, COMPARE_FACTS,
		       AT("0x4002000", "0x4006000", "0x1000", "rd wr"),
		       AT("0x80030000", "0x80080000", "0", "rd")),
		"vmas[0].start vmas[0].end vmas[0].off "
		"vmas[0].flags");
	assert_string_equal(worlds(NULL, COMPARE_FACTS,
				   AT("0x4002000", "0x4006000", "0", "rd"),
				   AT("0x80020000", "0x80060000", "0", "rd")),
			    "vmas[0].start vmas[0].end");
}

/* An architecture without the bit; or a world that was told to be without. */
static void soft_dirty_is_compared_where_both_have_it(void **state)
{
	(void)state;
#define PM(pm) DUMP "{\"i\":[0,0],\"pm\":\"" pm "\"}]}"
	assert_string_equal(worlds(NULL, COMPARE_FACTS, PM("PXD"), PM("PX")),
			    "pm@0");
	assert_string_equal(
		worlds(lose_soft_dirty, COMPARE_FACTS, PM("PXD"), PM("PX")),
		"pm@0");
	assert_string_equal(
		worlds(make_arm64_64k, COMPARE_FACTS, PM("PXD"), PM("PX")), "");
	assert_string_equal(
		worlds(make_arm64_64k, COMPARE_FACTS, PM("PXD"), PM("P")),
		"pm@0");
	assert_string_equal(worlds(make_arm64_64k, COMPARE_FACTS,
				   AT("0", "0x1000", "0", "rd sd"),
				   AT("0", "0x10000", "0", "rd")),
			    "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_results_are_zero),
		cmocka_unit_test(operations_must_be_the_same),
		cmocka_unit_test(some_results_are_information),
		cmocka_unit_test(mappings_are_compared_whole),
		cmocka_unit_test(runs_are_compared_page_by_page),
		cmocka_unit_test(unrecorded_entries_are_not_compared),
		cmocka_unit_test(hash_slots_are_left_out_with_4k_pages),
		cmocka_unit_test(flags_of_pages_are_a_set),
		cmocka_unit_test(swap_offsets_are_renamed_one_to_one),
		cmocka_unit_test(swap_flags_are_exact),
		cmocka_unit_test(offsets_follow_each_other_inside_a_folio),
		cmocka_unit_test(unstable_fields_are_left_out),
		cmocka_unit_test(worlds_tell_every_difference),
		cmocka_unit_test(moved_bits_are_no_difference),
		cmocka_unit_test(slots_of_worlds_are_no_difference),
		cmocka_unit_test(mappings_of_other_pages_are_compared_in_pages),
		cmocka_unit_test(soft_dirty_is_compared_where_both_have_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
