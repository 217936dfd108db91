/* SPDX-License-Identifier: MIT */
/*
 * Calls that are refused for what they ask, wherever they point: nothing
 * changes, which the comparison after each operation sees.
 */
#include "model.h"

enum call {
	MPROTECT,
	MUNMAP,
	MADVISE,
	MREMAP,
	MMAP,
	MLOCK,
	MSEAL,
	UFFD_OPEN,
	UFFD_REGISTER,
	UFFD_UNREGISTER,
	UFFD_PROTECT,
};

#define WRAPS (~(uint64_t)0 - 0xfffff) /* aligned for every page size */
#define MOVES (MMSIM_MREMAP_MAYMOVE)
#define ONTO  (MMSIM_MREMAP_MAYMOVE | MMSIM_MREMAP_FIXED)
#define ANON  (MMSIM_MAP_ANONYMOUS | PRIVATE)

/*
 * @shift: added to the address; @len: as it is, or of one page if it is 1;
 * @arg: rights, advice, flags, mode, and of mremap the new length.
 */
static const struct bad {
	enum call call;
	uint64_t shift, len, arg;
	int flags, want;
} bads[] = {
	{ MPROTECT, 1, 1, RW, 0, -EINVAL },
	{ MPROTECT, 1, 0, RW, 0, -EINVAL },
	{ MPROTECT, 0, 0, RW, 0, 0 },
	{ MPROTECT, 0, WRAPS, RW, 0, -ENOMEM },
	{ MPROTECT, 0, 1, 0x100, 0, -EINVAL },
	{ MPROTECT, 0, 1, RW | 0x4000000, 0, -EINVAL },
	{ MPROTECT, 0, 1, 0x80000000, 0, -EINVAL },
	{ MUNMAP, 1, 1, 0, 0, -EINVAL },
	{ MUNMAP, 0, 0, 0, 0, -EINVAL },
	{ MUNMAP, 0, WRAPS, 0, 0, -EINVAL },
	{ MADVISE, 1, 1, MMSIM_MADV_DONTNEED, 0, -EINVAL },
	{ MADVISE, 0, 0, MMSIM_MADV_DONTNEED, 0, 0 },
	{ MADVISE, 0, 0, 5, 0, -EINVAL },
	{ MADVISE, 0, 1, 5, 0, -EINVAL },
	{ MADVISE, 0, 1, ~(uint64_t)0, 0, -EINVAL },
	{ MADVISE, 0, 1, 1000, 0, -EINVAL },
	{ MADVISE, 0, WRAPS, MMSIM_MADV_DONTNEED, 0, -EINVAL },
	{ MREMAP, 0, 1, 1, 8, -EINVAL },
	{ MREMAP, 0, 1, 1, MMSIM_MREMAP_FIXED, -EINVAL },
	{ MREMAP, 0, 1, 0, MOVES, -EINVAL },
	{ MREMAP, 1, 1, 1, MOVES, -EINVAL },
	{ MREMAP, 0, 1, WRAPS, MOVES, -EINVAL },
	{ MREMAP, 0, 1, 1, ONTO, -EINVAL },
	{ MREMAP, 0, 1, 0x100000, MOVES | MMSIM_MREMAP_DONTUNMAP, -EINVAL },
	{ MMAP, 0, 0, RW, ANON | FIXED, -EINVAL },
	{ MMAP, 1, 1, RW, ANON | FIXED, -EINVAL },
	{ MMAP, 0, 1, RW, MMSIM_MAP_ANONYMOUS | FIXED, -EINVAL },
	{ MMAP, 0, 1, RW, PRIVATE | FIXED, -EBADF },
	{ MMAP, 0, WRAPS, RW, ANON | FIXED, -ENOMEM },
	{ MLOCK, 0, WRAPS, 0, 0, -EINVAL },
	{ MSEAL, 1, 1, 0, 0, -EINVAL },
	{ MSEAL, 0, 1, 1, 0, -EINVAL },
	{ MSEAL, 0, WRAPS, 0, 0, -EINVAL },
	{ MSEAL, 0, 0, 0, 0, 0 },
	{ UFFD_OPEN, 0, 0, (uint64_t)1 << 40, 0, -EINVAL },
	{ UFFD_REGISTER, 0, 1, 0, 0, -EINVAL },
	{ UFFD_REGISTER, 0, 1, 8, 0, -EINVAL },
	{ UFFD_REGISTER, 1, 1, 2, 0, -EINVAL },
	{ UFFD_REGISTER, 0, 0, 2, 0, -EINVAL },
	{ UFFD_REGISTER, 0, WRAPS, 2, 0, -EINVAL },
	{ UFFD_UNREGISTER, 1, 1, 0, 0, -EINVAL },
	{ UFFD_UNREGISTER, 0, 0, 0, 0, -EINVAL },
	{ UFFD_UNREGISTER, 0, WRAPS, 0, 0, -EINVAL },
	{ UFFD_PROTECT, 1, 1, 1, 0, -EINVAL },
	{ UFFD_PROTECT, 0, 0, 1, 0, -EINVAL },
	{ UFFD_PROTECT, 0, WRAPS, 0, 0, -EINVAL },
	{ UFFD_PROTECT, 0, 1, 3, 0, -EINVAL },
	{ UFFD_PROTECT, 0, 1, 4, 0, -EINVAL },
};

