/* SPDX-License-Identifier: MIT */
/*
 * The two halves of mmsim bench autonuma.
 */
#ifndef TOOLS_BENCH_AUTONUMA_H
#define TOOLS_BENCH_AUTONUMA_H

#include "bench.h"

/** autonuma_work() - the workloads in one world: 0 or STATUS_USAGE. */
int autonuma_work(struct bench *bench, const struct world_spec *spec);

/** autonuma_work_text() - their rounds, of all worlds. */
void autonuma_work_text(const struct bench *bench);

#endif
