/* SPDX-License-Identifier: MIT */
/*
 * Random policies, moves and hinting faults against a naive model of where
 * pages lie: for each page of a process its policy and its node, in arrays. It
 * shares no code with the library and knows no mappings but three: private
 * memory, and two views of the same shared memory.
 *
 *   model_numa [--programs N] [--seed S] [--break FEATURES]
 *
 * --break forces features that the model does not know of: then differences are
 * wanted, and none is a failure.
 *
 * Exact: results, which pages are there, the node of each, and which entries
 * wait for a hinting fault.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmsim/mmsim.h>
#include <mmsim/numa.h>

#define NR(array) (sizeof(array) / sizeof(*(array)))

#define PAGES	  24 /* of each view */
#define OPS	  200
#define VIEWS	  3 /* private; shared; shared, from its middle on */
#define OBJECTS	  (2 * PAGES)
#define BASE	  ((uint64_t)1 << 40)
#define NOWHERE	  (-1)
#define MAX_NODES 64

struct policy {
	int mode;
	uint64_t nodes;
	bool balancing;
};

/* What a page's place in memory shows. */
struct place {
	struct policy policy; /* that its mapping was given */
	bool mapped, hinted;
	unsigned object; /* which page */
};

/* A page: the first PAGES are private. */
struct object {
	struct policy policy; /* of shared memory */
	int node;
	int asked; /* node of the CPU of its last hinting fault */
};

/* The thread of a CPU: pages of its hinting faults by node, private and shared,
 * those before the last pass that it noticed and those since. */
struct task {
	unsigned noticed;
	int prefers;
	uint64_t all, moved, old[MAX_NODES][2], fresh[MAX_NODES][2];
};

struct model {
	struct mmsim *w;
	struct mmsim_mm *mm;
	uint32_t kernel;
	uint64_t page_size, seed, random;
	unsigned nodes, scans, op;
	struct policy process;
	struct place place[VIEWS][PAGES];
	struct object object[PAGES + OBJECTS];
	struct task task[MAX_NODES];
	bool print;
	jmp_buf differs;
};

static unsigned pick(struct model *m, unsigned n)
{
	uint64_t z = m->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((z >> 20) % n);
}

