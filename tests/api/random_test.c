/* SPDX-License-Identifier: MIT */
/*
 * Random programs against a flat model: a process is an array of pages, each
 * with its rights and its bytes or the file page it shows. What the library
 * says of contents, signals and results must be what the model says, and the
 * invariants hold after every operation.
 *
 *   api_random [OPERATIONS [SEED]]	per world
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NR_PAGES 48	/* of a process */
#define NR_PROCS 5
#define NR_FILES 400	/* shared anonymous mappings are files too */
#define FILE_PAGES NR_PAGES
#define NR_BYTES 4	/* of a page, that are looked at */

enum kind { HOLE, ANON_PAGE, FILE_PRIVATE, FILE_SHARED };

struct model_page {
	enum kind kind;
	int prot;
	bool dontfork, wipe;
	bool own; /* ANON_PAGE, FILE_PRIVATE: bytes are its own */
	unsigned file, index;
	uint8_t bytes[NR_BYTES];
};

struct model_file {
	struct mmsim_file *file; /* NULL: anonymous */
	uint64_t size;
	uint8_t bytes[FILE_PAGES][NR_BYTES];
};

struct model_proc {
	struct mmsim_mm *mm; /* NULL: none */
	struct model_page pages[NR_PAGES];
};

struct run {
	struct fixture f;
	uint64_t base, random;
	unsigned nr_files, op;
	struct model_proc procs[NR_PROCS];
	struct model_file files[NR_FILES];
	char log[24][96];
};

/* ---- chance ---- */

static unsigned pick(struct run *r, unsigned n)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (unsigned)((r->random >> 20) % n);
}

static void pick_range(struct run *r, unsigned most, unsigned *first,
		       unsigned *nr)
{
	*nr = 1 + pick(r, most);
	*first = pick(r, NR_PAGES - *nr + 1);
}

static int pick_prot(struct run *r)
{
	static const int prots[] = { RW, RW, RW, RO, 0 };

	return prots[pick(r, ARRAY_SIZE(prots))];
}

static struct model_proc *pick_proc(struct run *r)
{
	unsigned i;

	do
		i = pick(r, NR_PROCS);
	while (!r->procs[i].mm);
	return &r->procs[i];
}

/* ---- what went wrong ---- */

static void __attribute__((format(printf, 2, 3)))
say(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->log[r->op % ARRAY_SIZE(r->log)],
			sizeof(*r->log), fmt, ap);
	va_end(ap);
}

static void print_log(const struct run *r)
{
	unsigned i, n = ARRAY_SIZE(r->log);

	for (i = r->op < n ? 0 : r->op - n + 1; i <= r->op; i++)
		print_error("%u: %s\n", i, r->log[i % n]);
}

#define EXPECT(r, got, want, what)                                     \
	do {                                                           \
		long long got_ = (long long)(got);                     \
		long long want_ = (long long)(want);                   \
		if (got_ != want_) {                                   \
			print_log(r);                                  \
			fail_msg("%s: %s: got %lld, want %lld",        \
				 (r)->f.c->name, what, got_, want_);   \
		}                                                      \
	} while (0)

/* ---- the model's contents ---- */

static uint64_t offset_of(const struct run *r, unsigned i)
{
	const uint64_t offsets[NR_BYTES] = { 0, 1, r->f.page / 2,
					     r->f.page - 1 };

	return offsets[i];
}

static unsigned file_pages(const struct run *r, const struct model_file *file)
{
	return (unsigned)((file->size + r->f.page - 1) / r->f.page);
}

/* The bytes a page shows, or NULL past the end of its file. */
static uint8_t *bytes_of(struct run *r, struct model_page *p)
{
	struct model_file *file = &r->files[p->file];

	if (p->kind == ANON_PAGE || (p->kind == FILE_PRIVATE && p->own))
		return p->bytes;
	if (p->index >= file_pages(r, file))
		return NULL;
	return file->bytes[p->index];
}

