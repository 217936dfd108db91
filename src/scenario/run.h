/* SPDX-License-Identifier: MIT */
/*
 * The processes of a running scenario.
 */
#ifndef SCENARIO_RUN_H
#define SCENARIO_RUN_H

#include "scenario/scenario.h"

/* A living process by name, or NULL; "P" is the first. */
struct process *find_process(struct mmsim_scenario *s, struct word name);

/* A new one without address space; others may move. 0 or -ENOMEM. */
int add_process(struct mmsim_scenario *s, struct word name, struct process **p);

/* Room for one more element behind nr: 0 or -ENOMEM (host). */
int array_room(struct host *host, void **array, size_t size, unsigned nr,
	       unsigned *max);

/* Begin the line of the current operation; end it and hand it out. */
void begin_line(struct mmsim_scenario *s);
void put_result(struct mmsim_scenario *s);

#endif