__attribute__((format(printf, 2, 3))) static void say(struct model *m,
						      const char *fmt, ...)
{
	va_list ap;

	if (!m->print)
		return;
	fprintf(stderr, "  %u: ", m->op);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void expect(struct model *m, long long got, long long want,
		   const char *what)
{
	if (got == want)
		return;
	if (m->print)
		fprintf(stderr, "  %s: got %lld, the model says %lld\n", what,
			got, want);
	longjmp(m->differs, 1);
}

static bool from_kernel(const struct model *m, unsigned major, unsigned minor)
{
	return m->kernel >= MMSIM_KERNEL(major, minor);
}

static uint64_t bit(unsigned node)
{
	return (uint64_t)1 << node;
}

static uint64_t address(const struct model *m, unsigned view, unsigned i)
{
	return BASE + (view * 2 * PAGES + i) * m->page_size;
}

/* ---- which node ---- */

static bool same_policy(struct policy a, struct policy b)
{
	return a.mode == b.mode && a.nodes == b.nodes &&
	       a.balancing == b.balancing;
}

static struct policy policy_of(const struct model *m, unsigned view, unsigned i)
{
	const struct place *p = &m->place[view][i];
	struct policy pol = view ? m->object[p->object].policy : p->policy;

	return pol.mode ? pol : m->process;
}

/* Of a set the nearest, the lower of two. */
static unsigned nearest(const struct model *m, uint64_t nodes, unsigned here)
{
	unsigned best = m->nodes, n, far, least = 2 * m->nodes;

	for (n = 0; n < m->nodes; n++) {
		far = n > here ? n - here : here - n;
		if (nodes & bit(n) && far < least) {
			best = n;
			least = far;
		}
	}
	return best;
}

static unsigned nth(const struct model *m, uint64_t nodes, uint64_t index)
{
	unsigned n, nr = 0, order[64];

	for (n = 0; n < m->nodes; n++)
		if (nodes & bit(n))
			order[nr++] = n;
	return order[index % nr];
}

/* One CPU for each node. */
static unsigned wanted_node(const struct model *m, unsigned view, unsigned i,
			    unsigned cpu)
{
	struct policy pol = policy_of(m, view, i);
	uint64_t index = view ? m->place[view][i].object - PAGES
			      : address(m, view, i) / m->page_size;

	switch (pol.mode) {
	case MMSIM_MPOL_PREFERRED:
	case MMSIM_MPOL_BIND:
	case MMSIM_MPOL_PREFERRED_MANY:
		return nearest(m, pol.nodes, cpu);
	case MMSIM_MPOL_INTERLEAVE:
		return nth(m, pol.nodes, index);
	default:
		return cpu;
	}
}

static unsigned mappings(const struct model *m, unsigned object)
{
	unsigned v, i, nr = 0;

	for (v = 0; v < VIEWS; v++)
		for (i = 0; i < PAGES; i++)
			nr += m->place[v][i].mapped &&
			      m->place[v][i].object == object;
	return nr;
}

/* Wherever it is mapped its entries are good again. */
static void moved(struct model *m, unsigned object, unsigned node)
{
	unsigned v, i;

	m->object[object].node = (int)node;
	for (v = 0; v < VIEWS; v++)
		for (i = 0; i < PAGES; i++)
			if (m->place[v][i].object == object)
				m->place[v][i].hinted = false;
}

/* By mbind() and migrate_pages(). */
static bool may_move(const struct model *m, const struct place *p)
{
	return p->mapped && mappings(m, p->object) == 1;
}

/*
 * What move_pages() has for a page that it does not take: up to 6.11 a hole of
 * private memory is an error of the address, from 6.1 to 6.5 a page behind a
 * hinting entry was not seen.
 */
static int not_taken(const struct model *m, unsigned view, unsigned i, int node)
{
	const struct place *p = &m->place[view][i];

	if (!p->mapped)
		return view || from_kernel(m, 6, 12) ? -ENOENT : -EFAULT;
	if (p->hinted && from_kernel(m, 6, 1) && !from_kernel(m, 6, 6))
		return -ENOENT;
	if (m->object[p->object].node != node && mappings(m, p->object) > 1)
		return -EACCES;
	return 0;
}

/* ---- operations ---- */

static unsigned cpu_now(struct model *m)
{
	return pick(m, m->nodes);
}

/* A pass is noticed: half of what was is kept, rounded up. */
static void notice(struct model *m, struct task *t)
{
	uint64_t sum, most = 0;
	unsigned n, s;

	t->all = 0;
	for (n = 0; n < m->nodes; n++) {
		for (sum = 0, s = 0; s < 2; s++) {
			t->old[n][s] = (t->old[n][s] + 1) / 2 + t->fresh[n][s];
			t->fresh[n][s] = 0;
			sum += t->old[n][s];
		}
		if (sum > most)
			t->prefers = (int)n;
		most = sum > most ? sum : most;
		t->all += sum;
	}
	t->noticed = m->scans;
}

static void model_hint(struct model *m, unsigned view, unsigned i, unsigned cpu)
{
	struct place *p = &m->place[view][i];
	struct object *o = &m->object[p->object];
	struct policy pol = policy_of(m, view, i);
	/* A CPU is a thread, and a node. */
	bool follows = o->asked == NOWHERE || o->asked == (int)cpu;
	bool allowed = !pol.mode || (pol.balancing && pol.nodes & bit(cpu));
	struct task *t = &m->task[cpu];

	p->hinted = false;
	o->asked = (int)cpu;
	if (follows && allowed && o->node != (int)cpu) {
		moved(m, p->object, cpu);
		t->moved++;
	}
	if (t->noticed != m->scans)
		notice(m, t);
	t->fresh[o->node][!follows]++;
}

static void touch(struct model *m, unsigned view, unsigned i, unsigned cpu)
{
	struct place *p = &m->place[view][i];
	struct object *o = &m->object[p->object];

	expect(m,
	       mmsim_access(m->mm, cpu, address(m, view, i), 1, MMSIM_WRITE,
			    NULL, NULL),
	       0, "access");
	if (p->hinted)
		model_hint(m, view, i, cpu);
	if (o->node == NOWHERE) {
		o->node = (int)wanted_node(m, view, i, cpu);
		o->asked = NOWHERE;
	}
	p->mapped = true;
}

static void do_touch(struct model *m)
{
	unsigned view = pick(m, VIEWS), first = pick(m, PAGES), i;
	unsigned nr = 1 + pick(m, 8), cpu = cpu_now(m);

	say(m, "CPU %u writes %u: %u, %u pages", cpu, view, first, nr);
	for (i = first; i < first + nr && i < PAGES; i++)
		touch(m, view, i, cpu);
}

/* What the arguments of a call come to. */
static int model_policy(const struct model *m, int mode, bool balancing,
			uint64_t nodes, struct policy *pol)
{
	*pol = (struct policy){ 0, 0, false };
	if (mode > MMSIM_MPOL_PREFERRED_MANY ||
	    (mode == MMSIM_MPOL_PREFERRED_MANY && !from_kernel(m, 5, 15)))
		return -EINVAL;
	if (balancing && !(mode == MMSIM_MPOL_BIND && from_kernel(m, 5, 12)) &&
	    !(mode == MMSIM_MPOL_PREFERRED_MANY && from_kernel(m, 6, 10)))
		return -EINVAL;
	if (mode == MMSIM_MPOL_DEFAULT || mode == MMSIM_MPOL_LOCAL) {
		pol->mode = mode;
		return nodes ? -EINVAL : 0;
	}
	pol->mode = mode;
	if (mode == MMSIM_MPOL_PREFERRED && !nodes) {
		pol->mode = MMSIM_MPOL_LOCAL;
		return 0;
	}
	nodes &= bit(m->nodes) - 1;
	if (mode == MMSIM_MPOL_PREFERRED && nodes)
		nodes = bit(nth(m, nodes, 0));
	pol->nodes = nodes;
	pol->balancing = balancing;
	return nodes ? 0 : -EINVAL;
}

/* Most are valid: a few nodes do not exist, a few modes take none. */
static int pick_policy(struct model *m, int *mode, uint64_t *nodes,
		       struct policy *pol)
{
	bool balancing = pick(m, 4) == 0;
	int rc;

	*mode = (int)pick(m, pick(m, 20) ? 6 : 8);
	*nodes = pick(m, 1u << m->nodes);
	if (!pick(m, 12))
		*nodes |= bit(m->nodes + pick(m, 3));
	if ((*mode == MMSIM_MPOL_DEFAULT || *mode == MMSIM_MPOL_LOCAL) &&
	    pick(m, 8))
		*nodes = 0;
	rc = model_policy(m, *mode, balancing, *nodes, pol);
	if (balancing)
		*mode |= MMSIM_MPOL_F_NUMA_BALANCING;
	return rc;
}

static void do_process_policy(struct model *m)
{
	struct policy pol;
	uint64_t nodes;
	int mode, want = pick_policy(m, &mode, &nodes, &pol);

	say(m, "set_mempolicy %#x, nodes %#llx", (unsigned)mode,
	    (unsigned long long)nodes);
	expect(m, mmsim_set_mempolicy(m->mm, mode, nodes), want,
	       "set_mempolicy");
	if (!want)
		m->process = pol;
}

/* Pages of the range go where the policy would have them now. */
static void model_misplaced(struct model *m, unsigned view, unsigned i,
			    const struct policy *pol, unsigned cpu)
{
	struct place *p = &m->place[view][i];
	struct object *o = &m->object[p->object];

	if (may_move(m, p) && !(pol->nodes & bit((unsigned)o->node)) &&
	    o->node != (int)wanted_node(m, view, i, cpu))
		moved(m, p->object, wanted_node(m, view, i, cpu));
}

static void do_bind(struct model *m)
{
	unsigned view = pick(m, VIEWS), first = pick(m, PAGES), i;
	unsigned nr = 1 + pick(m, 12), cpu = cpu_now(m);
	bool move = pick(m, 3) == 0;
	struct policy pol;
	uint64_t nodes;
	int mode, want = pick_policy(m, &mode, &nodes, &pol);

	if (first + nr > PAGES)
		nr = PAGES - first;
	/* Calls are made by the CPU that was last. */
	touch(m, 0, 0, cpu);
	say(m, "mbind %u: %u, %u pages, %#x, nodes %#llx%s", view, first, nr,
	    (unsigned)mode, (unsigned long long)nodes, move ? ", move" : "");
	expect(m,
	       mmsim_mbind(m->mm, address(m, view, first), nr * m->page_size,
			   mode, nodes, move ? MMSIM_MPOL_MF_MOVE : 0),
	       want, "mbind");
	for (i = first; !want && i < first + nr; i++) {
		struct place *p = &m->place[view][i];

		/* Who has it already says nothing to the memory. */
		if (!same_policy(p->policy, pol))
			m->object[p->object].policy = pol;
		p->policy = pol;
	}
	for (i = first; !want && move && i < first + nr; i++)
		model_misplaced(m, view, i, &pol, cpu);
}

static void do_move(struct model *m)
{
	unsigned view = pick(m, VIEWS), i = pick(m, PAGES);
	uint64_t page = address(m, view, i);
	int node = (int)pick(m, m->nodes + !pick(m, 6)), status = 99;
	const struct place *p = &m->place[view][i];
	int was = m->object[p->object].node, want = not_taken(m, view, i, node);

	if (!want)
		want = node;
	say(m, "move_pages %u: %u to %d", view, i, node);
	if ((unsigned)node == m->nodes) {
		expect(m,
		       mmsim_move_pages(m->mm, 1, &page, &node, &status,
					MMSIM_MPOL_MF_MOVE),
		       -ENODEV, "move_pages");
		expect(m, status, 99, "status");
		return;
	}
	expect(m,
	       mmsim_move_pages(m->mm, 1, &page, &node, &status,
				MMSIM_MPOL_MF_MOVE),
	       0, "move_pages");
	expect(m, status, want, "status");
	if (want == node && was != node)
		moved(m, p->object, (unsigned)node);
}

/* The n-th node goes to the n-th, from the first again. */
static void do_migrate(struct model *m)
{
	uint64_t from = pick(m, 1u << m->nodes), to = pick(m, 1u << m->nodes);
	unsigned v, i, n, nr = 0, target[64] = { 0 };
	bool seen[PAGES + OBJECTS] = { false };
	uint64_t stayed;

	if (!pick(m, 8))
		to = bit(m->nodes);
	say(m, "migrate_pages %#llx %#llx", (unsigned long long)from,
	    (unsigned long long)to);
	expect(m, mmsim_migrate_pages(m->mm, from, to, &stayed),
	       to & (bit(m->nodes) - 1) ? 0 : -EINVAL, "migrate_pages");
	if (!(to & (bit(m->nodes) - 1)))
		return;
	for (n = 0; n < m->nodes; n++)
		if (from & bit(n))
			target[n] = nth(m, to, nr++);
	expect(m, (long long)stayed, 0, "pages that stay");
	for (v = 0; v < VIEWS; v++)
		for (i = 0; i < PAGES; i++) {
			const struct place *p = &m->place[v][i];
			unsigned node = (unsigned)m->object[p->object].node;

			if (!may_move(m, p) || seen[p->object] ||
			    !(from & bit(node)))
				continue;
			seen[p->object] = true;
			if (target[node] != node)
				moved(m, p->object, target[node]);
		}
}

static void do_discard(struct model *m)
{
	unsigned view = pick(m, VIEWS), first = pick(m, PAGES), i;
	unsigned nr = 1 + pick(m, 6);

	if (first + nr > PAGES)
		nr = PAGES - first;
	say(m, "dontneed %u: %u, %u pages", view, first, nr);
	expect(m,
	       mmsim_madvise(m->mm, address(m, view, first), nr * m->page_size,
			     MMSIM_MADV_DONTNEED),
	       0, "madvise");
	for (i = first; i < first + nr; i++) {
		struct place *p = &m->place[view][i];

		p->mapped = p->hinted = false;
		if (!view)
			m->object[p->object].node = NOWHERE;
	}
}

/* Where its mapping begins: neighbours of one policy are one. */
static unsigned mapping_start(const struct model *m, unsigned view, unsigned i)
{
	while (i && same_policy(m->place[view][i - 1].policy,
				m->place[view][i].policy))
		i--;
	return i;
}

static void do_scan(struct model *m)
{
	unsigned v, i;
	uint64_t changed, stayed, want = 0;

	/* What waits for the LRU lists would not be moved. */
	expect(m, mmsim_migrate_pages(m->mm, 0, 1, &stayed), 0, "drain");
	say(m, "numa_scan");
	expect(m, mmsim_numa_scan(m->mm, &changed), 0, "numa_scan");
	m->scans++;
	for (v = 0; v < VIEWS; v++)
		for (i = 0; i < PAGES; i++) {
			struct place *p = &m->place[v][i];
			unsigned start = mapping_start(m, v, i);
			struct policy pol = policy_of(m, v, start);

			/* Shared memory is asked alone. */
			if (v)
				pol = m->object[m->place[v][start].object]
					      .policy;
			if ((pol.mode ? !pol.balancing : v) || !p->mapped ||
			    p->hinted)
				continue;
			p->hinted = true;
			want++;
		}
	expect(m, (long long)changed, (long long)want, "entries marked");
}

static void one_operation(struct model *m)
{
	switch (pick(m, 14)) {
	case 0:
	case 1:
	case 2:
		do_bind(m);
		break;
	case 3:
		do_process_policy(m);
		break;
	case 4:
		do_move(m);
		break;
	case 5:
		do_migrate(m);
		break;
	case 6:
	case 7:
		do_discard(m);
		break;
	case 8:
	case 9:
		do_scan(m);
		break;
	default:
		do_touch(m);
		break;
	}
}

/* ---- what the library shows ---- */

static void compare_task(struct model *m, unsigned cpu)
{
	struct mmsim_numa_stats got = { .size = sizeof(got) };
	const struct task *t = &m->task[cpu];
	unsigned n;

	expect(m, mmsim_numa_stats(m->mm, cpu, &got), 0, "stats");
	expect(m, got.numa_scan_seq, m->scans, "passes");
	expect(m, got.numa_preferred_nid, t->prefers, "preferred node");
	expect(m, (long long)got.total_numa_faults, (long long)t->all,
	       "faults");
	expect(m, (long long)got.numa_pages_migrated, (long long)t->moved,
	       "pages moved");
	for (n = 0; n < m->nodes; n++) {
		expect(m, (long long)got.task_private[n],
		       (long long)t->old[n][0], "private faults");
		expect(m, (long long)got.task_shared[n],
		       (long long)t->old[n][1], "shared faults");
	}
}

static void compare(struct model *m)
{
	struct mmsim_entry e = { .size = sizeof(e) };
	unsigned v, i;
	char what[32];

	for (v = 0; v < VIEWS; v++)
		for (i = 0; i < PAGES; i++) {
			const struct place *p = &m->place[v][i];

			snprintf(what, sizeof(what), "%u: %u", v, i);
			expect(m, mmsim_entry_get(m->mm, address(m, v, i), &e),
			       0, what);
			expect(m, !!(e.flags & MMSIM_E_PRESENT), p->mapped,
			       what);
			expect(m, !!(e.flags & MMSIM_E_PROTNONE), p->hinted,
			       what);
			if (p->mapped)
				expect(m, e.node, m->object[p->object].node,
				       what);
		}
	for (v = 0; v < m->nodes; v++)
		compare_task(m, v);
}

static void check_line(const char *line, void *user)
{
	struct model *m = user;

	if (m->print)
		fprintf(stderr, "  %s\n", line);
}

/* ---- one program ---- */

static void map_view(struct model *m, struct mmsim_file *file, unsigned view)
{
	struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = address(m, view, 0),
		.len = PAGES * m->page_size,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_FIXED,
	};
	unsigned i, from = view ? PAGES + (view - 1) * PAGES / 2 : 0;
	uint64_t at;

	args.flags |= view ? MMSIM_MAP_SHARED
			   : MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS;
	args.file = view ? file : NULL;
	args.offset = view ? (from - PAGES) * m->page_size : 0;
	expect(m, mmsim_mmap(m->mm, &args, &at), 0, "mmap");
	for (i = 0; i < PAGES; i++)
		m->place[view][i].object = from + i;
}

