/* SPDX-License-Identifier: MIT */
/*
 * host.memory: chosen when a world is created, and nothing but memory of the
 * host depends on it. The n-th request of a world of chunks fails, for every n.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <mmsim/mmsim.h>
#include <mmsim/sys/fail.h>

#include "support/test.h"

#define CHUNKS "--arch x86_64 --mem 16M --nodes 2 --set host.memory=chunks"

static const char scenario[] = "mmap A 1024p rw private anon\n"
			       "write A 0 1024p 7\n"
			       "fork C\n"
			       "write A 0 700p 9\n"
			       "memfd F 16p\n"
			       "mmap B 16p rw private memfd F 0\n"
			       "write B 0 16p 3\n"
			       "check\n"
			       "exit C\n"
			       "dump A\n";

static int create(const char *options, uint64_t nth, struct mmsim **world)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;

	assert_int_equal(mmsim_config_parse(&config, options), 0);
	return mmsim_create_failing(&config, nth, world);
}

static void memory_is_chosen_at_creation(void **state)
{
	struct mmsim *world;

	(void)state;
	assert_int_equal(create(CHUNKS, 0, &world), 0);
	assert_int_equal(mmsim_set(world, "host.memory", "chunks"), -EBUSY);
	assert_true(strlen(mmsim_last_error(world)) > 0);
	mmsim_destroy(world);
	assert_int_equal(create("--set host.memory=tape", 0, &world), -EINVAL);
	assert_null(world);
}

/* How far a scenario comes if the n-th request after creation is refused. */
static int run_failing(uint64_t nth)
{
	struct mmsim *world;
	int rc;

	assert_int_equal(create(CHUNKS, 0, &world), 0);
	assert_int_equal(mmsim_fail_host(world, nth), 0);
	rc = mmsim_run_scenario(world, scenario, sizeof(scenario) - 1, NULL,
				NULL);
	mmsim_destroy(world);
	return rc;
}

static void every_refused_chunk_is_survived(void **state)
{
	struct mmsim *world;
	unsigned failed = 0;
	uint64_t n;
	int rc = 0;

	(void)state;
	for (n = 1; create(CHUNKS, n, &world); n++)
		assert_null(world);
	mmsim_destroy(world);
	/* The world, the table of chunks, block 0 of it at least. */
	assert_true(n > 3);
	for (n = 1; n < 1000; n++) {
		rc = run_failing(n);
		if (!rc)
			break;
		assert_true(rc == -ENOMEM || rc == -ENOTRECOVERABLE);
		failed++;
	}
	assert_int_equal(rc, 0);
	/* Blocks of both nodes, tables and copies among them. */
	assert_true(failed > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_chosen_at_creation),
		cmocka_unit_test(every_refused_chunk_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
