/* SPDX-License-Identifier: MIT */
/*
 * Random programs. All mappings of a program lie in one arena of a few pages,
 * so that they meet: a name R stands for the arena as a whole.
 */
#include "program.h"

#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SLOT 200
#define MOST_PAGES 1100
#define MOST_PROCS 12
#define MOST_FILES 8
#define NOWHERE	   UINT64_MAX

enum kind {
	MMAP,
	MUNMAP,
	MPROTECT,
	ADVISE_VMA, /* changes the mapping */
	ADVISE,	    /* acts on its pages */
	WRITE,
	READ,
	MLOCK,
	MUNLOCK,
	MREMAP,
	FORK,
	EXIT,
	FTRUNCATE,
	DUMP,
	ODD, /* sizes and offsets that do not fit */
	NEW_FILE,
	CLEAR_REFS,
	UFFD_WP,
	GUARD,
	PAGEOUT,
	COLLAPSE,
	SEAL,
	BAD, /* what is refused, and would be by no length of the range */
	KSM, /* what is offered, and passes */
	POLICY,
	MOVE, /* to another node */
	NR_KINDS
};

/* How often each kind comes, where a family says nothing else. */
static const unsigned char usual[NR_KINDS] = {
	[MMAP] = 18,	 [MUNMAP] = 6, [MPROTECT] = 24, [ADVISE_VMA] = 12,
	[ADVISE] = 9,	 [WRITE] = 24, [READ] = 12,	[MLOCK] = 3,
	[MUNLOCK] = 3,	 [MREMAP] = 9, [FORK] = 3,	[EXIT] = 2,
	[FTRUNCATE] = 1, [DUMP] = 3,   [NEW_FILE] = 1,
};

struct weight {
	enum kind kind;
	unsigned char weight;
};

