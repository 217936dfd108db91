/* SPDX-License-Identifier: MIT */
/*
 * The grader: one line per case, the points last. Exit status 0: all points;
 * 1: not all; 2: the grader itself could not work; 77: this build of the
 * library lacks the architecture.
 */
#include "grade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong, in the words of the one who found it. */
struct finding {
	char line[256];
};

static void note(struct finding *finding, const char *line)
{
	if (!finding->line[0])
		(void)snprintf(finding->line, sizeof(finding->line), "%s",
			       line);
}

static void on_broken(const char *line, void *user)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "the world is broken: %s", line);
	note(user, text);
}

static struct mmsim *lab_world(unsigned student)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim_rules rules = { .size = sizeof(rules) };
	struct mmsim *world;
	int rc;

	config.arch = MMSIM_ARCH_X86_64;
	config.kernel = MMSIM_KERNEL(7, 2);
	config.rules = &rules;
	if (student & LAB_REUSE)
		rules.can_reuse_anon_page = may_reuse_page;
	if (student & LAB_UPGRADE)
		rules.can_change_pte_writable = may_set_write_bit;
	else /* every page is asked for at its write fault */
		config.features = "-mprotect-exclusive-upgrade,"
				  "-mprotect-upgrade-clean";
	rc = mmsim_create(&config, &world);
	if (rc) {
		printf("no world: %s\n", mmsim_errname(rc));
		/* This build of the library has no x86-64. */
		exit(strcmp(mmsim_errname(rc), "EOPNOTSUPP") ? 2 : 77);
	}
	return world;
}

/* Run it to the end and look whether the world survived it. */
static int run_scenario(const struct lab_scenario *c, struct finding *finding)
{
	struct mmsim *world = lab_world(c->rules);
	struct mmsim_scenario *scenario;
	int rc;

	rc = mmsim_scenario_open(world, c->text, strlen(c->text), NULL, NULL,
				 &scenario);
	if (rc) {
		printf("no scenario: %s\n", mmsim_last_error(world));
		exit(2);
	}
	do
		rc = mmsim_scenario_step(scenario);
	while (rc > 0);
	if (rc)
		note(finding, mmsim_last_error(world));
	rc = mmsim_check(world, on_broken, finding);
	mmsim_scenario_close(scenario);
	mmsim_destroy(world);
	if (rc < 0) {
		printf("no check: %s\n", mmsim_errname(rc));
		exit(2);
	}
	return !finding->line[0];
}

static int run_paper(const struct lab_paper *p, struct finding *finding)
{
	int answer = p->rule(&p->ctx, NULL);

	if (!answer == !p->answer)
		return 1;
	(void)snprintf(finding->line, sizeof(finding->line),
		       "found %d, expected %d", answer, p->answer);
	return 0;
}

static unsigned print_case(const char *title, int ok,
			   const struct finding *finding)
{
	printf("[%s] %s\n", ok ? "1/1" : "0/1", title);
	if (!ok)
		printf("      %s\n", finding->line);
	return ok;
}

int main(void)
{
	unsigned points = 0, i;
	struct finding finding;
	int ok;

	for (i = 0; i < lab_nr_scenarios; i++) {
		memset(&finding, 0, sizeof(finding));
		ok = run_scenario(&lab_scenarios[i], &finding);
		points += print_case(lab_scenarios[i].title, ok, &finding);
	}
	for (i = 0; i < lab_nr_papers; i++) {
		memset(&finding, 0, sizeof(finding));
		ok = run_paper(&lab_papers[i], &finding);
		points += print_case(lab_papers[i].title, ok, &finding);
	}
	printf("points: %u of %u\n", points, lab_nr_scenarios + lab_nr_papers);
	return points == lab_nr_scenarios + lab_nr_papers ? 0 : 1;
}
