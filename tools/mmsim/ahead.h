/* SPDX-License-Identifier: MIT */
/*
 * Packed files are unpacked by a thread of their own, one buffer ahead of
 * whoever reads them; others are read where they are asked for.
 */
#ifndef TOOLS_AHEAD_H
#define TOOLS_AHEAD_H

#include <sys/types.h>

struct ahead;

/** ahead_open() - "-" is standard input; errors come with the first read. */
struct ahead *ahead_open(const char *path);

/** ahead_read() - up to @len bytes; 0 at the end, -1: ahead_error(). */
ssize_t ahead_read(struct ahead *ahead, char *buf, size_t len);

/** ahead_error() - "found ..., expected ...". */
const char *ahead_error(const struct ahead *ahead);
void ahead_close(struct ahead *ahead);

#endif