static enum mmsim_fault_kind model_access(struct run *r, struct model_page *p,
					  bool write)
{
	if (p->kind == HOLE)
		return MMSIM_FAULT_SEGV_MAPERR;
	if (!(p->prot & (write ? MMSIM_PROT_WRITE : MMSIM_PROT_READ)))
		return MMSIM_FAULT_SEGV_ACCERR;
	return bytes_of(r, p) ? MMSIM_FAULT_NONE : MMSIM_FAULT_BUS;
}

static void model_write(struct run *r, struct model_page *p, unsigned i,
			uint8_t byte)
{
	if (p->kind == FILE_PRIVATE && !p->own) {
		memcpy(p->bytes, bytes_of(r, p), NR_BYTES);
		p->own = true;
	}
	bytes_of(r, p)[i] = byte;
}

/* ---- looking at everything ---- */

static void compare_page(struct run *r, struct model_proc *proc, unsigned i)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	uint64_t addr = r->base + i * r->f.page;
	struct model_page *p = &proc->pages[i];
	uint8_t byte;
	unsigned j;

	for (j = 0; j < NR_BYTES; j++) {
		EXPECT(r, mmsim_access(proc->mm, 0, addr + offset_of(r, j), 1,
				       MMSIM_READ, &byte, &fault),
		       0, "access");
		EXPECT(r, fault.kind, model_access(r, p, false),
		       "what reading ends in");
		if (!fault.kind && byte != bytes_of(r, p)[j])
			print_error("process %u, page %u, byte %u, kind %d, file %u page %u, own %d\n",
				    mmsim_mm_pid(proc->mm), i, j, p->kind,
				    p->file, p->index, p->own);
		if (!fault.kind)
			EXPECT(r, byte, bytes_of(r, p)[j], "contents");
	}
}

static void compare_mapping(struct run *r, struct model_proc *proc, unsigned i)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t addr = r->base + i * r->f.page;
	struct model_page *p = &proc->pages[i];
	bool mapped = !mmsim_vma_next(proc->mm, addr, &vma) &&
		      vma.start <= addr;

	EXPECT(r, mapped, p->kind != HOLE, "mapped");
	if (!mapped)
		return;
	EXPECT(r, vma.flags & 7, p->prot, "rights");
	EXPECT(r, !!(vma.flags & 8), p->kind == FILE_SHARED, "shared");
	if (p->kind != ANON_PAGE)
		EXPECT(r, (vma.offset + (addr - vma.start)) / r->f.page,
		       p->index, "page of the file");
}

static void compare_all(struct run *r, bool contents)
{
	unsigned i, j;

	for (i = 0; i < NR_PROCS; i++) {
		for (j = 0; r->procs[i].mm && j < NR_PAGES; j++) {
			compare_mapping(r, &r->procs[i], j);
			if (contents)
				compare_page(r, &r->procs[i], j);
		}
	}
}

/* ---- operations ---- */

static void do_access(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	unsigned i = pick(r, NR_PAGES), j = pick(r, NR_BYTES);
	bool write = pick(r, 3) > 0, two = j == NR_BYTES - 1;
	uint64_t addr = r->base + i * r->f.page + offset_of(r, j);
	uint8_t buf[2] = { (uint8_t)pick(r, 256), (uint8_t)pick(r, 256) };
	enum mmsim_fault_kind want;
	uint8_t got[2];
	unsigned n, len = two && i + 1 < NR_PAGES ? 2 : 1;

	say(r, "%u %s %u+%u, %u bytes", mmsim_mm_pid(proc->mm),
	    write ? "write" : "read", i, j, len);
	memcpy(got, buf, sizeof(got));
	EXPECT(r, mmsim_access(proc->mm, 1, addr, len,
			       write ? MMSIM_WRITE : MMSIM_READ, got, &fault),
	       0, "access");
	/* The second byte is the first of the next page. */
	for (n = 0, want = MMSIM_FAULT_NONE; n < len; n++) {
		want = model_access(r, &proc->pages[i + n], write);
		if (want)
			break;
		if (write)
			model_write(r, &proc->pages[i + n], n ? 0 : j,
				    buf[n]);
		else
			EXPECT(r, got[n],
			       bytes_of(r, &proc->pages[i + n])[n ? 0 : j],
			       "read");
	}
	EXPECT(r, fault.kind, want, "fault kind");
	EXPECT(r, fault.addr, addr + n, "fault address");
}

