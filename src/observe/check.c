/* SPDX-License-Identifier: MIT */
#include "observe/check_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

const struct invariant_info invariant_table[NR_INVARIANTS] = {
#define INVARIANT(id, name, what) { name, what },
#include "observe/invariants.def"
#undef INVARIANT
};

void check_broken(struct check *c, enum invariant inv, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	/* What is counted by now is not all that there is. */
	if (c->no_memory)
		return;
	c->broken++;
	if (!c->fn)
		return;
	n = snprintf(line, sizeof(line), "%s: ", invariant_table[inv].name);
	va_start(ap, fmt);
	(void)vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	c->fn(line, c->user);
}

void part_broken(const char *line, void *user)
{
	struct part *p = user;

	check_broken(p->c, p->inv, "%s", line);
}

void add_use(struct check *c, pfn_t pfn, enum use_kind kind)
{
	size_t max = c->max_uses ? 2 * c->max_uses : 256;
	struct use *uses;

	if (c->nr_uses == c->max_uses) {
		uses = host_realloc(&c->w->host, c->uses,
				    c->max_uses * sizeof(*uses),
				    max * sizeof(*uses));
		if (!uses) {
			c->no_memory = true;
			return;
		}
		c->uses = uses;
		c->max_uses = max;
	}
	c->uses[c->nr_uses++] = (struct use){
		.pfn = pfn,
		.kind = kind,
		.pid = c->mm ? c->mm->pid : 0,
	};
}

int check_cheap(struct mmsim *w, mmsim_report_fn fn, void *user, u64 *cost)
{
	struct check c = { .w = w, .fn = fn, .user = user };
	struct mmsim_mm *mm;

	LIST_FOREACH(mm, &w->mms, link) {
		check_vmas(&c, mm);
		check_policies(&c, mm);
		check_numa_faults(&c, mm);
		*cost += mm->tree.count + 1;
	}
	check_processes(&c);
	check_batches(&c, false);
	check_cpus(&c);
	return c.broken;
}

int check_world(struct mmsim *w, mmsim_report_fn fn, void *user)
{
	struct check c = { .w = w, .fn = fn, .user = user };
	struct mmsim_mm *mm;

	LIST_FOREACH(mm, &w->mms, link)
		check_mm(&c, mm);
	LIST_FOREACH(mm, &w->mms, link) {
		check_policies(&c, mm);
		check_numa_faults(&c, mm);
	}
	check_file_policies(&c);
	check_cpus(&c);
	check_nodes(&c);
	check_processes(&c);
	check_table_end(&c);
	check_batches(&c, true);
	check_files(&c);
	check_pins(&c);
	check_poisoned(&c);
	check_tlbs(&c);
	check_swap(&c);
	check_ksm(&c);
	check_lru(&c);
	check_large(&c);
	if (!c.no_memory)
		check_frames(&c);
	host_free(&w->host, c.uses, c.max_uses * sizeof(*c.uses));
	host_free(&w->host, c.swapped, c.max_swapped * sizeof(*c.swapped));
	return c.no_memory ? -ENOMEM : c.broken;
}
