/* SPDX-License-Identifier: MIT */
/*
 * The scenario language: any text is refused with a message or runs, and the
 * world is sound afterwards. The first byte chooses the world.
 */
#include "fuzz.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>

/* Larger numbers are read, not run: reading gigabytes takes its time. */
#define MOST_BYTES (2u << 20)

static uint64_t unit(char c)
{
	switch (c) {
	case 'p':
		return 65536;
	case 'h':
		return 2u << 20;
	case 'k':
		return 1024;
	case 'M':
		return 1u << 20;
	default:
		return 1;
	}
}

static bool is_small(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint64_t value = 0;

		if (!isdigit((unsigned char)text[i]))
			continue;
		for (; i < size && isalnum((unsigned char)text[i]); i++) {
			if (!isdigit((unsigned char)text[i]))
				break;
			value = value * 10 + (uint64_t)(text[i] - '0');
			if (value > MOST_BYTES)
				return false;
		}
		if (i < size && value * unit(text[i]) > 8 * MOST_BYTES)
			return false;
	}
	return true;
}

static void take_line(const char *line, void *user)
{
	uint64_t *bytes = user;

	while (*line)
		*bytes += (unsigned char)*line++;
}

static void read_only(struct mmsim *world, const char *text, size_t size)
{
	struct mmsim_scenario *scenario;
	uint64_t bytes = 0;

	if (!mmsim_scenario_open(world, text, size, take_line, &bytes,
				 &scenario))
		mmsim_scenario_close(scenario);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct mmsim *world;
	uint64_t bytes = 0;
	int rc;

	if (!size || size > 4096)
		return 0;
	world = fuzz_world(data[0]);
	if (!is_small(text, size - 1)) {
		read_only(world, text, size - 1);
	} else {
		rc = mmsim_run_scenario(world, text, size - 1, take_line,
					&bytes);
		if (rc && !*mmsim_last_error(world))
			fuzz_finding("scenario", "an error without a message");
	}
	fuzz_check(world, "scenario");
	mmsim_destroy(world);
	return 0;
}
