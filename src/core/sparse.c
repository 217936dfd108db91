/* SPDX-License-Identifier: MIT */
#include "core/sparse.h"

static bool grow(struct host *host, struct sparse *s, u64 chunks)
{
	u64 more = max_u64(chunks, 2 * s->nr_chunks);
	void *grown;

	if (chunks <= s->nr_chunks)
		return true;
	grown = host_realloc(host, s->chunk,
			     (size_t)s->nr_chunks * sizeof(*s->chunk),
			     (size_t)more * sizeof(*s->chunk));
	if (!grown)
		return false;
	s->chunk = grown;
	s->nr_chunks = more;
	return true;
}

void *sparse_make(struct host *host, struct sparse *s, u64 index)
{
	u64 chunk = index / SPARSE_CHUNK;

	if (!grow(host, s, chunk + 1))
		return NULL;
	if (!s->chunk[chunk])
		s->chunk[chunk] = host_alloc(host, SPARSE_CHUNK * s->size);
	return sparse_find(s, index);
}

void sparse_destroy(struct host *host, struct sparse *s)
{
	u64 i;

	for (i = 0; i < s->nr_chunks; i++)
		host_free(host, s->chunk[i], SPARSE_CHUNK * s->size);
	host_free(host, s->chunk, (size_t)s->nr_chunks * sizeof(*s->chunk));
	s->chunk = NULL;
	s->nr_chunks = 0;
}
