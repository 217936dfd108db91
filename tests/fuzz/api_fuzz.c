/* SPDX-License-Identifier: MIT */
/*
 * Sequences of API calls, with all invariants. Bytes: the world, then one
 * operation after another, each an opcode and its arguments. Addresses are
 * drawn from a few pages, so that operations meet.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_MMS   6
#define MOST_FILES 3
#define CHECK_EACH 8

struct run {
	const uint8_t *at, *end;
	struct mmsim *world;
	struct mmsim_world_info info;
	struct mmsim_mm *mm[MOST_MMS];
	struct mmsim_file *file[MOST_FILES];
	uint64_t base;
	unsigned ops;
};

static uint8_t byte(struct run *r)
{
	return r->at < r->end ? *r->at++ : 0;
}

static struct mmsim_mm *any_mm(struct run *r)
{
	unsigned i = byte(r) % MOST_MMS;

	while (!r->mm[i])
		i = (i + 1) % MOST_MMS;
	return r->mm[i];
}

static struct mmsim_file **any_file(struct run *r)
{
	return &r->file[byte(r) % MOST_FILES];
}

/* A page near a table's end; now and then an address at the edges. */
static uint64_t any_addr(struct run *r)
{
	uint8_t b = byte(r);
	uint64_t page = r->info.page_size;

	switch (b >> 5) {
	case 7:
		return b & 16 ? r->info.task_size - (b & 15) * page
			      : (b & 15) * page;
	case 6:
		return r->base + (b & 31) * page + byte(r);
	default:
		return r->base + (b % 96) * page - 48 * page;
	}
}

static uint64_t any_len(struct run *r)
{
	uint8_t b = byte(r);
	uint64_t page = r->info.page_size;

	switch (b >> 5) {
	case 7:
		return b & 16 ? ~0ULL - (b & 15) * page : b & 15;
	case 6:
		return (uint64_t)(b & 31) * page + byte(r);
	default:
		return (uint64_t)(b % 32) * page;
	}
}

/* ---- operations ---- */

static int op_mmap(struct run *r)
{
	static const int flags[] = {
		MMSIM_MAP_PRIVATE,	   MMSIM_MAP_SHARED,
		MMSIM_MAP_POPULATE,	   MMSIM_MAP_NORESERVE,
		MMSIM_MAP_LOCKED,	   MMSIM_MAP_GROWSDOWN,
		MMSIM_MAP_FIXED_NOREPLACE, MMSIM_MAP_STACK,
	};
	struct mmsim_mmap_args args = { .size = sizeof(args) };
	uint8_t b = byte(r);
	uint64_t addr;
	struct mmsim_mm *mm = any_mm(r);

	args.addr = any_addr(r);
	args.len = any_len(r);
	args.prot = b & 7;
	args.flags = (b & 8 ? MMSIM_MAP_SHARED : MMSIM_MAP_PRIVATE) |
		     (b & 16 ? MMSIM_MAP_FIXED : 0) |
		     (b & 32 ? flags[byte(r) % 8] : 0);
	if (b & 64)
		args.file = *any_file(r);
	if (!args.file)
		args.flags |= MMSIM_MAP_ANONYMOUS;
	else
		args.offset = (uint64_t)(byte(r) % 32) * r->info.page_size;
	return mmsim_mmap(mm, &args, &addr);
}

static int op_munmap(struct run *r)
{
	struct mmsim_mm *mm = any_mm(r);
	uint64_t addr = any_addr(r);

	return mmsim_munmap(mm, addr, any_len(r));
}

static int op_mprotect(struct run *r)
{
	struct mmsim_mm *mm = any_mm(r);
	uint64_t addr = any_addr(r), len = any_len(r);

	return mmsim_mprotect(mm, addr, len, byte(r) & 15);
}

static int op_madvise(struct run *r)
{
	struct mmsim_mm *mm = any_mm(r);
	uint64_t addr = any_addr(r), len = any_len(r);
	uint8_t b = byte(r);

	return mmsim_madvise(mm, addr, len, b < 240 ? b % 26 : 100 + b % 5);
}

static int op_mremap(struct run *r)
{
	struct mmsim_mm *mm = any_mm(r);
	uint64_t addr = any_addr(r), old_len = any_len(r), to = any_addr(r);

	return mmsim_mremap(mm, addr, old_len, any_len(r), byte(r) & 7, &to);
}

static int op_brk(struct run *r)
{
	struct mmsim_mm *mm = any_mm(r);
	uint64_t now;

	return mmsim_brk(mm, any_addr(r), &now);
}

static int op_mlock(struct run *r)
{
	struct mmsim_mm *mm = any_mm(r);
	uint64_t addr = any_addr(r), len = any_len(r);

	return mmsim_mlock(mm, addr, len, byte(r) & 1);
}