static void begin(struct model *m, const struct mmsim_config *config)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim_file *file;
	unsigned i;

	memset(&m->process, 0, sizeof(m->process));
	memset(m->place, 0, sizeof(m->place));
	memset(m->object, 0, sizeof(m->object));
	memset(m->task, 0, sizeof(m->task));
	for (i = 0; i < MAX_NODES; i++)
		m->task[i].prefers = -1;
	for (i = 0; i < PAGES + OBJECTS; i++)
		m->object[i].node = m->object[i].asked = NOWHERE;
	m->w = NULL;
	m->scans = 0;
	expect(m, mmsim_create(config, &m->w), 0, "create");
	mmsim_world_info(m->w, &info);
	m->kernel = info.kernel;
	m->page_size = info.page_size;
	m->nodes = info.nodes;
	expect(m, mmsim_mm_create(m->w, &m->mm), 0, "mm_create");
	expect(m, mmsim_mm_threads(m->mm, 2), 0, "threads");
	expect(m,
	       mmsim_file_create(m->w, OBJECTS * m->page_size, MMSIM_FILE_MEMFD,
				 &file),
	       0, "file");
	for (i = 0; i < VIEWS; i++)
		map_view(m, file, i);
	mmsim_file_put(file);
}

static bool program_differs(struct model *m, const struct mmsim_config *config)
{
	volatile bool differs = true;

	m->random = m->seed;
	if (!setjmp(m->differs)) {
		begin(m, config);
		for (m->op = 0; m->op < OPS; m->op++) {
			one_operation(m);
			compare(m);
			if (m->op % 16 == 15)
				expect(m, mmsim_check(m->w, check_line, m), 0,
				       "invariants");
		}
		differs = false;
	}
	mmsim_destroy(m->w);
	return differs;
}

