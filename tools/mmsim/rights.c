/* SPDX-License-Identifier: MIT */
#include "rights.h"

#include "out.h"

#include <stdlib.h>
#include <string.h>

/* The first span that ends above @addr. */
static size_t rights_find(const struct rights *rights, uint64_t addr)
{
	size_t low = 0, high = rights->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (rights->v[mid].end > addr)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

int rights_get(const struct rights *rights, uint64_t addr)
{
	size_t i = rights_find(rights, addr);

	if (i == rights->nr || rights->v[i].start > addr)
		return -1;
	return rights->v[i].prot;
}

/* Put @nr spans in the place of [from, to). */
static void rights_splice(struct rights *rights, size_t from, size_t to,
			  const struct rights_span *spans, size_t nr)
{
	size_t total = rights->nr - (to - from) + nr;

	if (total > rights->room) {
		rights->room = 2 * total;
		rights->v =
			xrealloc(rights->v, rights->room, sizeof(*rights->v));
	}
	if (rights->nr > to)
		memmove(rights->v + from + nr, rights->v + to,
			(rights->nr - to) * sizeof(*spans));
	if (nr)
		memcpy(rights->v + from, spans, nr * sizeof(*spans));
	rights->nr = total;
}

void rights_set(struct rights *rights, uint64_t start, uint64_t end, int prot)
{
	size_t from = rights_find(rights, start), to = from, nr = 0;
	struct rights_span spans[3];

	if (start >= end)
		return;
	while (to < rights->nr && rights->v[to].start < end)
		to++;
	if (from < to && rights->v[from].start < start) {
		spans[nr] = rights->v[from];
		spans[nr++].end = start;
	}
	if (prot >= 0)
		spans[nr++] = (struct rights_span){ start, end, prot };
	if (from < to && rights->v[to - 1].end > end) {
		spans[nr] = rights->v[to - 1];
		spans[nr++].start = end;
	}
	rights_splice(rights, from, to, spans, nr);
}

void rights_free(struct rights *rights)
{
	free(rights->v);
}
