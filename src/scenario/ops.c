/* SPDX-License-Identifier: MIT */
/*
 * The operations of a scenario. Each parses its words, does the system call
 * or the accesses, and leaves what happened in s->last. A negative result is
 * a mistake of the scenario; a simulated errno goes into s->last.ret.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "core/backend.h"
#include "core/config.h"
#include "mm/file.h"
#include "mm/hugetlb.h"
#include "mm/lru.h"
#include "mm/mm.h"
#include "mm/mthp.h"
#include "mm/pin.h"
#include "mm/reclaim.h"
#include "mm/swap.h"
#include "observe/check.h"
#include "scenario/run.h"
#include "scenario/scenario.h"
#include "tlb/context.h"

static struct word word_at(const struct mmsim_scenario *s, unsigned i)
{
	static const struct word none = { "", 0 };

	return i < s->line.nr ? s->line.words[i] : none;
}

/* ---- names ---- */

static struct name *lookup(const struct process *p, struct word w, bool file)
{
	unsigned i;

	for (i = 0; i < p->nr_names; i++)
		if (word_is(w, p->names[i].name) &&
		    file == (p->names[i].file != NULL))
			return &p->names[i];
	return NULL;
}

int find_name(struct mmsim_scenario *s, struct word w, struct name **name)
{
	*name = lookup(s->proc, w, false);
	return *name ? 0 : bad_word(s, w, "a mapping's name");
}

static int find_file(struct mmsim_scenario *s, struct word w,
		     struct name **name)
{
	*name = lookup(s->proc, w, true);
	return *name ? 0 : bad_word(s, w, "a file's name");
}

/* A new or redefined name of the running process. */
static int define_name(struct mmsim_scenario *s, struct word w,
		       const struct name *as)
{
	struct process *p = s->proc;
	struct name *name = lookup(p, w, as->file != NULL);

	if (w.len >= SCENARIO_NAME_LEN)
		return bad_word(s, w, "a name of at most 31 letters");
	if (!name) {
		if (array_room(&s->w->host, (void **)&p->names,
			       sizeof(*p->names), p->nr_names, &p->max_names))
			return -ENOMEM;
		name = &p->names[p->nr_names++];
	}
	*name = *as;
	memcpy(name->name, w.s, w.len);
	name->name[w.len] = '\0';
	return 0;
}

int parse_range(struct mmsim_scenario *s, unsigned i, vaddr_t *addr, u64 *len)
{
	struct name *name;
	u64 off;
	int rc;

	rc = find_name(s, word_at(s, i), &name);
	if (!rc)
		rc = parse_size_word(s, word_at(s, i + 1), &off);
	if (!rc)
		rc = parse_size_word(s, word_at(s, i + 2), len);
	if (!rc)
		*addr = name->base + off;
	return rc;
}

/* ---- mappings ---- */

/* Slot k is base + k * stride; the stride is larger where a PMD maps more. */
static vaddr_t next_slot(struct mmsim_scenario *s)
{
	u64 stride = s->w->be->pmd_shift > 26 ? (u64)2 << 30 : (u64)64 << 20;

	return SCENARIO_BASE + s->proc->slot++ * stride;
}

struct mapping_words {
	u64 size, offset, plus;
	int prot, flags;
	struct mmsim_file *file;
};

/* The words behind what is mapped: populate, noreserve, +OFF. */
static int parse_map_tail(struct mmsim_scenario *s, unsigned i,
			  struct mapping_words *m)
{
	struct word w;
	int rc;

	for (; i < s->line.nr; i++) {
		w = word_at(s, i);
		if (word_is(w, "populate")) {
			m->flags |= MMSIM_MAP_POPULATE;
		} else if (word_is(w, "noreserve")) {
			/* No recording shows VM_NORESERVE: the recorder's
			 * mappings were charged all the same. */
			continue;
		} else if (*w.s == '+') {
			w.s++;
			w.len--;
			rc = parse_size_word(s, w, &m->plus);
			if (rc)
				return rc;
		} else {
			return bad_word(s, w, "populate, noreserve or +OFF");
		}
	}
	return 0;
}

