/* SPDX-License-Identifier: MIT */
/*
 * Swap (semantics-rmap-swap.md 6 to 8). Which pages leave memory hangs on
 * lists and references: what is exact here is that rights, signals and contents
 * are the same whatever has left. Devices come by the scenario language, which
 * is the only door to them.
 */
#include "model.h"

/*
 * A device of 128 MiB that another process has filled but for a few pages; its
 * scenario stays open, or its pages would be gone.
 */
static void fill(struct run *r)
{
	uint64_t bytes = ((uint64_t)128 << 20) - 60 * r->page_size;
	char text[160];

	snprintf(text, sizeof(text),
		 "swapon ssd\nmmap H %llu rw private anon\nwrite H 0 %llu 7\n"
		 "drain\nmadvise H 0 %llu pageout\n",
		 (unsigned long long)bytes, (unsigned long long)bytes,
		 (unsigned long long)bytes);
	EXPECT(r,
	       mmsim_scenario_open(r->w, text, strlen(text), NULL, NULL,
				   &r->filler),
	       0, "scenario_open");
	while (mmsim_scenario_step(r->filler) > 0)
		;
}

static const char *const devices[] = { "swapon zram\n", "swapon ssd\n",
				       "swapon disk\nswapon zram\n" };

static bool swaps_to_full(const struct run *r)
{
	return r->seed / NR_KINDS % 8 == 7;
}

bool swaps_to_zram(const struct run *r)
{
	return !swaps_to_full(r) && !(r->seed / NR_KINDS % NR(devices));
}

void begin_swap(struct run *r)
{
	r->swaps = true;
	if (swaps_to_full(r))
		fill(r);
	else
		run_text(r, devices[r->seed / NR_KINDS % NR(devices)]);
}

/* Everything comes back, and what comes next leaves no more. */
void do_swapoff(struct run *r)
{
	if (r->filler || pick(r, 4))
		return;
	say(r, "0 swapoff, swapon");
	run_text(r, "swapoff\nswapon zram\n");
}

void do_pageout(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, i, tries;
	bool hole = false;
	int got;

	/* Mostly where something is to be had. */
	for (tries = 0; tries < 4; tries++) {
		pick_range(r, 24, &first, &nr);
		if (proc->pages[first].page > ZERO)
			break;
	}
	for (i = first; i < first + nr; i++)
		hole |= proc->pages[i].kind == HOLE;
	if (pick(r, 2))
		run_text(r, "drain\n");
	say(r, "%u pageout %u..%u", mmsim_mm_pid(proc->mm), first, first + nr);
	got = mmsim_madvise(proc->mm, r->base + first * r->page_size,
			    nr * r->page_size, MMSIM_MADV_PAGEOUT);
	/* A large folio of shared memory that does not fit somewhere. */
	if (got == -EOPNOTSUPP && shares_large(r))
		end_here(r);
	EXPECT(r, got, hole ? -ENOMEM : 0, "pageout");
}

/*
 * MADV_FREE also gives up, for whoever shares it, a page that a read fault has
 * brought back from swap: nothing says that it is dirty. The process that did
 * not ask loses its contents up to 6.18, where a kernel was seen to do it too.
 */
void model_give_up(struct run *r, struct model_page *p)
{
	unsigned i, j;

	p->given_up = true;
	for (i = 0; p->page > ZERO && i < NR_PROCS; i++)
		for (j = 0; r->procs[i].mm && j < r->nr_pages; j++)
			if (r->procs[i].pages[j].page == p->page)
				r->procs[i].pages[j].given_up = true;
}

/* Before an access: whether a page that was given up has been taken. */
void settle_given_up(struct run *r, struct model_page *p)
{
	struct mmsim_entry e = { .size = sizeof(e) };

	if (p->kind != ANON_PAGE || !p->given_up)
		return;
	library_entry(r, p, &e);
	if (e.raw)
		return;
	memset(p->bytes, 0, NR_BYTES);
	model_clear(p);
}