static void set_page(struct model_page *p, enum kind kind, int prot,
		     unsigned file, unsigned index)
{
	*p = (struct model_page){ .kind = kind, .prot = prot, .file = file,
				  .index = index };
}

/* Which file a new mapping shows; NR_FILES: none is left. */
static unsigned choose_file(struct run *r, enum kind kind, bool *anon)
{
	*anon = kind == FILE_SHARED && pick(r, 3) == 0;
	if (!*anon)
		return pick(r, 3);
	return r->nr_files < NR_FILES ? r->nr_files++ : NR_FILES;
}

static bool any_mapped(const struct model_proc *proc, unsigned first,
		       unsigned nr)
{
	for (; nr--; first++)
		if (proc->pages[first].kind != HOLE)
			return true;
	return false;
}

/* MAP_POPULATE of private memory that may be written copies its pages, up to
 * the end of the file. */
static void model_populate(struct run *r, struct model_page *p, unsigned nr)
{
	for (; nr-- && p->kind == FILE_PRIVATE &&
	       p->prot & MMSIM_PROT_WRITE && bytes_of(r, p);
	     p++) {
		memcpy(p->bytes, bytes_of(r, p), NR_BYTES);
		p->own = true;
	}
}

static void do_mmap(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	enum kind kind = (enum kind)(1 + pick(r, 3));
	struct mmsim_mmap_args args = { .size = sizeof(args) };
	unsigned first, nr, i, file = 0, index = 0;
	bool anon = kind == ANON_PAGE, noreplace = pick(r, 4) == 0;
	uint64_t addr = 0;

	pick_range(r, 10, &first, &nr);
	if (!anon)
		file = choose_file(r, kind, &anon);
	if (file == NR_FILES)
		return;
	if (kind != ANON_PAGE && anon)
		r->files[file].size = nr * r->f.page;
	else if (!anon)
		index = pick(r, 4);
	args.addr = r->base + first * r->f.page;
	args.len = nr * r->f.page;
	args.offset = index * r->f.page;
	args.prot = pick_prot(r);
	args.flags = (kind == FILE_SHARED ? SHARED : PRIVATE) |
		     (anon ? MMSIM_MAP_ANONYMOUS : 0) |
		     (noreplace ? MMSIM_MAP_FIXED_NOREPLACE : FIXED) |
		     (pick(r, 6) ? 0 : MMSIM_MAP_POPULATE);
	args.file = anon ? NULL : r->files[file].file;
	say(r, "%u mmap %u..%u prot %d flags %#x file %u index %u",
	    mmsim_mm_pid(proc->mm), first, first + nr, args.prot,
	    (unsigned)args.flags, file, index);
	noreplace = noreplace && any_mapped(proc, first, nr);
	EXPECT(r, mmsim_mmap(proc->mm, &args, &addr),
	       noreplace ? -EEXIST : 0, "mmap");
	for (i = 0; !noreplace && i < nr; i++)
		set_page(&proc->pages[first + i], kind, args.prot, file,
			 index + i);
	if (!noreplace && args.flags & MMSIM_MAP_POPULATE)
		model_populate(r, &proc->pages[first], nr);
}

static void do_munmap(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, i;

	pick_range(r, 8, &first, &nr);
	say(r, "%u munmap %u..%u", mmsim_mm_pid(proc->mm), first, first + nr);
	EXPECT(r, mmsim_munmap(proc->mm, r->base + first * r->f.page,
			       nr * r->f.page),
	       0, "munmap");
	for (i = 0; i < nr; i++)
		proc->pages[first + i].kind = HOLE;
}