static int parse_map_what(struct mmsim_scenario *s, struct mapping_words *m,
			  unsigned *next)
{
	struct name *file;
	int rc;

	*next = 6;
	if (word_is(word_at(s, 5), "anon")) {
		m->flags |= MMSIM_MAP_ANONYMOUS;
		return 0;
	}
	if (word_is(word_at(s, 5), "hugetlb")) {
		m->flags |= MMSIM_MAP_ANONYMOUS | MMSIM_MAP_HUGETLB;
		return 0;
	}
	if (!word_is(word_at(s, 5), "memfd"))
		return bad_word(s, word_at(s, 5), "anon, hugetlb or memfd");
	*next = 8;
	rc = find_file(s, word_at(s, 6), &file);
	if (!rc)
		rc = parse_size_word(s, word_at(s, 7), &m->offset);
	if (!rc)
		m->file = file->file;
	return rc;
}

static int parse_mapping(struct mmsim_scenario *s, struct mapping_words *m)
{
	unsigned next;
	int rc;

	rc = parse_size_word(s, word_at(s, 2), &m->size);
	if (!rc)
		rc = parse_prot(s, word_at(s, 3), &m->prot);
	if (rc)
		return rc;
	if (word_is(word_at(s, 4), "private"))
		m->flags = MMSIM_MAP_PRIVATE;
	else if (word_is(word_at(s, 4), "shared"))
		m->flags = MMSIM_MAP_SHARED;
	else
		return bad_word(s, word_at(s, 4), "private or shared");
	rc = parse_map_what(s, m, &next);
	return rc ? rc : parse_map_tail(s, next, m);
}

static int op_mmap(struct mmsim_scenario *s)
{
	struct mapping_words m = { 0 };
	struct mmsim_mmap_args args = { .size = sizeof(args) };
	struct name name = { .base = 0 };
	vaddr_t addr = 0;
	int rc;

	rc = parse_mapping(s, &m);
	if (rc)
		return rc;
	args.addr = next_slot(s) + m.plus;
	args.len = m.size;
	args.prot = m.prot;
	args.flags = m.flags | MMSIM_MAP_FIXED_NOREPLACE;
	args.file = m.file;
	args.offset = m.offset;
	s->last.ret = do_mmap(s->proc->mm, &args, &addr);
	if (!s->last.ret)
		name = (struct name){ .base = addr, .len = m.size };
	return define_name(s, word_at(s, 1), &name);
}

static int op_file(struct mmsim_scenario *s, unsigned kind)
{
	struct name name = { .base = 0 };
	u64 size;
	int rc;

	rc = parse_size_word(s, word_at(s, 2), &size);
	if (rc)
		return rc;
	/* The file is there; it is its size that is refused. */
	if (kind == MMSIM_FILE_HUGETLB &&
	    !is_aligned(size, hugetlb_page_size(s->w))) {
		s->last.ret = -EINVAL;
		size = 0;
	}
	if (array_room(&s->w->host, (void **)&s->files, sizeof(*s->files),
		       s->nr_files, &s->max_files))
		return -ENOMEM;
	name.file = file_alloc(s->w, size, kind);
	if (!name.file)
		return -ENOMEM;
	s->files[s->nr_files++] = name.file;
	return define_name(s, word_at(s, 1), &name);
}

static int op_memfd(struct mmsim_scenario *s)
{
	if (s->line.nr > 3 && !word_is(word_at(s, 3), "writenotify"))
		return bad_word(s, word_at(s, 3), "writenotify");
	return op_file(s, s->line.nr > 3 ? MMSIM_FILE_WRITENOTIFY
					 : MMSIM_FILE_MEMFD);
}

static int op_hugefd(struct mmsim_scenario *s)
{
	return op_file(s, MMSIM_FILE_HUGETLB);
}

static int op_ftruncate(struct mmsim_scenario *s)
{
	struct name *name;
	u64 size;
	int rc;

	rc = find_file(s, word_at(s, 1), &name);
	if (!rc)
		rc = parse_size_word(s, word_at(s, 2), &size);
	if (!rc)
		s->last.ret = file_truncate(name->file, size);
	return rc;
}

static int op_writeback(struct mmsim_scenario *s)
{
	struct name *name;
	int rc;

	rc = find_file(s, word_at(s, 1), &name);
	if (!rc)
		file_writeback(name->file);
	return rc;
}

