/* SPDX-License-Identifier: MIT */
/*
 * Scenarios as data: generated, cut down, printed.
 *
 * The language places the k-th mapping of a process in slot k. Here a line
 * has an address instead, so that lines can be taken out without moving what
 * the others map; printing works the slots out again.
 */
#ifndef TOOLS_PROGRAM_H
#define TOOLS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_WORDS 12

struct program_line {
	char *who; /* "P", or a child */
	char *word[PROGRAM_WORDS];
	int nr;
	bool placed; /* an mmap or mremap: it has an address */
	uint64_t at; /* from the first slot, in bytes */
};

struct program {
	struct program_line *v;
	size_t nr, room;
	uint64_t stride;
};

/** program_read() - from text; comments and `expect` lines are left out. */
struct program *program_read(const char *text, uint64_t stride);

/** program_copy() - without the lines that @keep leaves out; NULL: all. */
struct program *program_copy(const struct program *from, const bool *keep);

/** program_add() - a line of words; @at: an address, or UINT64_MAX. */
void program_add(struct program *p, const char *who, uint64_t at,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** program_word() - put another word in the place of one. */
void program_word(struct program *p, size_t line, int word, const char *text);

/** program_text() - as a scenario; free() it. NULL: a slot lies too high. */
char *program_text(const struct program *p);
void program_free(struct program *p);

/* ---- program_generate.c ---- */

/** program_families() - their names; ends with NULL. */
extern const char *const program_families[];

/**
 * program_generate() - a program of a family.
 * @ops: about how many operations; 0: the seed chooses.
 *
 * The same seed gives the same program on every host.
 *
 * Return: NULL if there is no such family.
 */
struct program *program_generate(uint64_t seed, const char *family,
				 unsigned ops, uint64_t page, uint64_t stride);

/* ---- program_shrink.c ---- */

/**
 * program_shrink() - the shortest program that still shows what it shows.
 * @differs: says of a text the line at which it does, or 0.
 *
 * Return: a new program.
 */
struct program *
program_shrink(const struct program *p,
	       unsigned (*differs)(const char *text, void *user), void *user);

#endif