static const struct family {
	const char *name;
	bool files, tiny, huge;
	const char *begin[3]; /* lines before everything else */
	struct weight other[12];
} families[] = {
	{ "vma",
	  true,
	  false,
	  false,
	  { NULL },
	  { { MPROTECT, 42 },
	    { ADVISE_VMA, 24 },
	    { WRITE, 15 },
	    { FORK, 1 } } },
	{ "cow",
	  false,
	  false,
	  false,
	  { NULL },
	  { { FORK, 9 },
	    { EXIT, 6 },
	    { WRITE, 60 },
	    { READ, 30 },
	    { MMAP, 12 },
	    { ADVISE, 15 },
	    { DUMP, 12 } } },
	{ "file",
	  true,
	  false,
	  false,
	  { NULL },
	  { { FTRUNCATE, 6 },
	    { WRITE, 36 },
	    { READ, 30 },
	    { MMAP, 24 },
	    { ADVISE, 15 } } },
	{ "fork",
	  true,
	  false,
	  false,
	  { NULL },
	  { { FORK, 9 }, { EXIT, 6 }, { WRITE, 30 } } },
	{ "mremap",
	  false,
	  false,
	  false,
	  { NULL },
	  { { MREMAP, 36 }, { MMAP, 24 } } },
	{ "anonvma",
	  false,
	  false,
	  false,
	  { NULL },
	  { { MPROTECT, 48 },
	    { MMAP, 30 },
	    { WRITE, 30 },
	    { MREMAP, 18 },
	    { FORK, 6 },
	    { ADVISE_VMA, 3 },
	    { ADVISE, 3 },
	    { MUNMAP, 12 } } },
	{ "tiny",
	  true,
	  true,
	  false,
	  { NULL },
	  { { MPROTECT, 36 },
	    { MMAP, 36 },
	    { MUNMAP, 15 },
	    { MREMAP, 36 },
	    { WRITE, 36 },
	    { FORK, 6 },
	    { EXIT, 5 },
	    { ADVISE_VMA, 6 } } },
	{ "mixed", true, false, false, { NULL }, { { ODD, 6 } } },
	{ "odd", true, false, false, { NULL }, { { ODD, 40 } } },
	{ "locked",
	  true,
	  false,
	  false,
	  { NULL },
	  { { MLOCK, 14 }, { MUNLOCK, 12 }, { ADVISE_VMA, 18 } } },
	{ "track",
	  true,
	  false,
	  false,
	  { NULL },
	  { { CLEAR_REFS, 9 }, { WRITE, 36 }, { MPROTECT, 30 } } },
	{ "uffd",
	  false,
	  false,
	  false,
	  { "uffd_open async", NULL },
	  { { UFFD_WP, 18 }, { WRITE, 36 }, { MPROTECT, 12 } } },
	{ "guard",
	  true,
	  false,
	  false,
	  { NULL },
	  { { GUARD, 18 }, { WRITE, 30 }, { MREMAP, 12 } } },
	{ "thp",
	  false,
	  false,
	  true,
	  { NULL },
	  { { MPROTECT, 18 }, { WRITE, 36 }, { FORK, 4 }, { COLLAPSE, 3 } } },
	{ "mthp",
	  false,
	  false,
	  false,
	  { "mthp 64 always", NULL },
	  { { MPROTECT, 18 }, { WRITE, 36 }, { FORK, 4 } } },
	{ "swap",
	  false,
	  false,
	  false,
	  { "swapon zram", NULL },
	  { { PAGEOUT, 18 }, { WRITE, 36 }, { FORK, 4 } } },
	{ "swap-mthp",
	  false,
	  false,
	  false,
	  { "mthp 64 always", "swapon zram", NULL },
	  { { PAGEOUT, 18 }, { WRITE, 36 }, { FORK, 4 } } },
	{ "swap-thp",
	  false,
	  false,
	  true,
	  { "swapon zram", NULL },
	  { { PAGEOUT, 18 }, { WRITE, 36 }, { FORK, 4 } } },
	{ "uffdfile",
	  true,
	  false,
	  false,
	  { "uffd_open async", NULL },
	  { { UFFD_WP, 24 }, { WRITE, 30 }, { READ, 18 }, { ADVISE, 15 } } },
	{ "uffdsync",
	  true,
	  false,
	  false,
	  { "uffd_open sync", NULL },
	  { { UFFD_WP, 24 }, { WRITE, 36 }, { FORK, 5 }, { MREMAP, 12 } } },
	{ "uffdthp",
	  false,
	  false,
	  true,
	  { "uffd_open async", NULL },
	  { { UFFD_WP, 24 }, { WRITE, 36 }, { FORK, 4 }, { COLLAPSE, 3 } } },
	{ "seal",
	  true,
	  false,
	  false,
	  { NULL },
	  { { SEAL, 4 },
	    { MPROTECT, 30 },
	    { MUNMAP, 12 },
	    { MREMAP, 18 },
	    { ADVISE, 18 },
	    { FORK, 4 },
	    { GUARD, 6 } } },
	{ "refused",
	  true,
	  false,
	  false,
	  { "uffd_open async", NULL },
	  { { BAD, 40 },
	    { ODD, 20 },
	    { SEAL, 3 },
	    { UFFD_WP, 12 },
	    { GUARD, 6 },
	    { MPROTECT, 30 },
	    { MUNMAP, 12 } } },
	{ "ksm",
	  false,
	  false,
	  false,
	  { NULL },
	  { { KSM, 30 }, { WRITE, 42 }, { FORK, 5 }, { EXIT, 3 } } },
	{ "ksm-thp",
	  false,
	  false,
	  true,
	  { NULL },
	  { { KSM, 30 }, { WRITE, 42 }, { FORK, 4 }, { COLLAPSE, 3 } } },
	{ "numa",
	  true,
	  false,
	  false,
	  { NULL },
	  { { POLICY, 36 },
	    { MOVE, 9 },
	    { WRITE, 36 },
	    { MPROTECT, 12 },
	    { ADVISE_VMA, 6 },
	    { FORK, 4 } } },
};

#define NR_FAMILIES (sizeof(families) / sizeof(*families))

const char *const program_families[] = {
	"vma",	    "cow",	"file",	   "fork",   "mremap",	  "anonvma",
	"tiny",	    "mixed",	"odd",	   "locked", "track",	  "uffd",
	"guard",    "thp",	"mthp",	   "swap",   "swap-mthp", "swap-thp",
	"uffdfile", "uffdsync", "uffdthp", "seal",   "refused",	  "ksm",
	"ksm-thp",  "numa",	NULL,
};

