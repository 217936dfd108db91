/* SPDX-License-Identifier: MIT */
/*
 * Entries of any value, at any level, of any world: fields tile the entry and
 * give its value back, and nothing is told of bits that are not there.
 */
#include "fuzz.h"

#include <string.h>

struct seen {
	uint64_t raw, told;
	unsigned next;	  /* fields come from the high end or the low end */
	unsigned overlap; /* of two fields */
};

static int take_field(const struct mmsim_field *field, void *user)
{
	struct seen *seen = user;
	unsigned width = field->hi - field->lo + 1;
	uint64_t mask = (width < 64 ? (1ULL << width) - 1 : ~0ULL) << field->lo;

	if (field->hi > 63 || field->lo > field->hi)
		fuzz_finding("decode", "a field outside the entry");
	if ((seen->raw & mask) >> field->lo != field->value)
		fuzz_finding("decode", "a field has another value");
	if (!field->name || !*field->name)
		fuzz_finding("decode", "a field without a name");
	seen->overlap += (seen->told & mask) != 0;
	seen->told |= mask;
	return 0;
}

static void take_helper(const char *name, void *user)
{
	unsigned *nr = user;

	if (!name || !*name)
		fuzz_finding("decode", "a helper without a name");
	++*nr;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned shifts[] = { 12, 14, 16, 21, 25, 29, 30, 39, 48 };
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim_entry entry = { .size = sizeof(entry) };
	struct seen seen = { 0 };
	unsigned shift, helpers = 0;
	int rc;

	if (size < 2 || mmsim_config_parse(&config, fuzz_options(data[0])))
		return 0;
	shift = data[1] & 0x80
			? data[1] & 0x7f
			: shifts[data[1] % (sizeof(shifts) / sizeof(*shifts))];
	memcpy(&seen.raw, data + 2, size - 2 < 8 ? size - 2 : 8);
	rc = mmsim_entry_decode(&config, seen.raw, shift, &entry);
	if ((rc == 0) != (mmsim_entry_fields(&config, seen.raw, shift,
					     take_field, &seen) == 0))
		fuzz_finding("decode", "fields and flags disagree on errors");
	if (seen.overlap)
		fuzz_finding("decode", "a bit is told twice");
	if (!rc && entry.raw != seen.raw)
		fuzz_finding("decode", "another entry");
	mmsim_entry_helpers(&config, seen.raw, shift, take_helper, &helpers);
	return 0;
}
