/* SPDX-License-Identifier: MIT */
/*
 * What is graded: scenarios that a world with the student's rules runs, and
 * decisions on paper for what is hard to bring about. One point each.
 */
#ifndef GRADE_H
#define GRADE_H

#include "lab.h"

/* Whose rules a world of a scenario has. */
enum lab_rules { LAB_REUSE = 1, LAB_UPGRADE = 2 };

struct lab_scenario {
	const char *title;
	unsigned rules; /* of the student; the others are the kernel's */
	const char *text;
};

struct lab_paper {
	const char *title;
	int (*rule)(const struct mmsim_rule_ctx *ctx, void *user);
	struct mmsim_rule_ctx ctx;
	int answer;
};

extern const struct lab_scenario lab_scenarios[];
extern const unsigned lab_nr_scenarios;
extern const struct lab_paper lab_papers[];
extern const unsigned lab_nr_papers;

#endif
