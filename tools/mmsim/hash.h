/* SPDX-License-Identifier: MIT */
/*
 * uthash as the command uses it: memory never runs out for it, and its hash
 * function compiles without warnings everywhere.
 */
#ifndef TOOLS_HASH_H
#define TOOLS_HASH_H

#include "out.h"

#define uthash_malloc(size) xcalloc(1, size)
#define HASH_FUNCTION	    HASH_FNV
#include <uthash.h>

#endif
