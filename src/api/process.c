/* SPDX-License-Identifier: MIT */
#include <mmsim/process.h>

#include "api/api.h"
#include "core/sched.h"
#include "mm/file.h"
#include "mm/hugetlb.h"
#include "mm/mm.h"

int mmsim_mm_create(struct mmsim *w, struct mmsim_mm **mm)
{
	int rc;

	if (!w || !mm)
		return -EINVAL;
	*mm = NULL;
	rc = api_enter(w);
	if (rc)
		return rc;
	return api_leave_unchanged(w, mm_create(w, mm), "mm_create");
}

int mmsim_fork(struct mmsim_mm *parent, struct mmsim_mm **child)
{
	int rc;

	if (!parent || !child)
		return -EINVAL;
	*child = NULL;
	rc = api_enter_mm(parent);
	if (rc)
		return rc;
	return api_leave(parent->world, mm_fork(parent, child), "fork");
}

void mmsim_mm_exit(struct mmsim_mm *mm)
{
	if (!mm || api_enter(mm->world))
		return;
	if (sched_in_use(mm)) {
		(void)world_fail(mm->world, -EBUSY,
				 "mm_exit: a call on the process is put aside");
		return;
	}
	mm_exit(mm);
}

uint32_t mmsim_mm_pid(const struct mmsim_mm *mm)
{
	return mm ? mm->pid : 0;
}

int mmsim_mmap(struct mmsim_mm *mm, const struct mmsim_mmap_args *args,
	       uint64_t *addr)
{
	int rc;

	if (!mm || !args || !addr)
		return -EINVAL;
	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	rc = api_check_struct(args, args->size, sizeof(*args), sizeof(*args));
	if (rc)
		return world_fail(mm->world, rc, "mmap: args.size is wrong");
	if (args->file && args->file->world != mm->world)
		return world_fail(mm->world, -EINVAL,
				  "mmap: a file of another world");
	return api_leave(mm->world, do_mmap(mm, args, addr), "mmap");
}

int mmsim_munmap(struct mmsim_mm *mm, uint64_t addr, uint64_t len)
{
	int rc;

	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_munmap(mm, addr, len), "munmap");
}

int mmsim_mprotect(struct mmsim_mm *mm, uint64_t addr, uint64_t len, int prot)
{
	int rc;

	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_mprotect(mm, addr, len, prot),
			 "mprotect");
}

int mmsim_madvise(struct mmsim_mm *mm, uint64_t addr, uint64_t len, int advice)
{
	int rc;

	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_madvise(mm, addr, len, advice),
			 "madvise");
}

int mmsim_mremap(struct mmsim_mm *mm, uint64_t addr, uint64_t old_len,
		 uint64_t new_len, int flags, uint64_t *new_addr)
{
	int rc;

	if (!mm || !new_addr)
		return -EINVAL;
	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world,
			 do_mremap(mm, addr, old_len, new_len, flags, new_addr),
			 "mremap");
}

int mmsim_brk(struct mmsim_mm *mm, uint64_t addr, uint64_t *now)
{
	int rc;

	if (!mm || !now)
		return -EINVAL;
	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_brk(mm, addr, now), "brk");
}

int mmsim_mlock(struct mmsim_mm *mm, uint64_t addr, uint64_t len, int on)
{
	int rc;

	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_mlock(mm, addr, len, on),
			 on ? "mlock" : "munlock");
}

int mmsim_mseal(struct mmsim_mm *mm, uint64_t addr, uint64_t len,
		uint64_t flags)
{
	int rc;

	if (!mm)
		return -EINVAL;
	rc = api_enter(mm->world);
	if (rc)
		return rc;
	return api_leave(mm->world, do_mseal(mm, addr, len, flags), "mseal");
}

int mmsim_clear_refs(struct mmsim_mm *mm, unsigned value)
{
	int rc;

	rc = api_enter_mm(mm);
	if (rc)
		return rc;
	return api_leave(mm->world, do_clear_refs(mm, value), "clear_refs");
}

/* ---- userfaultfd ---- */

int mmsim_uffd_open(struct mmsim_mm *mm, uint64_t features)
{
	int rc;

	if (!mm)
		return -EINVAL;
	rc = api_enter(mm->world);
	if (rc)
		return rc;
	return api_leave(mm->world, do_uffd_open(mm, features), "uffd_open");
}

int mmsim_uffd_register(struct mmsim_mm *mm, uint64_t addr, uint64_t len,
			uint64_t mode)
{
	int rc;

	if (!mm)
		return -EINVAL;
	rc = api_enter(mm->world);
	if (rc)
		return rc;
	return api_leave(mm->world, do_uffd_register(mm, addr, len, mode),
			 "uffd_register");
}

int mmsim_uffd_unregister(struct mmsim_mm *mm, uint64_t addr, uint64_t len)
{
	int rc;

	if (!mm)
		return -EINVAL;
	rc = api_enter(mm->world);
	if (rc)
		return rc;
	return api_leave(mm->world, do_uffd_unregister(mm, addr, len),
			 "uffd_unregister");
}

int mmsim_uffd_writeprotect(struct mmsim_mm *mm, uint64_t addr, uint64_t len,
			    uint64_t mode)
{
	int rc;

	if (!mm)
		return -EINVAL;
	rc = api_enter(mm->world);
	if (rc)
		return rc;
	return api_leave(mm->world, do_uffd_writeprotect(mm, addr, len, mode),
			 "uffd_writeprotect");
}

/* ---- files ---- */

int mmsim_file_create(struct mmsim *w, uint64_t bytes, unsigned kind,
		      struct mmsim_file **file)
{
	int rc;

	if (!w || !file)
		return -EINVAL;
	*file = NULL;
	rc = api_enter(w);
	if (rc)
		return rc;
	if (kind > MMSIM_FILE_WRITENOTIFY || bytes > (uint64_t)INT64_MAX ||
	    (kind == MMSIM_FILE_HUGETLB &&
	     !is_aligned(bytes, hugetlb_page_size(w))))
		return world_fail(w, -EINVAL,
				  "file_create: a kind or size that cannot be");
	*file = file_alloc(w, bytes, kind);
	if (*file)
		(*file)->held = true;
	return api_leave_unchanged(w, *file ? 0 : -ENOMEM, "file_create");
}

int mmsim_file_truncate(struct mmsim_file *file, uint64_t bytes)
{
	int rc;

	if (!file)
		return -EINVAL;
	rc = api_enter(file->world);
	if (rc)
		return rc;
	if (bytes > (uint64_t)INT64_MAX)
		return world_fail(file->world, -EINVAL,
				  "file_truncate: a size that cannot be");
	return api_leave_unchanged(file->world, file_truncate(file, bytes),
				   "file_truncate");
}

int mmsim_file_writeback(struct mmsim_file *file)
{
	int rc;

	if (!file)
		return -EINVAL;
	rc = api_enter(file->world);
	if (rc)
		return rc;
	file_writeback(file);
	return api_leave(file->world, 0, "file_writeback");
}

void mmsim_file_put(struct mmsim_file *file)
{
	if (!file || !file->held || api_enter(file->world))
		return;
	file->held = false;
	file_put(file);
}