static void do_mprotect(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	int prot = pick_prot(r), want = 0;
	unsigned first, nr, i;

	pick_range(r, 16, &first, &nr);
	say(r, "%u mprotect %u..%u %d", mmsim_mm_pid(proc->mm), first,
	    first + nr, prot);
	for (i = 0; !want && i < nr; i++) {
		if (proc->pages[first + i].kind == HOLE)
			want = -ENOMEM;
		else
			proc->pages[first + i].prot = prot;
	}
	EXPECT(r, mmsim_mprotect(proc->mm, r->base + first * r->f.page,
				 nr * r->f.page, prot),
	       want, "mprotect");
}

/* What one page of an advised range makes of it: 0 or the errno that ends
 * the call. */
static int model_advice(struct run *r, struct model_page *p, int advice)
{
	switch (advice) {
	case MMSIM_MADV_DONTNEED:
		p->own = false;
		if (p->kind == ANON_PAGE)
			memset(p->bytes, 0, NR_BYTES);
		return 0;
	case MMSIM_MADV_FREE:
		return p->kind == ANON_PAGE ? 0 : -EINVAL;
	case MMSIM_MADV_REMOVE:
		if (p->kind == ANON_PAGE)
			return -EINVAL;
		/* From 6.7 on it need not be writable at the moment. */
		if (p->kind != FILE_SHARED ||
		    (!(p->prot & MMSIM_PROT_WRITE) &&
		     !from_kernel(&r->f, 6, 7)))
			return -EACCES;
		if (p->index < FILE_PAGES)
			memset(r->files[p->file].bytes[p->index], 0,
			       NR_BYTES);
		return 0;
	case MMSIM_MADV_WIPEONFORK:
		if (p->kind != ANON_PAGE)
			return -EINVAL;
		p->wipe = true;
		return 0;
	case MMSIM_MADV_KEEPONFORK:
		p->wipe = false;
		return 0;
	case MMSIM_MADV_DONTFORK:
		p->dontfork = true;
		return 0;
	case MMSIM_MADV_DOFORK:
		p->dontfork = false;
		return 0;
	default:
		return 0;
	}
}

static void do_madvise(struct run *r)
{
	static const int advices[] = {
		MMSIM_MADV_DONTNEED,   MMSIM_MADV_DONTNEED,
		MMSIM_MADV_FREE,       MMSIM_MADV_REMOVE,
		MMSIM_MADV_WIPEONFORK, MMSIM_MADV_KEEPONFORK,
		MMSIM_MADV_DONTFORK,   MMSIM_MADV_DOFORK,
		MMSIM_MADV_COLD,       MMSIM_MADV_MERGEABLE,
		MMSIM_MADV_UNMERGEABLE,
	};
	struct model_proc *proc = pick_proc(r);
	int advice = advices[pick(r, ARRAY_SIZE(advices))], want = 0;
	bool hole = false;
	unsigned first, nr, i;

	pick_range(r, 8, &first, &nr);
	say(r, "%u madvise %u..%u %d", mmsim_mm_pid(proc->mm), first,
	    first + nr, advice);
	for (i = 0; !want && i < nr; i++) {
		if (proc->pages[first + i].kind == HOLE)
			hole = true;
		else
			want = model_advice(r, &proc->pages[first + i],
					    advice);
	}
	if (!want && hole)
		want = -ENOMEM;
	EXPECT(r, mmsim_madvise(proc->mm, r->base + first * r->f.page,
				nr * r->f.page, advice),
	       want, "madvise");
}

/* Whether the range lies in one mapping: asked of the library, since only it
 * knows what merged. */
static bool in_one_mapping(struct run *r, struct model_proc *proc,
			   unsigned first, unsigned nr)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	uint64_t addr = r->base + first * r->f.page;

	return !mmsim_vma_next(proc->mm, addr, &vma) && vma.start <= addr &&
	       vma.end >= addr + nr * r->f.page;
}