static int op_access(struct run *r)
{
	static uint8_t buf[3 * 65536];
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	struct mmsim_mm *mm = any_mm(r);
	uint64_t addr = any_addr(r);
	uint8_t b = byte(r);
	size_t len = (size_t)1 << (b & 15);
	enum mmsim_access kind = (enum mmsim_access)((b >> 4) % 3);

	return mmsim_access(mm, byte(r) % r->info.cpus, addr, len, kind,
			    b & 128 && kind != MMSIM_EXEC ? buf : NULL, &fault);
}

static int op_look(struct run *r)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	struct mmsim_vma vma = { .size = sizeof(vma) };
	struct mmsim_verdict verdict = { .size = sizeof(verdict) };
	struct mmsim_mm *mm = any_mm(r);
	uint64_t addr = any_addr(r);

	mmsim_entry_get(mm, addr, &entry);
	mmsim_page_peek(mm, addr);
	mmsim_would(mm, addr, (enum mmsim_access)(byte(r) % 3), &verdict);
	return mmsim_vma_next(mm, addr, &vma);
}

static int op_fork(struct run *r)
{
	struct mmsim_mm *mm = any_mm(r);

	for (int i = 0; i < MOST_MMS; i++)
		if (!r->mm[i])
			return mmsim_fork(mm, &r->mm[i]);
	return 0;
}

/* The last process stays: there is always one to work on. */
static int op_exit(struct run *r)
{
	unsigned i = 1 + byte(r) % (MOST_MMS - 1);

	if (!r->mm[i])
		return 0;
	mmsim_mm_exit(r->mm[i]);
	r->mm[i] = NULL;
	return 0;
}

static int op_file(struct run *r)
{
	struct mmsim_file **file = any_file(r);

	if (*file) {
		mmsim_file_put(*file);
		*file = NULL;
	}
	return mmsim_file_create(r->world, any_len(r), byte(r) % 3, file);
}

static int op_truncate(struct run *r)
{
	struct mmsim_file **file = any_file(r);

	return *file ? mmsim_file_truncate(*file, any_len(r)) : 0;
}

static int op_fail(struct run *r)
{
	uint8_t b = byte(r);

	return b & 128 ? mmsim_fail_host(r->world, b & 127)
		       : mmsim_fail_sim(r->world, b);
}

static const struct {
	const char *name;
	int (*run)(struct run *r);
} operations[] = {
	{ "mmap", op_mmap },	     { "munmap", op_munmap },
	{ "mprotect", op_mprotect }, { "madvise", op_madvise },
	{ "mremap", op_mremap },     { "brk", op_brk },
	{ "mlock", op_mlock },	     { "access", op_access },
	{ "look", op_look },	     { "fork", op_fork },
	{ "exit", op_exit },	     { "file", op_file },
	{ "truncate", op_truncate }, { "fail", op_fail },
	{ "access", op_access },     { "access", op_access },
};

#define NR_OPERATIONS (sizeof(operations) / sizeof(*operations))

static void print_vmas(const struct run *r)
{
	for (int i = 0; i < MOST_MMS; i++) {
		struct mmsim_vma vma = { .size = sizeof(vma) };
		uint64_t at = 0;

		for (; r->mm[i] && !mmsim_vma_next(r->mm[i], at, &vma);
		     at = vma.end)
			fprintf(stderr,
				"  pid %u 0x%llx-0x%llx 0x%llx 0x%llx\n",
				mmsim_mm_pid(r->mm[i]),
				(unsigned long long)vma.start,
				(unsigned long long)vma.end,
				(unsigned long long)vma.flags,
				(unsigned long long)vma.offset);
	}
}

static void operations_run(struct run *r)
{
	while (r->at < r->end && r->ops < 256) {
		size_t op = byte(r) % NR_OPERATIONS;
		int rc = operations[op].run(r);

		/* To read a finding by: each operation, and what follows. */
		if (getenv("FUZZ_PRINT")) {
			fprintf(stderr, "%u %s: %d %s\n", r->ops,
				operations[op].name, rc,
				rc ? mmsim_last_error(r->world) : "");
			print_vmas(r);
		}

		if (rc == -ENOTRECOVERABLE)
			return;
		if (rc > 0 || rc < -4095)
			fuzz_finding("api", "a result that is no errno");
		if (++r->ops % CHECK_EACH == 0)
			fuzz_check(r->world, "api");
	}
	fuzz_check(r->world, "api, at the end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = { .at = data, .end = data + size };

	if (size < 2)
		return 0;
	r.world = fuzz_world(byte(&r));
	r.info.size = sizeof(r.info);
	mmsim_world_info(r.world, &r.info);
	r.base = 16 * r.info.pmd_size;
	if (mmsim_mm_create(r.world, &r.mm[0]))
		fuzz_finding("api", "no process");
	operations_run(&r);
	for (int i = 0; i < MOST_FILES; i++)
		if (r.file[i])
			mmsim_file_put(r.file[i]);
	mmsim_destroy(r.world);
	return 0;
}