/* mremap NAME OFF OLDLEN NEWLEN NEWNAME [dontunmap] [+OFF] */
static int op_mremap(struct mmsim_scenario *s)
{
	int flags = MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED, rc;
	struct mapping_words m = { 0 };
	struct name name = { .base = 0 };
	vaddr_t addr, new_addr;
	u64 old_len, new_len;
	unsigned i = 6;

	rc = parse_range(s, 1, &addr, &old_len);
	if (!rc)
		rc = parse_size_word(s, word_at(s, 4), &new_len);
	if (rc)
		return rc;
	if (word_is(word_at(s, i), "dontunmap")) {
		flags |= MMSIM_MREMAP_DONTUNMAP;
		i++;
	}
	rc = parse_map_tail(s, i, &m);
	if (rc)
		return rc;
	new_addr = next_slot(s) + m.plus;
	s->last.ret = do_mremap(s->proc->mm, addr, old_len, new_len, flags,
				&new_addr);
	if (!s->last.ret)
		name = (struct name){ .base = new_addr, .len = new_len };
	return define_name(s, word_at(s, 5), &name);
}

static int op_mprotect(struct mmsim_scenario *s)
{
	vaddr_t addr;
	int prot, rc;
	u64 len;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc)
		rc = parse_prot(s, word_at(s, 4), &prot);
	if (!rc)
		s->last.ret = do_mprotect(s->proc->mm, addr, len, prot);
	return rc;
}

static int op_madvise(struct mmsim_scenario *s)
{
	vaddr_t addr;
	int advice, rc;
	u64 len;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc)
		rc = parse_advice(s, word_at(s, 4), &advice);
	if (!rc)
		s->last.ret = do_madvise(s->proc->mm, addr, len, advice);
	return rc;
}

/* Out of memory is no signal yet: whom to kill is the OOM killer's choice. */
static const char *signal_name(unsigned kind)
{
	if (kind == MMSIM_FAULT_OOM)
		return "OOM";
	return kind == MMSIM_FAULT_BUS || kind == MMSIM_FAULT_HWPOISON ? "BUS"
								       : "SEGV";
}

/* The signal that it leaves comes at its end. */
static int op_hwpoison(struct mmsim_scenario *s)
{
	struct mmsim_mm *mm = s->proc->mm;
	struct name *name;
	u64 offset;
	int rc;

	rc = find_name(s, word_at(s, 1), &name);
	if (!rc)
		rc = parse_size_word(s, word_at(s, 2), &offset);
	if (rc)
		return rc;
	s->last.ret = do_madvise(mm, name->base + offset, world_page_size(s->w),
				 MMSIM_MADV_HWPOISON);
	if (mm->signal.kind)
		s->last.sig = signal_name(mm->signal.kind);
	mm->signal.kind = MMSIM_FAULT_NONE;
	return 0;
}

static int op_munmap(struct mmsim_scenario *s)
{
	vaddr_t addr;
	u64 len;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc)
		s->last.ret = do_munmap(s->proc->mm, addr, len);
	return rc;
}

static int op_mlock(struct mmsim_scenario *s)
{
	bool on = word_is(word_at(s, 0), "mlock");
	vaddr_t addr;
	u64 len;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc)
		s->last.ret = do_mlock(s->proc->mm, addr, len, on);
	return rc;
}

static int op_mseal(struct mmsim_scenario *s)
{
	vaddr_t addr;
	u64 len;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc)
		s->last.ret = do_mseal(s->proc->mm, addr, len, 0);
	return rc;
}

/* Memory files are always in step with their mappings: only holes matter. */
static int op_msync(struct mmsim_scenario *s)
{
	const struct vm_area_struct *vma;
	vaddr_t addr, end;
	u64 len;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (rc)
		return rc;
	for (end = addr + len; addr < end; addr = vma->vm_end) {
		vma = vma_tree_find(&s->proc->mm->tree, addr);
		if (!vma || vma->vm_start > addr) {
			s->last.ret = -ENOMEM;
			break;
		}
	}
	return 0;
}

