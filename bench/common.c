/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- this program ---- */

double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size, pages;

	if (!f || fscanf(f, "%lu %lu", &size, &pages) != 2)
		die("/proc/self/statm cannot be read");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

void die(const char *fmt, ...)
{
	va_list args;

	fputs("mmsim-bench: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

void must(const struct run *r, int rc, const char *what)
{
	if (!rc)
		return;
	die("%s: %s: %s: %s", r->item->name, what, mmsim_errname(rc),
	    r->world ? mmsim_last_error(r->world) : "");
}

void *must_alloc(size_t nr, size_t size)
{
	void *p = calloc(nr, size);

	if (!p)
		die("no memory for %zu x %zu bytes", nr, size);
	return p;
}

void *arena_map(size_t bytes, bool huge)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("no memory for %zu bytes", bytes);
	/* An advice: without huge pages it is slower, not wrong. */
	(void)madvise(p, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return p;
}

void arena_unmap(void *p, size_t bytes)
{
	munmap(p, bytes);
}

/* ---- the simulated side ---- */

static uint64_t config_page_size(const struct mmsim_config *config)
{
	if (config->page_size)
		return config->page_size;
	return config->arch == MMSIM_ARCH_PPC64 ? 65536 : 4096;
}

static void config_read(const struct run *r, struct mmsim_config *config)
{
	must(r, mmsim_config_parse(config, r->options), r->options);
}

static void config_create(struct run *r, const struct mmsim_config *config)
{
	struct mmsim_world_info info = { .size = sizeof(info) };

	must(r, mmsim_create(config, &r->world), "mmsim_create");
	must(r, mmsim_world_info(r->world, &info), "mmsim_world_info");
	must(r, mmsim_mm_create(r->world, &r->mm), "mmsim_mm_create");
	r->page_size = info.page_size;
	r->pmd_size = info.pmd_size;
}

int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void sim_create(struct run *r, size_t pages, uint32_t kernel)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;

	config_read(r, &config);
	if (kernel)
		config.kernel = kernel;
	if (!config.node_memory)
		config.node_memory = (2 * (uint64_t)pages + 65536) *
				     config_page_size(&config);
	config_create(r, &config);
}

void sim_create_with(struct run *r, uint64_t memory)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;

	config_read(r, &config);
	config.nodes = 1;
	config.node_memory = memory;
	config_create(r, &config);
}

void sim_create_nodes(struct run *r, size_t pages, unsigned nodes)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;

	config_read(r, &config);
	config.nodes = config.cpus = nodes;
	config.node_memory =
		(2 * (uint64_t)pages + 8192) * config_page_size(&config);
	config_create(r, &config);
}

/* How large a huge page is, a small world has to tell. */
void sim_create_huge(struct run *r, size_t pages)
{
	sim_create(r, 1, 0);
	sim_destroy(r);
	/* Two tables for each, with what is put aside. */
	sim_create_with(r, (pages + 8) * (r->pmd_size + 2 * r->page_size) +
				   65536 * r->page_size);
}

void sim_destroy(struct run *r)
{
	mmsim_destroy(r->world);
	r->world = NULL;
	r->mm = NULL;
}

static uint64_t map_anon(struct run *r, size_t pages, int flags)
{
	const struct mmsim_mmap_args args = {
		.size = sizeof(args),
		.len = pages * r->page_size,
		.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS | flags,
	};
	uint64_t at;

	must(r, mmsim_mmap(r->mm, &args, &at), "mmsim_mmap");
	return at;
}

uint64_t sim_map(struct run *r, size_t pages)
{
	return map_anon(r, pages, 0);
}

uint64_t sim_map_sparse(struct run *r, size_t pages)
{
	return map_anon(r, pages, MMSIM_MAP_NORESERVE);
}

void sim_unmap(struct run *r, uint64_t at, size_t pages)
{
	must(r, mmsim_munmap(r->mm, at, pages * r->page_size), "mmsim_munmap");
}

void sim_protect(struct run *r, uint64_t at, size_t pages, int prot)
{
	must(r, mmsim_mprotect(r->mm, at, pages * r->page_size, prot),
	     "mmsim_mprotect");
}

void sim_touch(struct run *r, uint64_t at, size_t pages, enum mmsim_access kind)
{
	uint64_t addr, end = at + pages * r->page_size;
	int rc = 0;

	for (addr = at; addr < end && !rc; addr += r->page_size)
		rc = mmsim_access(r->mm, 0, addr, 1, kind, NULL, NULL);
	must(r, rc, "mmsim_access");
}

/* ---- the native side ---- */

char *native_map(size_t pages)
{
	return arena_map(pages * NATIVE_PAGE, false);
}

void native_unmap(char *p, size_t pages)
{
	arena_unmap(p, pages * NATIVE_PAGE);
}

void native_protect(char *p, size_t pages, int prot)
{
	if (mprotect(p, pages * NATIVE_PAGE, prot))
		die("mprotect failed");
}

void native_write(char *p, size_t pages)
{
	volatile char *end = p + pages * NATIVE_PAGE, *at;

	for (at = p; at < end; at += NATIVE_PAGE)
		*at = 1;
}

void native_read(const char *p, size_t pages)
{
	const volatile char *end = p + pages * NATIVE_PAGE, *at;
	uint64_t sum = 0;

	for (at = p; at < end; at += NATIVE_PAGE)
		sum += (uint64_t)*at;
	keep(sum);
}

/* The child waits until its end of the pipe is all that is left. */
void native_fork(struct native_child *child)
{
	int fds[2];
	char byte;

	if (pipe(fds))
		die("pipe failed");
	child->pid = fork();
	if (child->pid < 0)
		die("fork failed");
	if (!child->pid) {
		close(fds[1]);
		_exit(read(fds[0], &byte, 1) < 0);
	}
	close(fds[0]);
	child->fd = fds[1];
}

void native_reap(struct native_child *child)
{
	close(child->fd);
	if (waitpid(child->pid, NULL, 0) != child->pid)
		die("waitpid failed");
}
