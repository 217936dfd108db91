/* SPDX-License-Identifier: MIT */
/*
 * Input files: plain, gzip or xz, told apart by their first bytes.
 */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct input;

/**
 * input_open() - open a file for reading; "-" is standard input.
 *
 * Return: never NULL: a file that cannot be opened fails at the first read.
 */
struct input *input_open(const char *path);

/**
 * input_read() - the next bytes, decompressed.
 *
 * Return: how many, 0 at the end, -1 on an error: input_error() tells, and
 * every further read fails as well. What came before an error is good.
 */
ssize_t input_read(struct input *in, char *buf, size_t len);

/** input_packed() - whether it is gzip or xz; reads the first bytes. */
bool input_packed(struct input *in);

/** input_error() - why a read failed: "found ..., expected ...". */
const char *input_error(const struct input *in);

/**
 * input_stoppable() - prepare for input_stop().
 *
 * Return: false: the machine has no descriptors left for it.
 */
bool input_stoppable(struct input *in);

/**
 * input_stop() - end a read that waits for a silent pipe.
 *
 * From another thread; that read and all later ones are at the end then.
 */
void input_stop(struct input *in);

void input_close(struct input *in);

/**
 * input_slurp() - a whole file.
 * @len: its length; one zero byte follows it that does not count.
 *
 * Prints one line on standard error and returns NULL if it cannot be read.
 */
char *input_slurp(const char *path, size_t *len);

/** input_slurp_raw() - the same, without decompressing. */
char *input_slurp_raw(const char *path, size_t *len);

/**
 * input_slurp_any() - the first of @path, @path.gz, @path.xz that exists.
 * @found: the name that did; the caller frees it. NULL if none exists.
 */
char *input_slurp_any(const char *path, size_t *len, char **found);

#endif
