/* SPDX-License-Identifier: MIT */
/*
 * mmsim/scenario.h - programs in the scenario language.
 */
#ifndef MMSIM_SCENARIO_H
#define MMSIM_SCENARIO_H

#include <mmsim/base.h>
#include <mmsim/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mmsim_run_scenario() - run a scenario from its first line to its last.
 * @world: the world it runs in.
 * @text, @len: the scenario; need not end in a zero byte.
 * @json_line: called with one JSON object per operation; may be NULL.
 * @user: passed to it.
 *
 * Return: 0; -EINVAL for a scenario with a mistake (mmsim_last_error() says
 * line, what was found and what was expected; nothing after that line was
 * run); -EOPNOTSUPP for an operation that is not supported yet; -EPROTO if an
 * `expect` failed (all lines were run).
 */
MMSIM_API int mmsim_run_scenario(struct mmsim *world, const char *text,
				 size_t len, mmsim_report_fn json_line,
				 void *user);

struct mmsim_scenario; /* one that is run step by step */

/**
 * mmsim_scenario_open() - read a scenario; nothing is run yet.
 * @world: the world it will run in.
 * @text, @len, @json_line, @user: as for mmsim_run_scenario().
 * @scenario: to be closed by the caller; NULL on failure.
 *
 * @text is copied. Unknown and unsupported operations anywhere in it are
 * found here, with the same results as mmsim_run_scenario().
 */
MMSIM_API int mmsim_scenario_open(struct mmsim *world, const char *text,
				  size_t len, mmsim_report_fn json_line,
				  void *user, struct mmsim_scenario **scenario);

/**
 * mmsim_scenario_step() - run the next operation.
 * @scenario: an open one.
 *
 * Return: its line number, 0 at the end, or a negative errno.
 */
MMSIM_API int mmsim_scenario_step(struct mmsim_scenario *scenario);

/**
 * mmsim_scenario_find() - what a name stands for now.
 * @scenario: an open one.
 * @who: "P" or a child's name.
 * @name: of a mapping.
 * @mm, @addr, @len: may be NULL.
 *
 * Return: 0, or -ENOENT.
 */
MMSIM_API int mmsim_scenario_find(struct mmsim_scenario *scenario,
				  const char *who, const char *name,
				  struct mmsim_mm **mm, uint64_t *addr,
				  uint64_t *len);

/**
 * mmsim_scenario_close() - end a scenario and its processes.
 * @scenario: NULL is allowed.
 */
MMSIM_API void mmsim_scenario_close(struct mmsim_scenario *scenario);

#ifdef __cplusplus
}
#endif
#endif