/* ---- chance ---- */

/* SplitMix64: the same numbers on every host. */
static uint64_t next64(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct proc {
	char name[8];
	bool alive;
	bool mapped[MOST_PAGES];
};

struct generator {
	uint64_t chance;
	const struct family *family;
	struct program *p;
	uint64_t page;
	unsigned pages, shift; /* of the arena, and where it begins */
	struct proc proc[MOST_PROCS];
	unsigned nr_procs, most_procs, nr_forks;
	unsigned file_pages[MOST_FILES], nr_files;
	const char *prot[9], *advice_vma[13], *advice[8];
	unsigned nr_prots, nr_advice_vma, nr_advice;
	unsigned weight[NR_KINDS], weights;
};

/* Less than @n. */
static unsigned below(struct generator *g, unsigned n)
{
	return n ? (unsigned)((next64(&g->chance) >> 32) * n >> 32) : 0;
}

static bool percent(struct generator *g, unsigned p)
{
	return below(g, 100) < p;
}

static unsigned one_of(struct generator *g, const unsigned *v, unsigned n)
{
	return v[below(g, n)];
}

/*
 * Some of @from: a program that uses few kinds has equal neighbours more
 * often.
 */
static unsigned some_of(struct generator *g, const char **to,
			const char *const *from, unsigned n, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		to[i] = from[below(g, n)];
	return nr;
}

/* ---- ranges ---- */

struct range {
	unsigned first, nr;
};

static struct range any_range(struct generator *g)
{
	static const unsigned grids[] = { 1, 1, 2, 4 };
	static const unsigned lengths[] = { 1, 1, 2, 3, 4, 4, 6, 8 };
	static const unsigned large[] = { 100, 256, 512, 513 };
	unsigned grid = one_of(g, grids, 4);
	struct range r;

	r.first = below(g, (g->pages + grid - 1) / grid) * grid;
	r.nr = below(g, 9) ? one_of(g, lengths, 8) : g->pages;
	if (g->pages >= 500 && percent(g, 60))
		r.nr = one_of(g, large, 4);
	if (r.nr > g->pages - r.first)
		r.nr = g->pages - r.first;
	return r;
}

static unsigned mapped_in(const struct proc *proc, struct range r)
{
	unsigned nr = 0;

	for (unsigned i = r.first; i < r.first + r.nr; i++)
		nr += proc->mapped[i];
	return nr;
}

/* Mostly one with something mapped in it. */
static struct range mapped_range(struct generator *g, const struct proc *proc)
{
	struct range r = any_range(g);

	for (int i = 0; i < 6; i++) {
		unsigned nr = mapped_in(proc, r);

		if (nr == r.nr || (nr && percent(g, 25)))
			break;
		r = any_range(g);
	}
	return r;
}

static void mark(struct proc *proc, struct range r, bool mapped)
{
	for (unsigned i = r.first; i < r.first + r.nr; i++)
		if (i < MOST_PAGES)
			proc->mapped[i] = mapped;
}

static uint64_t place(const struct generator *g, unsigned page)
{
	return ARENA_SLOT * g->p->stride + (g->shift + page) * g->page;
}

#define ADD(g, proc, ...) \
	program_add((g)->p, (proc)->name, NOWHERE, __VA_ARGS__)

/* ---- operations; false: not now ---- */

static bool add_mmap(struct generator *g, struct proc *proc)
{
	bool shared = percent(g, g->family->files ? 35 : 15);
	const char *prot = g->prot[below(g, g->nr_prots)];
	struct range r = any_range(g);
	char what[64] = "anon";
	bool free;

	for (int i = 0; i < 8 && mapped_in(proc, r); i++)
		r = any_range(g);
	free = !mapped_in(proc, r);
	if (!free && percent(g, 80))
		return false;
	if (g->nr_files && percent(g, 60)) {
		unsigned f = below(g, g->nr_files);

		snprintf(what, sizeof(what), "memfd F%u %up", f,
			 percent(g, 75) ? r.first
					: below(g, g->file_pages[f] + 2));
	}
	program_add(g->p, proc->name, place(g, r.first),
		    "mmap Q %up %s %s %s%s", r.nr, prot,
		    shared ? "shared" : "private", what,
		    percent(g, 10) ? " populate" : "");
	if (free)
		mark(proc, r, true);
	if (g->family->huge && percent(g, 70))
		ADD(g, proc, "madvise R %up %up hugepage", r.first, r.nr);
	return true;
}

/* Often next to where it comes from. */
static unsigned move_target(struct generator *g, struct range from, unsigned nr)
{
	unsigned to = below(g, g->pages > nr ? g->pages - nr + 1 : 1);

	if (percent(g, 70))
		return to;
	if (percent(g, 50) && from.first >= nr)
		return from.first - nr;
	return from.first + from.nr;
}

static bool add_mremap(struct generator *g, struct proc *proc)
{
	static const int changes[] = { -2, -1, 1, 2, 4 };
	struct range from = mapped_range(g, proc), to;
	bool keep = percent(g, 20), whole = mapped_in(proc, from) == from.nr;
	int nr = (int)from.nr;

	if (percent(g, 40))
		nr += changes[below(g, 5)];
	to.nr = nr > 0 ? (unsigned)nr : 1;
	to.first = move_target(g, from, to.nr);
	if (to.first + to.nr > g->pages && percent(g, 90))
		return false;
	if (to.first < from.first + from.nr && from.first < to.first + to.nr &&
	    percent(g, 90))
		return false;
	if (percent(g, 3))
		from.nr = 0;
	program_add(g->p, proc->name, place(g, to.first),
		    "mremap R %up %up %up Q%s", from.first, from.nr, to.nr,
		    keep ? " dontunmap" : "");
	mark(proc, to, false);
	if (whole && !keep)
		mark(proc, from, false);
	if (whole)
		mark(proc, to, true);
	return true;
}

static bool add_fork(struct generator *g, struct proc *proc)
{
	struct proc *child = NULL;

	for (unsigned i = 0; i < g->most_procs && !child; i++)
		if (!g->proc[i].alive)
			child = &g->proc[i];
	if (!child)
		return false;
	*child = *proc;
	snprintf(child->name, sizeof(child->name), "C%u", ++g->nr_forks);
	ADD(g, proc, "fork %s", child->name);
	return true;
}

/* The first process stays. */
static bool add_exit(struct generator *g, struct proc *proc)
{
	struct proc *child = &g->proc[1 + below(g, g->most_procs - 1)];

	if (!child->alive)
		return false;
	ADD(g, child == proc ? &g->proc[0] : proc, "exit %s", child->name);
	child->alive = false;
	return true;
}

static bool add_truncate(struct generator *g, struct proc *proc)
{
	static const unsigned bytes[] = { 1, 100, 4095 };
	unsigned f = below(g, g->nr_files);

	if (!g->nr_files)
		return false;
	if (percent(g, 60))
		g->file_pages[f] = below(g, g->pages + 4);
	if (percent(g, 80))
		ADD(g, proc, "ftruncate F%u %up", f, g->file_pages[f]);
	else
		ADD(g, proc, "ftruncate F%u %llu", f,
		    (unsigned long long)(g->file_pages[f] * g->page +
					 one_of(g, bytes, 3)));
	return true;
}

/* Files are made while there is one process: names go down with fork. */
static bool add_file(struct generator *g, struct proc *proc)
{
	static const unsigned odd[] = { 0, 0, 1, 4095 };
	unsigned pages = 1 + below(g, g->pages);

	if (!g->family->files || g->nr_forks || g->nr_files == MOST_FILES ||
	    proc != &g->proc[0])
		return false;
	ADD(g, proc, "memfd F%u %llu", g->nr_files,
	    (unsigned long long)(pages * g->page + one_of(g, odd, 4)));
	g->file_pages[g->nr_files++] = pages;
	return true;
}

/* Sizes and offsets that are no multiple of a page, too large, or zero. */
static bool add_odd(struct generator *g, struct proc *proc)
{
	static const char *const lengths[] = { "0", "1", "4097",
					       "70368744177664",
					       "18446744073709547520" };
	struct range r = mapped_range(g, proc);
	unsigned long long at = r.first * g->page + below(g, 4) * 2048;
	const char *len = lengths[below(g, 5)];
	const char *prot = g->prot[below(g, g->nr_prots)];

	switch (below(g, 8)) {
	case 0:
		ADD(g, proc, "munmap R %llu 5000", at);
		break;
	case 1:
		ADD(g, proc, "mprotect R %llu %s %s", at, len, prot);
		break;
	case 2:
		ADD(g, proc, "madvise R %llu %s %s", at, len,
		    g->advice_vma[below(g, g->nr_advice_vma)]);
		break;
	case 3:
		ADD(g, proc, "madvise R %llu %s %s", at, len,
		    g->advice[below(g, g->nr_advice)]);
		break;
	case 4:
		ADD(g, proc, "read R %llu %u", at, 1 + below(g, 9000));
		break;
	case 5:
		ADD(g, proc, "write R %llu %u 9", at, 1 + below(g, 9000));
		break;
	case 6:
		program_add(g->p, proc->name, place(g, r.first) + below(g, 2),
			    "mmap Q %s %s private anon", len, prot);
		break;
	default:
		program_add(g->p, proc->name, place(g, r.first) + below(g, 2),
			    "mremap R %llu %u %s Q", at,
			    r.nr * (unsigned)g->page, len);
		break;
	}
	ADD(g, proc, "maps");
	return true;
}

/*
 * Ranges that wrap or are empty, places where no page begins, and values that
 * do not exist.
 */
static bool add_bad(struct generator *g, struct proc *proc)
{
	static const char *const ops[] = { "uffd",  "madvise", "mseal",
					   "mlock", "munlock", "mprotect" };
	static const char *const uffd[] = { "register", "wp", "unwp",
					    "unregister" };
	static const char *const lengths[] = { "0",
					       "100",
					       "4096",
					       "1p",
					       "64p",
					       "18446744073709486080",
					       "18446744073709551000" };
	static const unsigned off[] = { 0, 0, 1, 2048 };
	struct range r = mapped_range(g, proc);
	unsigned op = below(g, 8);
	const char *word = "";

	if (op == 7) {
		ADD(g, proc, "clear_refs %u", 5 + below(g, 4) * 9);
		return true;
	}
	if (op == 6 && !g->nr_files)
		return false;
	if (op == 6) {
		program_add(g->p, proc->name, place(g, r.first),
			    "mmap Q %up r shared memfd F%u %u", r.nr,
			    below(g, g->nr_files), 1 + below(g, 9000));
		return true;
	}
	/* Only its opener's memory can be registered. */
	if (op == 0 && proc != &g->proc[0])
		return false;
	if (op == 0)
		word = uffd[below(g, 4)];
	else if (op == 1)
		word = percent(g, 50) ? "guard_install" : "guard_remove";
	else if (op == 5)
		word = g->prot[below(g, g->nr_prots)];
	ADD(g, proc, "%s R %llu %s %s", ops[op],
	    (unsigned long long)(r.first * g->page + one_of(g, off, 4)),
	    lengths[below(g, 7)], word);
	ADD(g, proc, "maps");
	return true;
}

static bool add_uffd(struct generator *g, struct proc *proc)
{
	static const char *const whats[] = { "register", "wp", "wp", "unwp",
					     "unregister" };
	struct range r = mapped_range(g, proc);

	/* Only its opener's memory can be registered. */
	if (proc != &g->proc[0])
		return false;
	ADD(g, proc, "uffd R %up %up %s", r.first, r.nr, whats[below(g, 5)]);
	return true;
}

/* As many passes as it takes until nothing changes any more. */
static bool add_ksm(struct generator *g, struct proc *proc)
{
	struct range r = mapped_range(g, proc);

	if (percent(g, 40))
		ADD(g, proc, "ksm 4");
	else
		ADD(g, proc, "madvise R %up %up %s", r.first, r.nr,
		    percent(g, 75) ? "mergeable" : "unmergeable");
	return true;
}

/* A node alone binds to it. The second one may not be there. */
static bool add_policy(struct generator *g, struct proc *proc)
{
	struct range r = mapped_range(g, proc);

	ADD(g, proc, "mbind R %up %up %u%s", r.first, r.nr,
	    percent(g, 75) ? 0u : 1u, percent(g, 20) ? " move" : "");
	return true;
}

/* Pages of the range that are there, and how many are where. */
static bool add_move(struct generator *g, struct proc *proc)
{
	struct range r = mapped_range(g, proc);

	if (percent(g, 50))
		ADD(g, proc, "move_pages R %up %up %u", r.first, r.nr,
		    below(g, 2));
	ADD(g, proc, "node R %up %up", r.first, r.nr);
	return true;
}

/* Contents of a write: few where pages are to be equal. */
static unsigned some_byte(struct generator *g)
{
	return below(g, g->weight[KSM] ? 3 : 256);
}

/* Kinds that take a range of mapped pages and a word. */
static bool add_range(struct generator *g, struct proc *proc, enum kind kind)
{
	struct range r = mapped_range(g, proc);

#define RANGE(op, ...) ADD(g, proc, op, r.first, r.nr __VA_ARGS__)
	if (kind == MUNMAP)
		RANGE("munmap R %up %up");
	else if (kind == MPROTECT)
		RANGE("mprotect R %up %up %s", ,
		      g->prot[below(g, g->nr_prots)]);
	else if (kind == ADVISE_VMA)
		RANGE("madvise R %up %up %s", ,
		      g->advice_vma[below(g, g->nr_advice_vma)]);
	else if (kind == ADVISE)
		RANGE("madvise R %up %up %s", ,
		      g->advice[below(g, g->nr_advice)]);
	else if (kind == WRITE)
		RANGE("write R %up %up %u", , some_byte(g));
	else if (kind == READ)
		RANGE("read R %up %up");
	else if (kind == MLOCK)
		RANGE("mlock R %up %up");
	else if (kind == MUNLOCK)
		RANGE("munlock R %up %up");
	else if (kind == GUARD)
		RANGE("madvise R %up %up %s", ,
		      percent(g, 60) ? "guard_install" : "guard_remove");
	else if (kind == SEAL)
		RANGE("mseal R %up %up");
	else if (kind == PAGEOUT)
		RANGE("madvise R %up %up pageout");
	else
		RANGE("madvise R %up %up collapse");
#undef RANGE
	if (kind == MUNMAP)
		mark(proc, r, false);
	return true;
}

static bool add_kind(struct generator *g, struct proc *proc, enum kind kind)
{
	switch (kind) {
	case MMAP:
		return add_mmap(g, proc);
	case MREMAP:
		return add_mremap(g, proc);
	case FORK:
		return add_fork(g, proc);
	case EXIT:
		return add_exit(g, proc);
	case FTRUNCATE:
		return add_truncate(g, proc);
	case NEW_FILE:
		return add_file(g, proc);
	case ODD:
		return add_odd(g, proc);
	case BAD:
		return add_bad(g, proc);
	case UFFD_WP:
		return add_uffd(g, proc);
	case KSM:
		return add_ksm(g, proc);
	case POLICY:
		return add_policy(g, proc);
	case MOVE:
		return add_move(g, proc);
	case CLEAR_REFS:
		ADD(g, proc, "clear_refs %u", percent(g, 80) ? 4u : 1u);
		return true;
	case DUMP:
		ADD(g, proc, "dump R");
		return true;
	default:
		return add_range(g, proc, kind);
	}
}

static bool shows_in_maps(enum kind kind)
{
	return kind != READ && kind != WRITE && kind != EXIT && kind != DUMP &&
	       kind != FTRUNCATE && kind != ODD;
}

static bool add_any(struct generator *g)
{
	unsigned i = below(g, MOST_PROCS), pick = below(g, g->weights), kind;
	struct proc *proc;

	while (!g->proc[i % MOST_PROCS].alive)
		i++;
	proc = &g->proc[i % MOST_PROCS];
	for (kind = 0; pick >= g->weight[kind]; kind++)
		pick -= g->weight[kind];
	if (!add_kind(g, proc, (enum kind)kind))
		return false;
	if (shows_in_maps((enum kind)kind) && proc->alive && percent(g, 60))
		ADD(g, proc, "maps");
	return true;
}

/* ---- the whole ---- */

static void choose_words(struct generator *g)
{
	static const char *const prots[] = { "r",   "rw", "rw", "rw", "none",
					     "rwx", "rx", "w",	"x" };
	static const char *const vma[] = {
		"dontfork", "dofork",	  "mergeable",	"unmergeable",
		"hugepage", "nohugepage", "wipeonfork", "keeponfork",
		"normal",   "random",	  "sequential", "dontdump",
		"dodump",
	};
	static const char *const pages[] = {
		"dontneed",	  "free",   "cold",	"populate_read",
		"populate_write", "remove", "willneed", "dontneed_locked",
	};
	static const unsigned few[] = { 2, 3, 8 }, more[] = { 2, 3, 4, 12 };

	g->nr_prots = some_of(g, g->prot, prots, 9, one_of(g, few, 3));
	g->prot[g->nr_prots++] = "rw";
	g->nr_advice_vma =
		some_of(g, g->advice_vma, vma, 13, one_of(g, more, 4));
	g->nr_advice = some_of(g, g->advice, pages, 8, one_of(g, few, 3));
}

static void choose_sizes(struct generator *g)
{
	static const unsigned sizes[] = { 8, 12, 16, 24, 40, 64 };
	static const unsigned large[] = { 600, 1100 }, tiny[] = { 3, 4, 6 };
	static const unsigned procs[] = { 3, 6, 6, 12 };

	g->pages = one_of(g, sizes, 6);
	if (percent(g, 6) || g->family->huge)
		g->pages = one_of(g, large, 2);
	if (g->family->tiny)
		g->pages = one_of(g, tiny, 3);
	g->most_procs = one_of(g, procs, 4);
	/* Over the end of a page table as well. */
	g->shift = below(g, 4) ? below(g, 2) : 512 - g->pages % 512 / 2;
}

static void choose_weights(struct generator *g)
{
	for (int i = 0; i < NR_KINDS; i++)
		g->weight[i] = usual[i];
	for (int i = 0; i < 12 && g->family->other[i].weight; i++)
		g->weight[g->family->other[i].kind] =
			g->family->other[i].weight;
	for (int i = 0; i < NR_KINDS; i++)
		g->weights += g->weight[i];
}

static void begin(struct generator *g)
{
	struct proc *proc = &g->proc[0];

	strcpy(proc->name, "P");
	proc->alive = true;
	g->nr_procs = 1;
	ADD(g, proc, "trace on");
	for (int i = 0; i < 2 && g->family->begin[i]; i++)
		ADD(g, proc, "%s", g->family->begin[i]);
	program_add(g->p, "P", place(g, 0), "mmap R %up none private anon",
		    g->pages);
	ADD(g, proc, "munmap R 0p %up", g->pages);
	for (unsigned i = below(g, 3); i; i--)
		add_file(g, proc);
	for (unsigned i = 1 + below(g, 6); i; i--)
		add_mmap(g, proc);
}

static void end(struct generator *g)
{
	for (unsigned i = 0; i < MOST_PROCS; i++) {
		if (!g->proc[i].alive)
			continue;
		ADD(g, &g->proc[i], "maps");
		ADD(g, &g->proc[i], "dump R");
	}
}

static const struct family *family_find(const char *name)
{
	for (size_t i = 0; i < NR_FAMILIES; i++)
		if (!strcmp(families[i].name, name))
			return &families[i];
	return NULL;
}

struct program *program_generate(uint64_t seed, const char *family,
				 unsigned ops, uint64_t page, uint64_t stride)
{
	static const unsigned counts[] = { 15, 30, 60, 100, 250 };
	const struct family *f = family_find(family);
	struct generator *g;
	struct program *p;

	if (!f)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	g->chance = seed;
	/* Neighbouring seeds have nothing in common. */
	g->chance = next64(&g->chance) ^ (uint64_t)(f - families);
	g->family = f;
	g->page = page;
	g->p = p = xcalloc(1, sizeof(*p));
	p->stride = stride;
	choose_words(g);
	choose_sizes(g);
	choose_weights(g);
	begin(g);
	ops = ops ? ops : one_of(g, counts, 5);
	while (ops)
		ops -= add_any(g);
	end(g);
	free(g);
	return p;
}
