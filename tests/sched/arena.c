/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool arena_open(struct arena *a, const char *options)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	int rc;

	memset(a, 0, sizeof(*a));
	assert_int_equal(mmsim_config_parse(&config, options), 0);
	config.cpus = NR_CPUS;
	config.node_memory = (uint64_t)64 << 20;
	rc = mmsim_create(&config, &a->w);
	if (rc == -EOPNOTSUPP)
		return false;
	assert_int_equal(rc, 0);
	assert_int_equal(mmsim_world_info(a->w, &info), 0);
	a->page = info.page_size;
	a->pmd = info.pmd_size;
	assert_int_equal(mmsim_mm_create(a->w, &a->mm), 0);
	return true;
}

void arena_close(struct arena *a)
{
	mmsim_destroy(a->w);
}

uint64_t at(const struct arena *a, unsigned nr)
{
	return BASE + nr * a->page;
}

static void map(struct arena *a, uint64_t pages, int prot, int flags,
		struct mmsim_file *file)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.addr = BASE,
		.len = pages * a->page,
		.prot = prot,
		.flags = flags | MMSIM_MAP_FIXED,
		.file = file,
	};
	uint64_t addr = 0;

	assert_int_equal(mmsim_mmap(a->mm, &args, &addr), 0);
}

void map_pages(struct arena *a, uint64_t pages, int prot, int flags)
{
	map(a, pages, prot, flags | MMSIM_MAP_ANONYMOUS, NULL);
}

void map_memfd(struct arena *a, uint64_t pages, int flags)
{
	assert_int_equal(mmsim_file_create(a->w, pages * a->page,
					   MMSIM_FILE_MEMFD, &a->file),
			 0);
	map(a, pages, RW, flags, a->file);
}

void fill_page(struct arena *a, unsigned nr, char byte)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(mmsim_access(a->mm, 0, at(a, nr), 1, MMSIM_WRITE,
				      &byte, &fault),
			 0);
	assert_int_equal(fault.kind, MMSIM_FAULT_NONE);
}

void fork_child(struct arena *a)
{
	assert_int_equal(mmsim_fork(a->mm, &a->child), 0);
}

void note(struct arena *a, unsigned cpu, const char *fmt, ...)
{
	size_t used = strlen(a->note[cpu]);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(a->note[cpu] + used, sizeof(a->note[cpu]) - used, fmt,
			ap);
	va_end(ap);
}

void store(struct arena *a, unsigned cpu, struct mmsim_mm *mm, uint64_t addr,
	   char byte)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	int rc = mmsim_access(mm, cpu, addr, 1, MMSIM_WRITE, &byte, &fault);

	note(a, cpu, "W%d.%d ", rc, (int)fault.kind);
}

void load(struct arena *a, unsigned cpu, struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	char byte = '?';
	int rc = mmsim_access(mm, cpu, addr, 1, MMSIM_READ, &byte, &fault);

	note(a, cpu, "R%d.%d=%02x ", rc, (int)fault.kind, (unsigned char)byte);
}

void show_byte(struct arena *a, struct mmsim_mm *mm, uint64_t addr, char *buf,
	       size_t len)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;
	unsigned char byte = 0;
	size_t used = strlen(buf);
	int rc = mmsim_access(mm, 0, addr, 1, MMSIM_READ, &byte, &fault);

	(void)a;
	if (rc || fault.kind)
		(void)snprintf(buf + used, len - used, "[%d.%d]", rc,
			       (int)fault.kind);
	else
		(void)snprintf(buf + used, len - used, "[%02x]", byte);
}

uint64_t counter(struct arena *a, const char *name)
{
	uint64_t value = 0;

	assert_int_equal(mmsim_counter(a->w, name, &value), 0);
	return value;
}
