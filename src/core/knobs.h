/* SPDX-License-Identifier: MIT */
/*
 * Values of the knobs that take words: the index of the word.
 */
#ifndef CORE_KNOBS_H
#define CORE_KNOBS_H

enum { OVERCOMMIT_GUESS, OVERCOMMIT_ALWAYS, OVERCOMMIT_NEVER };
enum { THP_ALWAYS, THP_MADVISE, THP_NEVER };

#endif
