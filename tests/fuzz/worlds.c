/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

/* Each format, and releases on both sides of most rules. */
static const char *const options[] = {
	"--arch x86_64 --kernel 7.2 --mem 8M",
	"--arch x86_64 --kernel 5.10 --mem 8M",
	"--arch x86_64 --kernel 6.1 --mem 8M --cpus 2",
	"--arch x86_64 --kernel 6.12 --mem 8M",
	"--arch arm64 --kernel 7.2 --mem 8M",
	"--arch arm64 --kernel 6.1 --mem 8M",
	"--arch arm64 --kernel 5.10 --mem 8M --feature -arm64-hafdbs",
	"--arch arm64 --page-size 16k --kernel 6.12 --mem 64M",
	"--arch arm64 --page-size 64k --kernel 6.18 --mem 1G",
	"--arch ppc64 --mmu radix --page-size 4k --kernel 7.2 --mem 8M",
	"--arch ppc64 --mmu radix --page-size 64k --kernel 6.1 --mem 32M",
	"--arch ppc64 --mmu hash --page-size 4k --kernel 6.12 --mem 8M",
	"--arch ppc64 --mmu hash --page-size 64k --kernel 5.10 --mem 32M",
};

#define NR_OPTIONS (sizeof(options) / sizeof(*options))

const char *fuzz_options(uint8_t choice)
{
	return options[choice % NR_OPTIONS];
}

struct mmsim *fuzz_world(uint8_t choice)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim *world = NULL;

	if (mmsim_config_parse(&config, fuzz_options(choice)) ||
	    mmsim_create(&config, &world))
		fuzz_finding(fuzz_options(choice), "no world");
	return world;
}

__attribute__((noreturn)) void fuzz_finding(const char *where, const char *what)
{
	fprintf(stderr, "finding: %s: %s\n", where, what);
	abort();
}

static void report(const char *line, void *user)
{
	(void)user;
	fprintf(stderr, "invariant: %s\n", line);
}

void fuzz_check(struct mmsim *world, const char *where)
{
	int broken = mmsim_check(world, report, NULL);

	/* A world that says it is broken has nothing to check. */
	if (broken > 0)
		fuzz_finding(where, "an invariant is broken");
}