static int op_brk(struct mmsim_scenario *s)
{
	struct mmsim_mm *mm = s->proc->mm;
	vaddr_t now;
	u64 size;
	int rc;

	rc = parse_size_word(s, word_at(s, 1), &size);
	if (rc)
		return rc;
	s->last.ret = do_brk(mm, mm->brk_start + size, &now);
	if (!s->last.ret && now != mm->brk_start + size)
		s->last.ret = -ENOMEM;
	return 0;
}

static int op_clear_refs(struct mmsim_scenario *s)
{
	u64 value;
	int rc;

	rc = parse_uint(s, word_at(s, 1), UINT_MAX, &value);
	if (!rc)
		s->last.ret = do_clear_refs(s->proc->mm, (unsigned)value);
	return rc;
}

/* ---- userfaultfd ---- */

/*
 * uffd_open sync|async. In sync mode a thread of the process takes the
 * protection of each page away as soon as its event comes, as the recorder's
 * did. What the recorder asks for is all that a release may refuse.
 */
static int op_uffd_open(struct mmsim_scenario *s)
{
	const u64 async = MMSIM_UFFD_FEATURE_PAGEFAULT_FLAG_WP |
			  MMSIM_UFFD_FEATURE_WP_HUGETLBFS_SHMEM |
			  MMSIM_UFFD_FEATURE_WP_UNPOPULATED |
			  MMSIM_UFFD_FEATURE_WP_ASYNC;
	bool sync = word_is(word_at(s, 1), "sync");

	if (!sync && !word_is(word_at(s, 1), "async"))
		return bad_word(s, word_at(s, 1), "sync or async");
	s->last.ret = do_uffd_open(s->proc->mm,
				   sync ? MMSIM_UFFD_FEATURE_PAGEFAULT_FLAG_WP
					: async);
	s->proc->mm->uffd.resolver = sync;
	s->proc->uffd = s->proc->mm->pid;
	return 0;
}

/* The process whose userfaultfd it is: a child goes on using its parent's. */
static struct mmsim_mm *uffd_mm(struct mmsim_scenario *s)
{
	unsigned i;

	for (i = 0; i < s->nr_procs; i++)
		if (s->procs[i].mm && s->procs[i].mm->pid == s->proc->uffd)
			return s->procs[i].mm;
	return NULL;
}

static int uffd_range(struct mmsim_mm *mm, vaddr_t addr, u64 len,
		      struct word what)
{
	if (word_is(what, "register"))
		return do_uffd_register(mm, addr, len,
					MMSIM_UFFD_REGISTER_MODE_WP);
	if (word_is(what, "unregister"))
		return do_uffd_unregister(mm, addr, len);
	return do_uffd_writeprotect(
		mm, addr, len,
		word_is(what, "wp") ? MMSIM_UFFD_WRITEPROTECT_MODE_WP : 0);
}

static int op_uffd(struct mmsim_scenario *s)
{
	struct word what = word_at(s, 4);
	struct mmsim_mm *mm = uffd_mm(s);
	vaddr_t addr;
	u64 len;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (rc)
		return rc;
	if (!word_is(what, "register") && !word_is(what, "unregister") &&
	    !word_is(what, "wp") && !word_is(what, "unwp"))
		return bad_word(s, what, "register, unregister, wp or unwp");
	if (!s->proc->uffd)
		return bad_word(s, word_at(s, 0), "uffd_open before it");
	s->last.ret = mm ? uffd_range(mm, addr, len, what) : -ESRCH;
	return 0;
}

/* ---- accesses ---- */

/* One byte per page, ascending, until a signal. */
static int touch_pages(struct mmsim_scenario *s, vaddr_t addr, u64 len,
		       unsigned kind, unsigned char byte)
{
	u64 page = world_page_size(s->w), off;
	struct access a;
	int rc;

	s->last.has_done = true;
	for (off = 0; off < len; off += page) {
		a = (struct access){ .kind = kind,
				     .addr = addr + off,
				     .len = 1,
				     .buf = (char *)&byte };
		rc = api_access(s->proc->mm, &a);
		if (rc)
			return rc;
		if (a.fault_kind) {
			s->last.ret = -EFAULT;
			s->last.sig = signal_name(a.fault_kind);
			return 0;
		}
		s->last.done++;
		if (kind == MMSIM_READ)
			s->last.hash = s->last.hash * 31 + byte;
	}
	return 0;
}

