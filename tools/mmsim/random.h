/* SPDX-License-Identifier: MIT */
/*
 * Two sides of one scenario: a kernel and its world, or two worlds.
 */
#ifndef TOOLS_RANDOM_H
#define TOOLS_RANDOM_H

#include "options.h"
#include "recorder.h"

/** random_run() - generated programs against the running kernel. */
int random_run(struct options *options, struct recorder *recorder,
	       const char *info);

/* What two sides make of a scenario. */
enum verdict {
	VERDICT_SAME,
	VERDICT_DIFFERENT,
	VERDICT_SKIPPED, /* a side cannot run it */
};

struct sides;

/**
 * sides_kernel() - the running kernel, and the world that @info describes.
 *
 * Return: NULL after one line on standard error.
 */
struct sides *sides_kernel(struct recorder *recorder, const char *info,
			   const struct options *options);

/** sides_worlds() - two worlds. */
struct sides *sides_worlds(const struct world_spec *a,
			   const struct world_spec *b);
void sides_free(struct sides *sides);

/* The outcome of sides_compare(); strings are valid until the next one. */
struct sides_result {
	enum verdict verdict;
	unsigned line;	   /* of the first difference */
	size_t operations; /* compared */
	const char *text;  /* the difference, or why it was skipped */
};

void sides_compare(struct sides *sides, const char *text,
		   struct sides_result *result);

/** sides_expect() - @text with what the first side did as `expect` lines. */
char *sides_expect(struct sides *sides, const char *text);

#endif