static int call_mremap(struct model_proc *proc, uint64_t addr, uint64_t len,
		       const struct bad *bad, uint64_t new_len)
{
	uint64_t to = addr;

	return mmsim_mremap(proc->mm, addr, len, new_len, bad->flags, &to);
}

static int call_mmap(struct model_proc *proc, uint64_t addr, uint64_t len,
		     const struct bad *bad)
{
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.addr = addr,
					.len = len,
					.prot = (int)bad->arg,
					.flags = bad->flags };

	return mmsim_mmap(proc->mm, &args, &addr);
}

static int call_bad(struct run *r, struct model_proc *proc, uint64_t addr,
		    const struct bad *bad)
{
	uint64_t len = bad->len == 1 ? r->page_size : bad->len;

	addr += bad->shift;
	switch (bad->call) {
	case MPROTECT:
		return mmsim_mprotect(proc->mm, addr, len, (int)bad->arg);
	case MUNMAP:
		return mmsim_munmap(proc->mm, addr, len);
	case MADVISE:
		return mmsim_madvise(proc->mm, addr, len, (int)bad->arg);
	case MREMAP:
		return call_mremap(proc, addr, len, bad,
				   bad->arg == 1 ? r->page_size : bad->arg);
	case MMAP:
		return call_mmap(proc, addr, len, bad);
	case MLOCK:
		return mmsim_mlock(proc->mm, addr, len, 1);
	case MSEAL:
		return mmsim_mseal(proc->mm, addr, len, bad->arg);
	case UFFD_OPEN:
		return mmsim_uffd_open(proc->mm, bad->arg);
	case UFFD_REGISTER:
		return mmsim_uffd_register(proc->mm, addr, len, bad->arg);
	case UFFD_UNREGISTER:
		return mmsim_uffd_unregister(proc->mm, addr, len);
	case UFFD_PROTECT:
		return mmsim_uffd_writeprotect(proc->mm, addr, len, bad->arg);
	}
	return 0;
}

/* From 5.16 to 6.16 mremap looks at its source before it looks at the target. */
static int looked_at_first(const struct run *r, const struct model_page *source,
			   int want)
{
	if (!from_kernel(r, 5, 16) || from_kernel(r, 6, 17))
		return want;
	if (source->kind == HOLE)
		return -EFAULT;
	return source->sealed ? -EPERM : want;
}

void do_bad(struct run *r)
{
	const struct bad *bad = &bads[pick(r, NR(bads))];
	struct model_proc *proc = pick_proc(r);
	unsigned page = pick(r, r->nr_pages);
	int want = bad->want;

	/* Until 6.17 what is mapped there says which mistake is told. */
	if (bad->call == MREMAP && bad->arg == WRAPS && !from_kernel(r, 6, 17))
		return;
	if (bad->call == MREMAP && bad->flags == ONTO)
		want = looked_at_first(r, &proc->pages[page], want);
	if (bad->call == MSEAL && !from_kernel(r, 6, 10))
		want = -ENOSYS;
	/* A second one of a process is not modelled. */
	if (bad->call == UFFD_OPEN && proc->uffd != UFFD_NONE)
		want = -EOPNOTSUPP;
	say(r, "%u bad call %u at %u", mmsim_mm_pid(proc->mm),
	    (unsigned)(bad - bads), page);
	EXPECT(r, call_bad(r, proc, r->base + page * r->page_size, bad), want,
	       "a bad call");
}