static int op_read(struct mmsim_scenario *s)
{
	vaddr_t addr;
	u64 len;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	s->last.has_hash = true;
	return rc ? rc : touch_pages(s, addr, len, MMSIM_READ, 0);
}

static int op_write(struct mmsim_scenario *s)
{
	u64 len, byte = 1;
	vaddr_t addr;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc && s->line.nr > 4)
		rc = parse_uint(s, word_at(s, 4), 255, &byte);
	return rc ? rc
		  : touch_pages(s, addr, len, MMSIM_WRITE, (unsigned char)byte);
}

/* ---- processes ---- */

static int copy_names(struct mmsim_scenario *s, struct process *child,
		      const struct process *parent)
{
	unsigned i;

	for (i = 0; i < parent->nr_names; i++) {
		if (array_room(&s->w->host, (void **)&child->names,
			       sizeof(*child->names), child->nr_names,
			       &child->max_names))
			return -ENOMEM;
		child->names[child->nr_names++] = parent->names[i];
	}
	return 0;
}

static int op_fork(struct mmsim_scenario *s)
{
	struct word w = word_at(s, 1);
	struct process *child;
	struct mmsim_mm *mm;
	unsigned parent;

	if (w.len >= SCENARIO_NAME_LEN || find_process(s, w))
		return bad_word(s, w, "a name no process has");
	parent = (unsigned)(s->proc - s->procs);
	if (add_process(s, w, &child))
		return -ENOMEM;
	s->proc = &s->procs[parent];
	s->last.ret = mm_fork(s->proc->mm, &mm);
	if (s->last.ret)
		return 0;
	/* A real process has pages of its own, and both sides copy them: more
	 * than a batch holds, of 4K. */
	if (s->w->phys.page_shift == 12)
		lru_add_filled(s->w);
	child->mm = mm;
	child->slot = s->proc->slot;
	child->cpu = s->proc->cpu;
	child->uffd = s->proc->uffd;
	return copy_names(s, child, s->proc);
}

static int op_exit(struct mmsim_scenario *s)
{
	struct process *p = find_process(s, word_at(s, 1));

	if (!p)
		return bad_word(s, word_at(s, 1), "a child's name");
	mm_exit(p->mm);
	p->mm = NULL;
	return 0;
}

static int op_cpu(struct mmsim_scenario *s)
{
	u64 cpu;
	int rc;

	rc = parse_uint(s, word_at(s, 1), MAX_CPUS - 1, &cpu);
	if (rc)
		return rc;
	if (cpu >= s->w->cpus)
		return bad_word(s, word_at(s, 1), "a CPU of this world");
	s->proc->cpu = (unsigned)cpu;
	return 0;
}

/* ---- the rest ---- */

static int op_nothing(struct mmsim_scenario *s)
{
	(void)s;
	return 0;
}

static int op_tlb(struct mmsim_scenario *s)
{
	if (word_is(word_at(s, 1), "keep"))
		s->w->tlb.keep = true;
	else if (word_is(word_at(s, 1), "empty"))
		tlb_empty(s->w);
	else
		return bad_word(s, word_at(s, 1), "keep or empty");
	return 0;
}

static int op_drain(struct mmsim_scenario *s)
{
	lru_add_drain_all(s->w);
	return 0;
}

static int op_fail(struct mmsim_scenario *s)
{
	struct word kind = word_at(s, 1);
	u64 nth;
	int rc;

	rc = parse_uint(s, word_at(s, 2), ~(u64)0, &nth);
	if (rc)
		return rc;
	if (word_is(kind, "sim"))
		s->w->phys.fail_in = nth;
	else if (word_is(kind, "host"))
		s->w->host.fail_in = nth;
	else if (word_is(kind, "read"))
		s->w->fail_read_in = nth;
	else
		return bad_word(s, kind, "sim, host or read");
	return 0;
}

/* An invariant that is broken is reported as a failed expectation. */
static void check_report(const char *line, void *user)
{
	struct mmsim_scenario *s = user;

	(void)world_fail(s->w, 0, "line %u: %s", s->line.n, line);
}

static int op_check(struct mmsim_scenario *s)
{
	int rc = check_world(s->w, check_report, s);

	if (rc < 0)
		return rc;
	if (rc)
		s->expect_failed = true;
	s->last.ret = rc ? -EPROTO : 0;
	return 0;
}

