/* SPDX-License-Identifier: MIT */
/*
 * mm_assert(): what only a bug of ours can cause. Callers' mistakes return an
 * errno and never reach one. Compiled out unless MMSIM_ASSERT is defined
 * (debug builds, tests).
 */
#ifndef CORE_ASSERT_H
#define CORE_ASSERT_H

#ifdef MMSIM_ASSERT
#include <assert.h>
#define mm_assert(cond) assert(cond)
#else
#define mm_assert(cond) ((void)sizeof(!(cond)))
#endif

#endif
