/* SPDX-License-Identifier: MIT */
/*
 * The comparison of recorded lines with our own. The layout of swap entries is
 * one made up here: bit 0 present, bits 1 to 3 flags, bits 4 to 8 type, bits 9
 * to 40 offset, stored complemented.
 */
#include "compare.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