/* ksm N: full scans. */
static int op_ksm(struct mmsim_scenario *s)
{
	u64 nr;
	int rc;

	rc = parse_uint(s, word_at(s, 1), UINT_MAX, &nr);
	return rc ? rc : do_ksm_scan(s->w, nr);
}

/* khugepaged N: full scans of the process. */
static int op_khugepaged(struct mmsim_scenario *s)
{
	u64 scans, nr;
	int rc;

	rc = parse_uint(s, word_at(s, 1), UINT_MAX, &scans);
	while (!rc && !s->last.ret && scans--) {
		s->last.ret = do_khugepaged(s->proc->mm, &nr);
		/* A further one would find what this one left. */
		if (!nr)
			break;
	}
	return rc;
}

/* ---- settings ---- */

/* sys PATH VALUE: a setting by its path below /sys/kernel/mm. */
static int op_sys(struct mmsim_scenario *s)
{
	struct word path = word_at(s, 1), value = word_at(s, 2);
	int rc = world_knob_set(s->w, path.s, path.len, value.s, value.len);

	if (rc == -EOPNOTSUPP)
		return world_fail(s->w, rc,
				  "line %u: %.*s: %.*s is not supported yet",
				  s->line.n, (int)path.len, path.s,
				  (int)value.len, value.s);
	s->last.ret = rc;
	reclaim_set_watermarks(s->w);
	return 0;
}

/* mthp KB WORD: the setting of one size of folios. */
static int op_mthp(struct mmsim_scenario *s)
{
	char path[64];
	u64 kb;
	int rc;

	rc = parse_uint(s, word_at(s, 1), ~(u64)0, &kb);
	if (rc)
		return rc;
	rc = snprintf(path, sizeof(path),
		      "transparent_hugepage/hugepages-%llukB/enabled",
		      (unsigned long long)kb);
	s->last.ret = world_knob_set(s->w, path, (size_t)rc, word_at(s, 2).s,
				     word_at(s, 2).len);
	return 0;
}

/* ---- swap ---- */

static int op_swapon(struct mmsim_scenario *s)
{
	static const struct {
		const char *name;
		enum swap_kind kind;
		u64 bytes;
	} devices[] = {
		{ "zram", SWAP_ZRAM, (u64)256 << 20 },
		{ "disk", SWAP_DISK, (u64)128 << 20 },
		{ "ssd", SWAP_SSD, (u64)128 << 20 },
	};
	struct word w = word_at(s, 1);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		if (!word_is(w, devices[i].name))
			continue;
		s->last.ret = do_swapon(s->w, devices[i].kind, devices[i].bytes,
					s->swap_prio--);
		if (s->last.ret > 0)
			s->last.ret = 0;
		return 0;
	}
	return bad_word(s, w, "zram, disk or ssd");
}

/* All devices, the last one first; nothing to do is a mistake. */
static int op_swapoff(struct mmsim_scenario *s)
{
	unsigned type;

	if (!swap_any(s->w))
		s->last.ret = -EINVAL;
	for (type = MAX_SWAPFILES; type-- && !s->last.ret;)
		if (swap_next_type(s->w, type) == (int)type)
			s->last.ret = do_swapoff(s->w, type);
	return 0;
}

/* reclaim N: pages; done: how many were freed. */
static int op_reclaim(struct mmsim_scenario *s)
{
	u64 nr;
	int rc;

	rc = parse_uint(s, word_at(s, 1), ~(u64)0, &nr);
	if (rc)
		return rc;
	s->last.ret = do_reclaim(s->w, nr, &s->last.done);
	s->last.has_done = true;
	return 0;
}

/* ---- pins ---- */

/* pin NAME OFF LEN [ro] [fast] [get]: whether the fast way works, nobody
 * sees. */
static int parse_pin_how(struct mmsim_scenario *s, unsigned *how)
{
	unsigned i;

	*how = 0;
	for (i = 4; i < s->line.nr; i++) {
		if (word_is(word_at(s, i), "ro"))
			*how |= PIN_RO;
		else if (word_is(word_at(s, i), "get"))
			*how |= PIN_GET;
		else if (!word_is(word_at(s, i), "fast"))
			return bad_word(s, word_at(s, i), "ro, fast or get");
	}
	return 0;
}

