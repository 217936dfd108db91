/* SPDX-License-Identifier: MIT */
/*
 * A replay: one trace, worlds side by side.
 */
#ifndef TOOLS_REPLAY_H
#define TOOLS_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "rights.h"
#include "trace.h"
#include "worlds.h"

#define MOST_FDS 65536

struct known_path;

/* One world of a replay. */
struct replica {
	const struct world_spec *spec;
	struct layout layout;
	uint64_t minor, major;
	uint64_t signals; /* references that ended in one */
	uint64_t skipped; /* operations the world refused */
	double seconds;
	/* Where a reference stopped last, so that none is tried for ever. */
	uint64_t stuck_addr;
	enum mmsim_fault_kind stuck_kind;
};

struct replay {
	const char *path;
	struct trace *trace;
	struct replica *replicas;
	size_t nr;
	uint64_t refs, calls;
	bool failed; /* a world ran out of something */

	/* The traced process, the same for all worlds. */
	struct rights rights;
	uint64_t brk;	      /* 0: not known yet */
	size_t fds[MOST_FDS]; /* file of a descriptor; 0: none known */
	size_t nr_files;
	struct known_path *paths;
};

/** replay_report() - print what the worlds came to. */
void replay_report(const struct replay *replay, bool json);

#endif
