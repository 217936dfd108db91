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

/* What is followed over time. */
enum series {
	SERIES_MINOR,
	SERIES_MAJOR,
	SERIES_PAGES,
	SERIES_TABLES,
	SERIES_PTE_WRITES,
	SERIES_FLUSHES,
	SERIES_TLB_MISSES, /* where the library counts them */
	NR_SERIES
};

/* One world at one moment. */
struct sample {
	uint64_t refs, calls;
	uint64_t value[NR_SERIES];
};

/*
 * Samples of all worlds, moment by moment: as many as a plot can show, twice
 * as far apart each time there is no room for more.
 */
struct samples {
	struct sample *v; /* NULL: not asked for */
	size_t nr;	  /* moments */
	uint64_t every, next;
};

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
	struct samples samples;

	/* The traced process, the same for all worlds. */
	struct rights rights;
	uint64_t brk;	      /* 0: not known yet */
	size_t fds[MOST_FDS]; /* file of a descriptor; 0: none known */
	size_t nr_files;
	struct known_path *paths;
};

/** replay_pages() - pages that a world's process holds now. */
uint64_t replay_pages(const struct replica *replica);

/** replay_tables() - page tables of a world now. */
uint64_t replay_tables(const struct replica *replica);

/** replay_report() - print what the worlds came to. */
void replay_report(const struct replay *replay, bool json);

/** samples_open() - begin; the worlds are there. */
void samples_open(struct replay *replay);

/** samples_room() - how many references to read before the next sample. */
size_t samples_room(const struct replay *replay, size_t most);

/** samples_take() - a sample if it is time for one, or @last. */
void samples_take(struct replay *replay, bool last);

/** samples_csv() - print them: a line of names, a line per world and moment. */
void samples_csv(const struct replay *replay);

/**
 * samples_plot() - draw faults, pages and TLB misses.
 *
 * Return: 0, or STATUS_USAGE after one line on standard error.
 */
int samples_plot(const struct replay *replay, const char *path);
void samples_close(struct replay *replay);

#endif