static int op_pin(struct mmsim_scenario *s)
{
	unsigned how;
	vaddr_t addr;
	u64 len;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc)
		rc = parse_pin_how(s, &how);
	if (!rc)
		s->last.ret = do_pin(s->proc->mm, addr, len, how);
	return rc;
}

static int op_unpin(struct mmsim_scenario *s)
{
	do_unpin(s->proc->mm);
	return 0;
}

/* ---- counters ---- */

/* The change of a counter since it was asked for last. */
static int counter_change(struct mmsim_scenario *s, const char *key, u64 now,
			  s64 *change)
{
	struct counter_seen *seen;
	unsigned i;

	for (i = 0; i < s->nr_seen; i++)
		if (!strcmp(s->seen[i].key, key))
			break;
	if (i == s->nr_seen) {
		if (array_room(&s->w->host, (void **)&s->seen, sizeof(*s->seen),
			       s->nr_seen, &s->max_seen))
			return -ENOMEM;
		seen = &s->seen[s->nr_seen++];
		snprintf(seen->key, sizeof(seen->key), "%s", key);
		seen->value = now;
	}
	*change = (s64)(now - s->seen[i].value);
	s->seen[i].value = now;
	return 0;
}

static int put_counter(struct mmsim_scenario *s, struct word name,
		       const char *key, u64 now)
{
	char word[COUNTER_KEY_LEN];
	s64 change;
	int rc = counter_change(s, key, now, &change);

	if (rc)
		return rc;
	snprintf(word, sizeof(word), "%.*s", (int)name.len, name.s);
	json_key_int(&s->json, word, change);
	return 0;
}

/* Only what /proc/vmstat has and is counted here. */
static int op_vmstat(struct mmsim_scenario *s)
{
	char key[COUNTER_KEY_LEN];
	unsigned i;
	u64 now;
	int rc;

	begin_line(s);
	put_result(s);
	for (i = 1; i < s->line.nr; i++) {
		struct word w = word_at(s, i);

		snprintf(key, sizeof(key), "%.*s", (int)w.len, w.s);
		if (world_counter(s->w, key, &now))
			return world_fail(s->w, -EOPNOTSUPP,
					  "line %u: %s is not supported yet",
					  s->line.n, key);
		rc = put_counter(s, w, key, now);
		if (rc)
			return rc;
	}
	return 0;
}

/* mstat KB KEY...: what a size of folios does not count is left out. */
static int op_mstat(struct mmsim_scenario *s)
{
	char key[COUNTER_KEY_LEN];
	unsigned i, order = 0;
	u64 kb, pages, now;
	int rc;

	rc = parse_uint(s, word_at(s, 1), (u64)1 << 40, &kb);
	if (rc)
		return rc;
	for (pages = kb * 1024 / world_page_size(s->w); pages > 1; pages /= 2)
		order++;
	begin_line(s);
	put_result(s);
	for (i = 2; i < s->line.nr; i++) {
		struct word w = word_at(s, i);

		if (mthp_stat_get(s->w, order, w.s, w.len, &now))
			continue;
		snprintf(key, sizeof(key), "%llu/%.*s", (unsigned long long)kb,
			 (int)w.len, w.s);
		rc = put_counter(s, w, key, now);
		if (rc)
			return rc;
	}
	return 0;
}

#define LATER(name)                                   \
	{                                             \
		name, 0, SCENARIO_MAX_WORDS, NULL, "" \
	}