struct amount {
	unsigned programs;
	uint64_t seed;
	const char *features; /* that the model does not know of */
	unsigned worlds, found;
};

/* A build may be without the format. */
static void world_run(struct model *m, const char *options,
		      struct amount *amount)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	unsigned i;

	if (mmsim_config_parse(&config, options) ||
	    mmsim_config_error(&config, NULL, NULL, 0))
		return;
	amount->worlds++;
	for (i = 0; i < amount->programs; i++) {
		m->seed = amount->seed + i;
		if (!program_differs(m, &config))
			continue;
		amount->found++;
		fprintf(stderr, "%s, seed %llu:\n", options,
			(unsigned long long)m->seed);
		m->print = true;
		program_differs(m, &config);
		m->print = false;
		return;
	}
}

static void worlds_run(struct model *m, struct amount *amount)
{
	static const char *const formats[] = {
		"--arch x86_64",
		"--arch arm64 --page-size 4k",
		"--arch arm64 --page-size 16k",
		"--arch ppc64 --mmu radix --page-size 64k",
		"--arch ppc64 --mmu hash --page-size 4k",
	};
	static const char *const kernels[] = { "5.10", "5.14", "6.1",
					       "6.6",  "6.12", "7.2" };
	static const unsigned nodes[] = { 1, 2, 5 };
	char options[192];
	size_t f, k, n;

	for (f = 0; f < NR(formats); f++)
		for (k = 0; k < NR(kernels); k++)
			for (n = 0; n < NR(nodes); n++) {
				snprintf(
					options, sizeof(options),
					"%s --kernel %s --nodes %u --cpus %u%s%s",
					formats[f], kernels[k], nodes[n],
					nodes[n],
					amount->features ? " --feature " : "",
					amount->features ? amount->features
							 : "");
				world_run(m, options, amount);
			}
}

int main(int argc, char **argv)
{
	struct amount amount = { .programs = 2, .seed = 1 };
	struct model *m = calloc(1, sizeof(*m));
	int i;

	for (i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--programs"))
			amount.programs =
				(unsigned)strtoul(argv[i + 1], NULL, 0);
		else if (!strcmp(argv[i], "--seed"))
			amount.seed = strtoull(argv[i + 1], NULL, 0);
		else if (!strcmp(argv[i], "--break"))
			amount.features = argv[i + 1];
		else
			return 2;
	}
	if (m)
		worlds_run(m, &amount);
	free(m);
	fprintf(stderr, "%u worlds, %u differing\n", amount.worlds,
		amount.found);
	if (!amount.worlds)
		return 2;
	return amount.features ? !amount.found : amount.found > 0;
}
