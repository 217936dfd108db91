/* SPDX-License-Identifier: MIT */
/*
 * The memory policy that shared memory keeps itself, page by page: who maps it
 * follows it, and mbind() by any of its mappings, private ones too, sets it
 * (numa_memory_policy.rst, "Shared Policy"; private mappings as 6.18 has it).
 * It stays as long as the file does, also where the file was truncated.
 */
#ifndef MM_SHARED_POLICY_H
#define MM_SHARED_POLICY_H

#include "core/world.h"

/* Memfds and shared anonymous memory do; not files of a file system, nor of
 * hugetlb. */
bool file_shares_policy(const struct mmsim_file *file);

/* The policy of a page, or NULL. */
const struct mempolicy *file_policy(const struct mmsim_file *file, u64 index);

/**
 * shared_policy_reserve() - room for one shared_policy_set().
 *
 * Return: 0 or -ENOMEM (host).
 */
int shared_policy_reserve(struct mmsim_file *file);

/* Pages [start, end) get a policy; the default one: they have none. */
void shared_policy_set(struct mmsim_file *file, u64 start, u64 end,
		       const struct mempolicy *pol);

void shared_policy_free(struct mmsim_file *file);

#endif