/* The target's page i out of the source's, or behind its end. */
static void model_moved(struct model_page *to, const struct model_page *from,
			unsigned i, unsigned nr)
{
	if (i < nr) {
		*to = from[i];
		return;
	}
	*to = from[nr - 1];
	to->index = from[nr - 1].index + (i - nr + 1);
	to->own = false;
	memset(to->bytes, 0, NR_BYTES);
}

static void model_mremap(struct model_proc *proc, unsigned first, unsigned nr,
			 unsigned to, unsigned new_nr, bool dontunmap)
{
	struct model_page from[NR_PAGES];
	unsigned i;

	memcpy(from, &proc->pages[first], nr * sizeof(*from));
	for (i = 0; i < nr; i++) {
		if (dontunmap)
			memset(proc->pages[first + i].bytes, 0, NR_BYTES);
		else
			proc->pages[first + i].kind = HOLE;
	}
	for (i = 0; i < new_nr; i++)
		model_moved(&proc->pages[to + i], from, i, nr);
}

static void do_mremap(struct run *r)
{
	int flags = MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED;
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, to, new_nr;
	bool dontunmap;
	uint64_t addr;

	pick_range(r, 8, &first, &nr);
	pick_range(r, 8, &to, &new_nr);
	if (to < first + nr && first < to + new_nr)
		return;
	if (!in_one_mapping(r, proc, first, nr))
		return;
	dontunmap = nr == new_nr && proc->pages[first].kind == ANON_PAGE &&
		    pick(r, 2);
	if (dontunmap)
		flags |= MMSIM_MREMAP_DONTUNMAP;
	say(r, "%u mremap %u..%u to %u..%u%s", mmsim_mm_pid(proc->mm), first,
	    first + nr, to, to + new_nr, dontunmap ? " dontunmap" : "");
	addr = r->base + to * r->f.page;
	EXPECT(r, mmsim_mremap(proc->mm, r->base + first * r->f.page,
			       nr * r->f.page, new_nr * r->f.page, flags,
			       &addr),
	       0, "mremap");
	model_mremap(proc, first, nr, to, new_nr, dontunmap);
}

/* A mapping that is shortened at its end, or in the middle. */
static void do_shrink(struct run *r)
{
	struct model_proc *proc = pick_proc(r);
	unsigned first, nr, keep, i;
	uint64_t addr = 0;

	pick_range(r, 8, &first, &nr);
	keep = 1 + pick(r, nr);
	if (proc->pages[first].kind == HOLE)
		return;
	say(r, "%u mremap %u..%u to %u pages", mmsim_mm_pid(proc->mm), first,
	    first + nr, keep);
	EXPECT(r, mmsim_mremap(proc->mm, r->base + first * r->f.page,
			       nr * r->f.page, keep * r->f.page, 0, &addr),
	       0, "mremap");
	for (i = keep; i < nr; i++)
		proc->pages[first + i].kind = HOLE;
}

static void do_fork(struct run *r)
{
	struct model_proc *proc = pick_proc(r), *child;
	unsigned i;

	child = &r->procs[pick(r, NR_PROCS)];
	if (child->mm)
		return;
	say(r, "%u fork", mmsim_mm_pid(proc->mm));
	*child = *proc;
	EXPECT(r, mmsim_fork(proc->mm, &child->mm), 0, "fork");
	for (i = 0; i < NR_PAGES; i++) {
		if (child->pages[i].dontfork)
			child->pages[i].kind = HOLE;
		if (child->pages[i].wipe)
			memset(child->pages[i].bytes, 0, NR_BYTES);
	}
}

static void do_exit(struct run *r)
{
	struct model_proc *proc = pick_proc(r);

	if (proc == &r->procs[0])
		return;
	say(r, "%u exit", mmsim_mm_pid(proc->mm));
	mmsim_mm_exit(proc->mm);
	proc->mm = NULL;
}

/*
 * Pages past the new end: gone, private copies too. A file that grows keeps
 * what was stored behind its old end in the last page.
 */
