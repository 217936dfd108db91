/* SPDX-License-Identifier: MIT */
/*
 * An array over page frames of which only parts are used: chunks of elements,
 * made zeroed as far as somebody asks for them.
 */
#ifndef CORE_SPARSE_H
#define CORE_SPARSE_H

#include "core/host.h"

#define SPARSE_CHUNK 512 /* elements */

struct sparse {
	void **chunk;
	u64 nr_chunks;
	size_t size; /* of an element; set before the first use */
};

/* An element, or NULL: its chunk was never made. */
static inline void *sparse_find(const struct sparse *s, u64 index)
{
	char *chunk;

	if (index / SPARSE_CHUNK >= s->nr_chunks)
		return NULL;
	chunk = s->chunk[index / SPARSE_CHUNK];
	return chunk ? chunk + index % SPARSE_CHUNK * s->size : NULL;
}

/**
 * sparse_make() - an element, made if need be.
 *
 * Return: NULL: the host has no memory (host->failed); nothing has changed.
 */
void *sparse_make(struct host *host, struct sparse *s, u64 index);

/* Give all of it back; it is empty then. */
void sparse_destroy(struct host *host, struct sparse *s);

#endif
