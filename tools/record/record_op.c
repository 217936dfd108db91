/* SPDX-License-Identifier: MIT */
/*
 * Operations of one process: read the words, then do one thing between two
 * looks at the fault counters.
 */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define SYS_MSEAL    462 /* newer than the headers of some hosts */
#define HUGETLB_FLAG 4u	 /* of memfd_create */
#define NAME_UNKNOWN "the scenario names what its process does not know"

static struct name names[MOST_NAMES];
static unsigned nr_names;
static uint64_t slot; /* of the next mmap or mremap */

struct name *name_find(const char *name, bool file)
{
	for (unsigned i = 0; i < nr_names; i++)
		if (names[i].file == file && !strcmp(names[i].name, name))
			return &names[i];
	return NULL;
}

/* A name defined again is a new one. */
static struct name *name_define(const char *text, bool file)
{
	struct name *name = name_find(text, file);

	if (!name && nr_names == MOST_NAMES)
		return NULL;
	if (!name)
		name = &names[nr_names++];
	memset(name, 0, sizeof(*name));
	snprintf(name->name, sizeof(name->name), "%s", text);
	name->file = file;
	return name;
}

/* ---- pages of this program ---- */

/* Where it is, told behind the compiler's back, or it would not be memory. */
static volatile char *volatile stack_room;

static void __attribute__((noinline)) stack_touch(void)
{
	char room[32768];

	stack_room = room;
	for (size_t i = 0; i < sizeof(room); i += 1024)
		stack_room[i] = 0;
	stack_room = NULL;
}

/*
 * What the linker made of this program: between its segments there may be
 * nothing, and a part of its data is read-only once it runs.
 */
static void segment_touch(uintptr_t base, const ElfW(Phdr) * p,
			  const ElfW(Phdr) * relro)
{
	uintptr_t start = base + p->p_vaddr;
	/* On a boundary, or the step could pass over the last page. */
	volatile char *from = (char *)(start & ~(uintptr_t)1023);
	volatile char *to = (char *)(start + p->p_memsz), *safe = from;

	if (relro && relro->p_vaddr >= p->p_vaddr &&
	    relro->p_vaddr < p->p_vaddr + p->p_memsz)
		safe = (char *)((base + relro->p_vaddr + relro->p_memsz +
				 host.page - 1) &
				~(host.page - 1));
	for (; from < to; from += 1024) {
		if (p->p_flags & PF_W && from >= safe)
			*from = *from;
		else
			(void)*from;
	}
}

/* Handlers of signals return through the kernel's own code on powerpc. */
static void vdso_touch(void)
{
	uintptr_t base = getauxval(AT_SYSINFO_EHDR);
	const ElfW(Ehdr) *head = (void *)base;
	const ElfW(Phdr) * p;

	if (!head)
		return;
	p = (void *)(base + head->e_phoff);
	for (unsigned i = 0; i < head->e_phnum; i++)
		if (p[i].p_type == PT_LOAD)
			segment_touch(base, &p[i], NULL);
}

void prefault(void)
{
	const ElfW(Phdr) *p = (void *)getauxval(AT_PHDR), *relro = NULL;
	unsigned long nr = getauxval(AT_PHNUM);
	uintptr_t base = 0;

	for (unsigned long i = 0; i < nr; i++)
		if (p[i].p_type == PT_GNU_RELRO)
			relro = &p[i];
		else if (p[i].p_type == PT_PHDR)
			base = (uintptr_t)p - p[i].p_vaddr;
	for (unsigned long i = 0; i < nr; i++)
		if (p[i].p_type == PT_LOAD)
			segment_touch(base, &p[i], relro);
	vdso_touch();
	stack_touch();
}

/* ---- what is measured ---- */

enum kind {
	KIND_NONE,
	KIND_MMAP,
	KIND_MUNMAP,
	KIND_MPROTECT,
	KIND_MADVISE,
	KIND_MLOCK,
	KIND_MUNLOCK,
	KIND_MSYNC,
	KIND_MSEAL,
	KIND_MREMAP,
	KIND_FTRUNCATE,
	KIND_READ,
	KIND_WRITE,
	KIND_CLEAR_REFS,
	KIND_MBIND
};

struct call {
	enum kind kind;
	uint64_t addr, len, to, new_len, offset;
	int prot, flags, fd, advice;
	unsigned char byte;
	char text[24];
};

static sigjmp_buf jump;
static volatile sig_atomic_t accessing, calling, signal_got;

