/* SPDX-License-Identifier: MIT */
/*
 * Ranges with rights, held against an array of one value per page.
 */
#include "rights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define PAGES 64

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void ranges_agree_with_an_array(void **state)
{
	struct rights rights = { 0 };
	int array[PAGES];
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < PAGES; i++)
		array[i] = -1;
	for (int round = 0; round < 5000; round++) {
		unsigned start = next_random(&seed) % PAGES;
		unsigned end = start + next_random(&seed) % (PAGES - start + 1);
		int prot = (int)(next_random(&seed) % 9) - 1;

		rights_set(&rights, start, end, prot);
		for (unsigned i = start; i < end; i++)
			array[i] = prot;
		for (unsigned i = 0; i < PAGES; i++)
			assert_int_equal(rights_get(&rights, i), array[i]);
		for (size_t i = 1; i < rights.nr; i++)
			assert_true(rights.v[i - 1].end <= rights.v[i].start);
	}
	rights_free(&rights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_agree_with_an_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
