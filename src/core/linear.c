/* SPDX-License-Identifier: MIT */
#include "core/linear.h"

#include <string.h>

#include "core/backend.h"
#include "core/world.h"

static size_t linear_bytes(const struct linear *l)
{
	return (size_t)(l->mask + 1) * sizeof(*l->tables);
}

void linear_init(struct mmsim *w)
{
	w->linear.tables = &w->linear.no_table;
	w->access_walk = w->be->access_walk;
	w->linear.due = LINEAR_QUIET;
}

void linear_destroy(struct mmsim *w)
{
	struct linear *l = &w->linear;

	if (l->mask)
		host_free(&w->host, l->tables, linear_bytes(l));
}

bool linear_make(struct mmsim *w, size_t nr)
{
	const bool failed = w->host.failed;
	u64 *tables;

	tables = host_alloc(&w->host, nr * sizeof(*tables));
	w->host.failed = failed;
	if (!tables)
		return false;
	w->linear.tables = tables;
	w->linear.mask = nr - 1;
	return true;
}

static void slots_set_gen(struct mmsim *w, u64 gen)
{
	size_t i;

	for (i = 0; i < PTW_SLOTS; i++)
		w->linear.gen_of[i] = gen;
}

u64 linear_new_gen(struct mmsim *w)
{
	struct linear *l = &w->linear;

	l->gen += LINEAR_GEN;
	if (unlikely(!l->gen)) {
		memset(l->tables, 0, linear_bytes(l));
		slots_set_gen(w, LINEAR_GEN);
		l->gen = 2 * LINEAR_GEN;
	}
	return l->gen;
}

void linear_forget(struct mmsim *w)
{
	w->linear.looked = false;
	w->access_walk = w->be->access_walk;
	w->linear.due = w->obs.events[EV_hw_tlb_miss] + LINEAR_QUIET;
	slots_set_gen(w, linear_new_gen(w));
}