static void signal_take(int sig)
{
	if (!accessing && !calling)
		_exit(3);
	signal_got = sig;
	/* No access caused it: what it interrupts goes on. */
	if (calling)
		return;
	siglongjmp(jump, 1);
}

static void signals_take(void)
{
	struct sigaction sa = { .sa_handler = signal_take };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

static volatile long pages_done;
static volatile uint32_t hash;

static long access_pages(const struct call *c)
{
	pages_done = 0;
	hash = 0;
	if (sigsetjmp(jump, 1)) {
		accessing = 0;
		errno = EFAULT;
		return -1;
	}
	accessing = 1;
	for (uint64_t at = 0; at < c->len; at += host.page) {
		volatile unsigned char *p =
			(unsigned char *)(uintptr_t)(c->addr + at);

		if (c->kind == KIND_WRITE)
			*p = c->byte;
		else
			hash = hash * 31 + *p;
		pages_done++;
	}
	accessing = 0;
	return 0;
}

static long call_mbind(const struct call *c)
{
	unsigned long mask = 1ul << c->advice;

	/* MPOL_BIND; MPOL_MF_MOVE if asked. */
	return syscall(SYS_mbind, c->addr, c->len, 2, &mask, 64, c->flags);
}

static long call_do(const struct call *c)
{
	void *addr = (void *)(uintptr_t)c->addr;

	switch (c->kind) {
	case KIND_MMAP:
		return mmap(addr, c->len, c->prot, c->flags, c->fd,
			    (off_t)c->offset) == MAP_FAILED
			       ? -1
			       : 0;
	case KIND_MREMAP:
		return mremap(addr, c->len, c->new_len, c->flags,
			      (void *)(uintptr_t)c->to) == MAP_FAILED
			       ? -1
			       : 0;
	case KIND_MUNMAP:
		return munmap(addr, c->len);
	case KIND_MPROTECT:
		return mprotect(addr, c->len, c->prot);
	case KIND_MADVISE:
		return madvise(addr, c->len, c->advice);
	case KIND_MLOCK:
		return mlock(addr, c->len);
	case KIND_MUNLOCK:
		return munlock(addr, c->len);
	case KIND_MSYNC:
		return msync(addr, c->len, MS_SYNC);
	case KIND_MSEAL:
		return syscall(SYS_MSEAL, c->addr, c->len, 0ul);
	case KIND_FTRUNCATE:
		return ftruncate(c->fd, (off_t)c->len);
	case KIND_CLEAR_REFS:
		return write(c->fd, c->text, strlen(c->text)) < 0 ? -1 : 0;
	case KIND_MBIND:
		return call_mbind(c);
	case KIND_READ:
	case KIND_WRITE:
		return access_pages(c);
	default:
		return 0;
	}
}

static void faults_now(struct rusage *usage)
{
	/* A thread that resolves userfaultfd events does not count. */
	getrusage(RUSAGE_THREAD, usage);
}

/*
 * The second prefault() and everything that it and the counting need are
 * there after the first pass.
 */
static void call_measure(const struct call *c, struct result *r)
{
	struct rusage before, after;

	prefault();
	faults_now(&before);
	faults_now(&after);
	prefault();
	faults_now(&before);
	r->ret = call_do(c);
	r->err = r->ret < 0 ? errno : 0;
	faults_now(&after);
	r->min = after.ru_minflt - before.ru_minflt;
	r->maj = after.ru_majflt - before.ru_majflt;
}

/* ---- words ---- */

static int prot_of(const char *word)
{
	int prot = 0;

	for (; *word && strcmp(word, "none"); word++)
		prot |= *word == 'r'   ? PROT_READ
			: *word == 'w' ? PROT_WRITE
				       : PROT_EXEC;
	return prot;
}

static int advice_of(const char *word)
{
	static const struct {
		const char *word;
		int advice;
	} rows[] = {
		{ "normal", 0 },	  { "random", 1 },
		{ "sequential", 2 },	  { "willneed", 3 },
		{ "dontneed", 4 },	  { "free", 8 },
		{ "remove", 9 },	  { "dontfork", 10 },
		{ "dofork", 11 },	  { "mergeable", 12 },
		{ "unmergeable", 13 },	  { "hugepage", 14 },
		{ "nohugepage", 15 },	  { "dontdump", 16 },
		{ "dodump", 17 },	  { "wipeonfork", 18 },
		{ "keeponfork", 19 },	  { "cold", 20 },
		{ "pageout", 21 },	  { "populate_read", 22 },
		{ "populate_write", 23 }, { "dontneed_locked", 24 },
		{ "collapse", 25 },	  { "guard_install", 102 },
		{ "guard_remove", 103 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(word, rows[i].word))
			return rows[i].advice;
	return -1;
}

static const char *word_at(const struct line *line, int i)
{
	return i < line->nr ? line->word[i] : "0";
}

/* NAME OFF LEN: false if the process does not know the name. */
static bool range_of(const struct line *line, uint64_t *addr, uint64_t *len)
{
	const struct name *name = name_find(word_at(line, 1), false);

	if (!name)
		return false;
	*addr = name->base + size_of(word_at(line, 2));
	*len = size_of(word_at(line, 3));
	return true;
}

/* ---- operations that name something new ---- */

static void mmap_options(const struct line *line, int i, struct call *c)
{
	for (; i < line->nr; i++) {
		if (!strcmp(line->word[i], "populate"))
			c->flags |= MAP_POPULATE;
		/* "noreserve" did nothing where the recordings were made. */
		else if (*line->word[i] == '+')
			c->addr += size_of(line->word[i] + 1);
	}
}

static void op_mmap(const struct line *line, struct result *r)
{
	struct call c = { .kind = KIND_MMAP, .fd = -1 };
	const char *what = word_at(line, 5);
	const struct name *file;
	struct name *name;
	int options = 6;

	c.addr = BASE + slot++ * host.stride;
	c.len = size_of(word_at(line, 2));
	c.prot = prot_of(word_at(line, 3));
	c.flags = MAP_FIXED_NOREPLACE;
	c.flags |=
		strcmp(word_at(line, 4), "private") ? MAP_SHARED : MAP_PRIVATE;
	if (!strcmp(what, "memfd")) {
		file = name_find(word_at(line, 6), true);
		if (!file) {
			r->skip = NAME_UNKNOWN;
			return;
		}
		c.fd = file->fd;
		c.offset = size_of(word_at(line, 7));
		options = 8;
	} else {
		c.flags |= MAP_ANONYMOUS;
		c.flags |= strcmp(what, "hugetlb") ? 0 : MAP_HUGETLB;
	}
	mmap_options(line, options, &c);
	name = name_define(word_at(line, 1), false);
	call_measure(&c, r);
	if (name && !r->ret) {
		name->base = c.addr;
		name->len = c.len;
	}
}

static void op_mremap(const struct line *line, struct result *r)
{
	struct call c = { .kind = KIND_MREMAP,
			  .flags = MREMAP_MAYMOVE | MREMAP_FIXED };
	struct name *name;

	if (!range_of(line, &c.addr, &c.len)) {
		r->skip = NAME_UNKNOWN;
		return;
	}
	c.new_len = size_of(word_at(line, 4));
	c.to = BASE + slot++ * host.stride;
	for (int i = 6; i < line->nr; i++) {
		if (!strcmp(line->word[i], "dontunmap"))
			c.flags |= MREMAP_DONTUNMAP;
		else if (*line->word[i] == '+')
			c.to += size_of(line->word[i] + 1);
	}
	name = name_define(word_at(line, 5), false);
	call_measure(&c, r);
	if (name && !r->ret) {
		name->base = c.to;
		name->len = c.new_len;
	}
}

static void op_memfd(const struct line *line, struct result *r)
{
	bool huge = !strcmp(line->word[0], "hugefd");
	struct name *name = name_define(word_at(line, 1), true);

	if (!name) {
		r->skip = "the scenario has more names than the recorder";
		return;
	}
	name->fd = (int)syscall(SYS_memfd_create, name->name,
				huge ? HUGETLB_FLAG : 0u);
	if (name->fd < 0 ||
	    ftruncate(name->fd, (off_t)size_of(word_at(line, 2)))) {
		r->ret = -1;
		r->err = errno;
	}
}

/* ---- operations on a range ---- */

static const struct {
	const char *name;
	enum kind kind;
} range_ops[] = {
	{ "munmap", KIND_MUNMAP },   { "mprotect", KIND_MPROTECT },
	{ "madvise", KIND_MADVISE }, { "mlock", KIND_MLOCK },
	{ "munlock", KIND_MUNLOCK }, { "msync", KIND_MSYNC },
	{ "read", KIND_READ },	     { "write", KIND_WRITE },
	{ "mbind", KIND_MBIND },     { "mseal", KIND_MSEAL },
};

static enum kind range_kind(const char *op)
{
	for (size_t i = 0; i < sizeof(range_ops) / sizeof(*range_ops); i++)
		if (!strcmp(op, range_ops[i].name))
			return range_ops[i].kind;
	return KIND_NONE;
}

static void range_words(const struct line *line, struct call *c)
{
	const char *word = word_at(line, 4);

	if (c->kind == KIND_MPROTECT)
		c->prot = prot_of(word);
	else if (c->kind == KIND_MADVISE)
		c->advice = advice_of(word);
	else if (c->kind == KIND_MBIND)
		c->advice = atoi(word);
	c->byte = line->nr > 4 ? (unsigned char)atoi(word) : 1;
	if (c->kind == KIND_MBIND && line->nr > 5)
		c->flags = 2; /* MPOL_MF_MOVE */
}

static void op_range(const struct line *line, struct result *r)
{
	struct call c = { .kind = range_kind(line->word[0]) };

	if (!range_of(line, &c.addr, &c.len)) {
		r->skip = NAME_UNKNOWN;
		return;
	}
	range_words(line, &c);
	signal_got = 0;
	call_measure(&c, r);
	if (c.kind == KIND_MBIND && r->err == ENOSYS)
		r->skip = "this kernel has no NUMA";
	if (c.kind != KIND_READ && c.kind != KIND_WRITE)
		return;
	r->has_done = true;
	r->done = pages_done;
	r->sig = signal_got;
	r->has_hash = c.kind == KIND_READ;
	r->hash = hash;
}

/* ---- other operations ---- */

static void op_ftruncate(const struct line *line, struct result *r)
{
	const struct name *file = name_find(word_at(line, 1), true);
	struct call c = { .kind = KIND_FTRUNCATE };

	if (!file) {
		r->skip = NAME_UNKNOWN;
		return;
	}
	c.fd = file->fd;
	c.len = size_of(word_at(line, 2));
	call_measure(&c, r);
}

#define ADVICE_HWPOISON 100

/*
 * It takes a page of the machine's memory out of use: nothing puts it back.
 * From 6.11 on the caller may get a SIGBUS when the call returns.
 */
static void op_hwpoison(const struct line *line, struct result *r)
{
	const struct name *name = name_find(word_at(line, 1), false);
	struct call c = { .kind = KIND_MADVISE, .advice = ADVICE_HWPOISON };

	if (!host.system)
		r->skip = "it breaks a page of the machine (--system, as root)";
	else if (!name || !name->base)
		r->skip = NAME_UNKNOWN;
	if (r->skip)
		return;
	c.addr = name->base + size_of(word_at(line, 2));
	c.len = host.page;
	signal_got = 0;
	calling = 1;
	call_measure(&c, r);
	calling = 0;
	r->sig = signal_got;
	if (r->err == EINVAL)
		r->skip = "this kernel has no MADV_HWPOISON";
}

static void op_clear_refs(const struct line *line, struct result *r)
{
	struct call c = { .kind = KIND_CLEAR_REFS };

	c.fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (c.fd < 0) {
		r->skip = "this kernel has no clear_refs";
		return;
	}
	snprintf(c.text, sizeof(c.text), "%s", word_at(line, 1));
	call_measure(&c, r);
	close(c.fd);
	/* It wrote to this program's pages as well. */
	r->min = r->maj = 0;
}

static void op_dump(const struct line *line, struct result *r)
{
	const struct name *name = name_find(word_at(line, 1), false);
	uint64_t len;

	if (!name) {
		r->skip = NAME_UNKNOWN;
		return;
	}
	r->addr = name->base;
	len = name->base ? name->len : 0;
	if (line->nr > 3) {
		r->addr += size_of(line->word[2]);
		len = size_of(line->word[3]);
	}
	r->pages = true;
	r->nr = (len + host.page - 1) / host.page;
}

static void op_cpu(const struct line *line, struct result *r)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(atoi(word_at(line, 1)), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		r->skip = "this machine has no such CPU";
}

static void op_sleep(const struct line *line)
{
	long ms = atol(word_at(line, 1));
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* Moving no page at all empties every CPU's batches first. */
static void op_drain(struct result *r)
{
	int node = 0, status = 0;
	void *page = NULL;

	if (syscall(SYS_move_pages, 0, 0ul, &page, &node, &status, 2) &&
	    errno == ENOSYS)
		r->skip = "this kernel has no move_pages";
}

/* All pages of the range by one call. */
static void op_move_pages(const struct line *line, struct result *r)
{
	int node = atoi(word_at(line, 4)), *nodes, *status;
	uint64_t addr, len, nr;
	void **pages;

	if (!range_of(line, &addr, &len)) {
		r->skip = NAME_UNKNOWN;
		return;
	}
	nr = (len + host.page - 1) / host.page;
	pages = calloc(nr + 1, sizeof(*pages));
	nodes = calloc(nr + 1, sizeof(*nodes));
	status = calloc(nr + 1, sizeof(*status));
	for (uint64_t i = 0; pages && nodes && i < nr; i++) {
		pages[i] = (void *)(uintptr_t)(addr + i * host.page);
		nodes[i] = node;
	}
	if (pages && nodes && status)
		r->ret =
			syscall(SYS_move_pages, 0, nr, pages, nodes, status, 2);
	else
		r->skip = "no memory";
	r->err = r->ret < 0 ? errno : 0;
	if (r->err == ENOSYS)
		r->skip = "this kernel has no move_pages";
	if (!r->skip && r->ret >= 0)
		snprintf(r->more, sizeof(r->more), ",\"st0\":%d", *status);
	free(pages);
	free(nodes);
	free(status);
}

static void op_uffd(const struct line *line, struct result *r)
{
	uint64_t addr, len;

	if (!strcmp(line->word[0], "uffd_open"))
		r->skip = uffd_open(!strcmp(word_at(line, 1), "sync"), r);
	else if (range_of(line, &addr, &len))
		r->skip = uffd_range(addr, len, word_at(line, 4), r);
	else
		r->skip = NAME_UNKNOWN;
}

static void op_pin(const struct line *line, struct result *r)
{
	uint64_t addr, len;

	if (!strcmp(line->word[0], "unpin"))
		r->skip = pin_drop(r);
	else if (range_of(line, &addr, &len))
		r->skip = pin_range(addr, len, r);
	else
		r->skip = NAME_UNKNOWN;
}

static void op_node(const struct line *line, struct result *r)
{
	uint64_t addr, len;

	if (range_of(line, &addr, &len))
		r->skip = look_nodes(addr, len, r);
	else
		r->skip = NAME_UNKNOWN;
}

static void op_cat(const struct line *line, struct result *r)
{
	const char *text = host_file(word_at(line, 1));

	if (!text) {
		r->ret = -1;
		r->err = errno;
	}
}

/* Operations that neither change nor show memory; false if it is none. */
static bool op_other(const struct line *line, struct result *r)
{
	const char *op = line->word[0];

	if (!strcmp(op, "cpu"))
		op_cpu(line, r);
	else if (!strcmp(op, "sleep"))
		op_sleep(line);
	else if (!strcmp(op, "drain"))
		op_drain(r);
	else if (!strcmp(op, "cat"))
		op_cat(line, r);
	else if (!strcmp(op, "status"))
		look_status(r);
	else if (!strcmp(op, "vmstat"))
		look_vmstat(line, r);
	else if (!strcmp(op, "mstat"))
		r->skip = look_mstat(line, r);
	else if (!strcmp(op, "maps"))
		r->maps = true;
	else if (system_is_op(op))
		r->skip = system_op(line, r);
	else
		/* "check" is for the simulator to look at itself. */
		return !strcmp(op, "trace") || !strcmp(op, "traceable") ||
		       !strcmp(op, "check");
	return true;
}

void op_run(const struct line *line, struct result *r)
{
	const char *op = line->word[0];

	signals_take();
	memset(r, 0, sizeof(*r));
	if (!strcmp(op, "mmap"))
		op_mmap(line, r);
	else if (!strcmp(op, "mremap"))
		op_mremap(line, r);
	else if (!strcmp(op, "memfd") || !strcmp(op, "hugefd"))
		op_memfd(line, r);
	else if (range_kind(op) != KIND_NONE)
		op_range(line, r);
	else if (!strcmp(op, "ftruncate"))
		op_ftruncate(line, r);
	else if (!strcmp(op, "clear_refs"))
		op_clear_refs(line, r);
	else if (!strcmp(op, "hwpoison"))
		op_hwpoison(line, r);
	else if (!strcmp(op, "dump"))
		op_dump(line, r);
	else if (!strcmp(op, "move_pages"))
		op_move_pages(line, r);
	else if (!strcmp(op, "node"))
		op_node(line, r);
	else if (!strcmp(op, "uffd_open") || !strcmp(op, "uffd"))
		op_uffd(line, r);
	else if (!strcmp(op, "pin") || !strcmp(op, "unpin"))
		op_pin(line, r);
	else if (!op_other(line, r))
		r->skip = "the recorder does not know an operation of it";
	r->resolved = uffd_resolved();
}