static const struct op ops[] = {
	{ "trace", 1, 1, op_trace, "trace on|seq|off" },
	{ "mmap", 5, 10, op_mmap,
	  "mmap NAME SIZE PROT private|shared anon|memfd FILE OFFSET" },
	{ "memfd", 2, 2, op_memfd, "memfd FILE SIZE" },
	{ "file", 2, 3, op_memfd, "file FILE SIZE [writenotify]" },
	{ "writeback", 1, 1, op_writeback, "writeback FILE" },
	{ "ftruncate", 2, 2, op_ftruncate, "ftruncate FILE SIZE" },
	{ "read", 3, 3, op_read, "read NAME OFF LEN" },
	{ "write", 3, 4, op_write, "write NAME OFF LEN [BYTE]" },
	{ "mprotect", 4, 4, op_mprotect, "mprotect NAME OFF LEN PROT" },
	{ "madvise", 4, 4, op_madvise, "madvise NAME OFF LEN ADVICE" },
	{ "munmap", 3, 3, op_munmap, "munmap NAME OFF LEN" },
	{ "mlock", 3, 3, op_mlock, "mlock NAME OFF LEN" },
	{ "munlock", 3, 3, op_mlock, "munlock NAME OFF LEN" },
	{ "mseal", 3, 3, op_mseal, "mseal NAME OFF LEN" },
	{ "msync", 3, 3, op_msync, "msync NAME OFF LEN" },
	{ "mremap", 5, 7, op_mremap,
	  "mremap NAME OFF OLDLEN NEWLEN NEWNAME [dontunmap] [+OFF]" },
	{ "brk", 1, 1, op_brk, "brk SIZE" },
	{ "clear_refs", 1, 1, op_clear_refs, "clear_refs N" },
	{ "fork", 1, 1, op_fork, "fork CHILD" },
	{ "exit", 1, 1, op_exit, "exit CHILD" },
	{ "maps", 0, 0, op_maps, "maps" },
	{ "status", 0, 0, op_status, "status" },
	{ "dump", 1, 3, op_dump, "dump NAME [OFF LEN]" },
	{ "cpu", 1, 1, op_cpu, "cpu N" },
	{ "drain", 0, 0, op_drain, "drain" },
	{ "tlb", 1, 1, op_tlb, "tlb keep|empty" },
	{ "sleep", 1, 1, op_nothing, "sleep MS" },
	{ "traceable", 0, 0, op_nothing, "traceable" },
	{ "expect", 1, SCENARIO_MAX_WORDS, op_expect, "expect KEY=VALUE..." },
	{ "fail", 2, 2, op_fail, "fail sim|host|read N" },
	{ "check", 0, 0, op_check, "check" },
	{ "hugefd", 2, 2, op_hugefd, "hugefd FILE SIZE" },
	{ "uffd_open", 1, 1, op_uffd_open, "uffd_open sync|async" },
	{ "uffd", 4, 4, op_uffd,
	  "uffd NAME OFF LEN register|wp|unwp|unregister" },
	{ "pin", 3, 6, op_pin, "pin NAME OFF LEN [ro] [fast] [get]" },
	{ "unpin", 0, 0, op_unpin, "unpin" },
	{ "mbind", 4, 7, op_mbind,
	  "mbind NAME OFF LEN NODE|POLICY [move|move_all] [strict]" },
	{ "set_mempolicy", 1, 1, op_set_mempolicy, "set_mempolicy POLICY" },
	{ "migrate_pages", 2, 2, op_migrate_pages,
	  "migrate_pages NODES NODES" },
	{ "move_pages", 4, 4, op_move_pages, "move_pages NAME OFF LEN NODE" },
	{ "node", 3, 3, op_node, "node NAME OFF LEN" },
	{ "numa_scan", 1, 1, op_numa_scan, "numa_scan SECONDS" },
	{ "khugepaged", 1, 1, op_khugepaged, "khugepaged N" },
	{ "mthp", 2, 2, op_mthp, "mthp KB always|inherit|madvise|never" },
	{ "sys", 2, 2, op_sys, "sys PATH VALUE" },
	LATER("cat"),
	{ "vmstat", 1, SCENARIO_MAX_WORDS, op_vmstat, "vmstat KEY..." },
	{ "mstat", 2, SCENARIO_MAX_WORDS, op_mstat, "mstat KB KEY..." },
	{ "swapon", 1, 1, op_swapon, "swapon zram|disk|ssd" },
	{ "swapoff", 0, 0, op_swapoff, "swapoff" },
	{ "ksm", 1, 1, op_ksm, "ksm N" },
	{ "reclaim", 1, 1, op_reclaim, "reclaim N" },
	{ "hwpoison", 2, 2, op_hwpoison, "hwpoison NAME OFF" },
	{ "time", 1, 1, op_time, "time MS" },
};

const struct op *find_op(struct word name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (word_is(name, ops[i].name))
			return &ops[i];
	return NULL;
}
