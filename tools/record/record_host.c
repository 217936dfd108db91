/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "raw.h"

struct host host;

static char raw_why[160];

const char *host_file(const char *path)
{
	static char text[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t fill = 0;
	ssize_t n;

	if (fd < 0)
		return NULL;
	while (fill < sizeof(text) - 1 &&
	       (n = read(fd, text + fill, sizeof(text) - 1 - fill)) > 0)
		fill += (size_t)n;
	close(fd);
	text[fill] = 0;
	return text;
}

/* Where the kernel does not say, a PMD is what one table of entries maps. */
static uint64_t pmd_size(void)
{
	const char *text =
		host_file("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
	uint64_t size = text ? strtoull(text, NULL, 10) : 0;

	return size ? size : host.page * (host.page / 8);
}

void host_find(bool system)
{
	host.page = (uint64_t)sysconf(_SC_PAGESIZE);
	host.pmd = pmd_size();
	host.stride = host.pmd > (64ull << 20) ? 2ull << 30 : 64ull << 20;
	host.system = system;
	host.kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	host.kpagecount = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);
	host.raw = raw_open(raw_why, sizeof(raw_why));
}

/* ---- what it has ---- */

static bool cpuinfo_has(const char *word)
{
	const char *text = host_file("/proc/cpuinfo");

	return text && strstr(text, word);
}

/* A fresh mapping is soft-dirty where soft-dirty is kept. */
static bool has_soft_dirty(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	char *page = mmap(NULL, host.page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t entry = 0;

	if (page != MAP_FAILED) {
		*page = 1;
		if (pread(fd, &entry, 8,
			  (off_t)((uintptr_t)page / host.page * 8)) != 8)
			entry = 0;
		munmap(page, host.page);
	}
	close(fd);
	return entry >> 55 & 1;
}

static const char *arch_name(const struct utsname *u)
{
	if (!strcmp(u->machine, "aarch64"))
		return "arm64";
	if (!strncmp(u->machine, "ppc64", 5))
		return "ppc64";
	return "x86_64";
}

static unsigned nodes(void)
{
	char path[64];
	unsigned nr = 0;

	do
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u",
			 nr);
	while (!access(path, F_OK) && ++nr);
	return nr ? nr : 1;
}

static uint64_t memory(void)
{
	return (uint64_t)sysconf(_SC_PHYS_PAGES) * host.page;
}

/* Frame numbers are for root alone, and the files behind them too. */
static bool sees_frames(void)
{
	return host.kpageflags >= 0 && host.kpagecount >= 0 && !geteuid();
}

/* The simulator's features that depend on how this kernel was configured. */
static void info_features(const struct utsname *u)
{
	bool may = strcmp(arch_name(u), "arm64") != 0;

	if (may && !has_soft_dirty())
		out(",\"features\":\"-soft-dirty\"");
}

static const char *yes(bool on)
{
	return on ? "true" : "false";
}

void host_info(const char *world)
{
	unsigned major = 0, minor = 0;
	const char *mglru;
	struct utsname u;
	bool ppc;

	uname(&u);
	ppc = !strcmp(arch_name(&u), "ppc64");
	sscanf(u.release, "%u.%u", &major, &minor);
	mglru = host_file("/sys/kernel/mm/lru_gen/enabled");
	out("{\"world\":");
	out_text(world);
	out(",\"arch\":\"%s\",\"page_size\":%llu,\"pmd_size\":%llu,\"mmu\":%s",
	    arch_name(&u), (unsigned long long)host.page,
	    (unsigned long long)host.pmd,
	    !ppc		   ? "null"
	    : cpuinfo_has("Radix") ? "\"radix\""
				   : "\"hash\"");
	out(",\"kernel\":\"%u.%u\",\"kernel_package\":", major, minor);
	out_text(u.release);
	out(",\"mglru\":%s", yes(mglru && strtoul(mglru, NULL, 0)));
	info_features(&u);
	if (!sees_frames())
		out(",\"frames\":false");
	out(",\"hardware\":{\"la57\":%s,\"pcid\":%s}",
	    yes(cpuinfo_has(" la57")), yes(cpuinfo_has(" pcid")));
	out(",\"cpus\":%ld,\"nodes\":%u,\"node_memory\":%llu,"
	    "\"traceable\":[]}\n",
	    sysconf(_SC_NPROCESSORS_ONLN), nodes(),
	    (unsigned long long)(memory() / nodes()));
	out_flush();
}

void host_gaps(void)
{
	if (!sees_frames())
		fprintf(stderr, "not shown: map counts and page flags (mc, "
				"kpf): /proc/kpagecount and /proc/kpageflags "
				"are for root\n");
	if (!host.raw)
		fprintf(stderr,
			"not shown: raw entries (pte, swp, fl, lvl): "
			"%s\n",
			raw_why);
	fprintf(stderr, "not shown: function calls (calls, seq): the recorder "
			"does not trace\n");
}
