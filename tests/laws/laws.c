/* SPDX-License-Identifier: MIT */
/*
 * The cases, and main(): laws GROUP runs one group.
 */
#include "laws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const u32 releases[] = {
	KERNEL(5, 10), KERNEL(5, 12), KERNEL(5, 18), KERNEL(5, 19),
	KERNEL(6, 0),  KERNEL(6, 1),  KERNEL(6, 2),  KERNEL(6, 5),
	KERNEL(6, 6),  KERNEL(6, 7),  KERNEL(6, 10), KERNEL(6, 11),
	KERNEL(6, 12), KERNEL(6, 16), KERNEL(6, 17), KERNEL(7, 2),
};

#define NR_LAW_MACHINES (LAW_ARM64 ? NR_MACHINES : 1)

static const pfn_t pfns[] = { 0, 0x1234, LAW_MAX_PFN };

static const char *const state_names[NR_STATES] = {
	[STATE_FRESH] = "fresh",
	[STATE_OLD] = "old",
	[STATE_DIRTY] = "dirty",
	[STATE_WRITABLE] = "writable",
	[STATE_WRITTEN] = "written",
	[STATE_WRITTEN_THEN_PROTECTED] = "written, then protected",
	[STATE_SPECIAL] = "special",
	[STATE_UFFD_WP] = "uffd-wp",
	[STATE_SOFT_CLEAN] = "soft-clean",
	[STATE_TOUCHED] = "touched by the CPU",
};

#define CASES_PER_RULES (16 * ARRAY_SIZE(pfns) * NR_STATES)

void law_rules(struct arch_rules *r, u32 kernel, enum law_machine machine)
{
	struct feature_set set;

	features_default(&set, LAW_ARCH, kernel);
	if (machine == MACHINE_EPAN_NO_HAFDBS) {
		feature_put(&set, FEAT_EPAN, true);
		feature_put(&set, FEAT_HW_ACCESS_DIRTY, false);
	}
	arch_rules_init(r, &set, kernel);
}

static struct law_case *add_cases(struct law_case *c, u32 kernel,
				  enum law_machine machine)
{
	struct arch_rules r;
	unsigned i;

	law_rules(&r, kernel, machine);
	for (i = 0; i < CASES_PER_RULES; i++) {
		*c++ = (struct law_case){
			.r = r,
			.kernel = kernel,
			.prot = i % 16,
			.pfn = pfns[i / 16 % ARRAY_SIZE(pfns)],
			.state = (enum law_state)(i / 16 / ARRAY_SIZE(pfns)),
		};
	}
	return c;
}

bool law_new_rules(const struct law_case *c)
{
	return !c->prot && c->pfn == pfns[0] && c->state == STATE_FRESH;
}

int laws_setup(void **state)
{
	size_t max = ARRAY_SIZE(releases) * NR_LAW_MACHINES * CASES_PER_RULES;
	struct law_case *cases = calloc(max + 1, sizeof(*cases)), *c = cases;
	unsigned i, m;

	if (!cases)
		return -1;
	for (i = 0; i < ARRAY_SIZE(releases); i++) {
		if (releases[i] < LAW_FIRST || releases[i] >= LAW_UNTIL)
			continue;
		for (m = 0; m < NR_LAW_MACHINES; m++)
			c = add_cases(c, releases[i], (enum law_machine)m);
	}
	c->end = true;
	*state = cases;
	return c == cases ? -1 : 0;
}

int laws_teardown(void **state)
{
	free(*state);
	return 0;
}

void law_broken(const struct law_case *c, u64 got, const char *what,
		const char *file, int line)
{
	print_error("%s: release %u.%u, protection %u, pfn %#llx, %s: %#llx\n",
		    MM_INSTANCE_NAME, c->kernel >> 16, c->kernel & 0xffff,
		    c->prot, (unsigned long long)c->pfn, state_names[c->state],
		    (unsigned long long)got);
	print_error("does not hold: %s\n", what);
	_fail(file, line);
}

static const struct {
	const char *name;
	int (*run)(void);
} groups[] = {
	{ "pte", run_pte_laws },	   { "pmd", run_pmd_laws },
	{ "swap", run_swap_laws },	   { "hw", run_hw_laws },
	{ "geometry", run_geometry_laws }, { "vectors", run_vectors },
};

int main(int argc, char **argv)
{
	int failed = 0, ran = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (argc > 1 && strcmp(argv[1], groups[i].name))
			continue;
		failed += groups[i].run();
		ran++;
	}
	if (!ran)
		fprintf(stderr, "laws: no group %s\n", argv[1]);
	return failed || !ran;
}