static void model_truncate(struct run *r, unsigned file)
{
	struct model_file *m = &r->files[file];
	struct model_page *p;
	unsigned i, j;

	for (i = 0; i < FILE_PAGES; i++)
		for (j = 0; j < NR_BYTES; j++)
			if (i * r->f.page + offset_of(r, j) >= m->size)
				m->bytes[i][j] = 0;
	for (i = 0; i < NR_PROCS; i++) {
		for (j = 0; j < NR_PAGES; j++) {
			p = &r->procs[i].pages[j];
			if (p->kind == FILE_PRIVATE && p->file == file &&
			    p->index >= file_pages(r, m))
				p->own = false;
		}
	}
}

static void do_truncate(struct run *r)
{
	unsigned file = pick(r, 3);
	uint64_t size = pick(r, 14) * r->f.page;
	bool grows;

	if (pick(r, 2))
		size += pick(r, (unsigned)r->f.page);
	say(r, "truncate %u to %llu", file, (unsigned long long)size);
	EXPECT(r, mmsim_file_truncate(r->files[file].file, size), 0,
	       "truncate");
	grows = size >= r->files[file].size;
	r->files[file].size = size;
	if (!grows)
		model_truncate(r, file);
}

/* ---- a run ---- */

static void one_operation(struct run *r)
{
	static void (*const ops[])(struct run *) = {
		do_access, do_access,	do_access,  do_access, do_access,
		do_access, do_access,	do_mmap,    do_mmap,   do_munmap,
		do_mprotect, do_mprotect, do_madvise, do_madvise, do_mremap,
		do_shrink, do_fork,	do_exit,    do_truncate,
	};

	say(r, "nothing");
	ops[pick(r, ARRAY_SIZE(ops))](r);
}

static void report(const char *line, void *user)
{
	print_log(user);
	print_error("broken: %s\n", line);
}

static void start(struct run *r, const struct world_case *c, uint64_t seed)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim_config config = config_of(c);
	unsigned i;

	memset(r, 0, sizeof(*r));
	r->f.c = c;
	r->random = seed * 0x9e3779b97f4a7c15u + 1;
	config.cpus = 2;
	assert_int_equal(mmsim_create(&config, &r->f.w), 0);
	assert_int_equal(mmsim_world_info(r->f.w, &info), 0);
	r->f.page = info.page_size;
	/* Half of the pages below a table's boundary, half above. */
	r->base = BASE + info.pmd_size - NR_PAGES / 2 * r->f.page;
	assert_int_equal(mmsim_mm_create(r->f.w, &r->procs[0].mm), 0);
	for (i = 0; i < 3; i++) {
		r->files[i].size = (i + 1) * 4 * r->f.page;
		assert_int_equal(mmsim_file_create(r->f.w, r->files[i].size,
						   MMSIM_FILE_MEMFD,
						   &r->files[i].file),
				 0);
	}
	r->nr_files = 3;
}

static void one_run(struct run *r, const struct world_case *c, unsigned ops,
		    uint64_t seed)
{
	start(r, c, seed);
	for (r->op = 0; r->op < ops; r->op++) {
		one_operation(r);
		EXPECT(r, mmsim_check(r->f.w, report, r), 0, "invariants");
		compare_all(r, r->op % 16 == 15);
	}
	r->op--;
	compare_all(r, true);
	EXPECT(r, mmsim_check(r->f.w, report, r), 0, "invariants");
	mmsim_destroy(r->f.w);
}

struct amount {
	unsigned ops;
	uint64_t seed;
};

static void random_programs(void **state)
{
	const struct amount *amount = *state;
	struct run *r = calloc(1, sizeof(*r));
	struct mmsim_config config;
	size_t i;

	assert_non_null(r);
	for (i = 0; i < nr_world_cases; i++) {
		config = config_of(&world_cases[i]);
		if (mmsim_config_error(&config, NULL, NULL, 0))
			continue;
		one_run(r, &world_cases[i], amount->ops,
			amount->seed * nr_world_cases + i);
	}
	free(r);
}

int main(int argc, char **argv)
{
	struct amount amount = {
		.ops = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 400,
		.seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1,
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(random_programs, &amount),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
