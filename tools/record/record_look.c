/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells of a process: mappings, pages, counters.
 */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "raw.h"

typedef unsigned long long ull;

/* ---- maps ---- */

static void hex(const char *key, uint64_t value)
{
	if (value)
		out("\"%s\":\"0x%llx\"", key, (ull)value);
	else
		out("\"%s\":\"0\"", key);
}

static void map_head(uint64_t start, uint64_t end, const char *perm,
		     uint64_t offset)
{
	out("{");
	hex("start", start - BASE);
	out(",");
	hex("end", end - BASE);
	out(",\"perm\":\"%s\",", perm);
	hex("off", offset);
}

static void map_flags(char *flags)
{
	size_t len = strlen(flags);

	while (len && (flags[len - 1] == '\n' || flags[len - 1] == ' '))
		flags[--len] = 0;
	out(",\"flags\":\"%s\"}", flags);
}

void look_maps(void)
{
	FILE *in = fopen("/proc/self/smaps", "r");
	char line[1024], perm[8];
	bool inside = false;
	int nr = 0;

	out(",\"vmas\":[");
	while (in && fgets(line, sizeof(line), in)) {
		ull start, end, offset;

		if (sscanf(line, "%llx-%llx %7s %llx", &start, &end, perm,
			   &offset) == 4) {
			inside = start >= BASE && start < BASE + (1ull << 44);
			if (!inside)
				continue;
			out("%s", nr++ ? "," : "");
			map_head(start, end, perm, offset);
		} else if (inside && !strncmp(line, "VmFlags: ", 9)) {
			map_flags(line + 9);
		}
	}
	out("]");
	if (in)
		fclose(in);
}

/* ---- pages ---- */

static const struct {
	unsigned bit;
	const char *name;
} page_flags[] = {
	{ 12, "anon" }, { 13, "swapcache" }, { 14, "swapbacked" },
	{ 15, "head" }, { 16, "tail" },	     { 17, "huge" },
	{ 21, "ksm" },	{ 22, "thp" },	     { 24, "zero" },
};

static void page_letters(uint64_t entry, char *text)
{
	static const struct {
		unsigned bit;
		char letter;
	} rows[] = { { 63, 'P' }, { 62, 'S' }, { 61, 'F' }, { 58, 'G' },
		     { 57, 'W' }, { 56, 'X' }, { 55, 'D' } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (entry >> rows[i].bit & 1)
			*text++ = rows[i].letter;
	*text = 0;
}

/* Map count and flags of a frame, where the rights allow it. */
static void frame_text(uint64_t pfn, char *text, size_t len)
{
	uint64_t flags = 0, count = 0;
	size_t fill;
	int nr = 0;

	if (!pfn || pread(host.kpageflags, &flags, 8, (off_t)pfn * 8) != 8 ||
	    pread(host.kpagecount, &count, 8, (off_t)pfn * 8) != 8)
		return;
	fill = (size_t)snprintf(text, len, ",\"mc\":%llu,\"kpf\":\"",
				(ull)count);
	for (size_t i = 0; i < sizeof(page_flags) / sizeof(*page_flags); i++)
		if (flags >> page_flags[i].bit & 1)
			fill += (size_t)snprintf(text + fill, len - fill,
						 "%s%s", nr++ ? " " : "",
						 page_flags[i].name);
	snprintf(text + fill, len - fill, "\"");
}

struct look {
	int pagemap, mem;
};

/*
 * The first byte of a page, from memory if that can be: a kernel that reads it
 * for us through /proc/self/mem makes a huge entry young.
 */
static bool first_byte(const struct look *look, uint64_t addr, uint64_t pfn,
		       unsigned char *byte)
{
	if (host.raw && pfn && !raw_byte(host.raw, pfn * host.page, byte))
		return true;
	return pread(look->mem, byte, 1, (off_t)addr) == 1;
}

/* All of a page but its number. */
static void page_text(const struct look *look, uint64_t addr, char *text,
		      size_t len)
{
	uint64_t entry = 0, pfn, raw;
	char letters[16];
	unsigned char byte;
	unsigned shift;
	size_t fill;

	if (pread(look->pagemap, &entry, 8, (off_t)(addr / host.page * 8)) != 8)
		entry = 0;
	page_letters(entry, letters);
	fill = (size_t)snprintf(text, len, ",\"pm\":\"%s\"", letters);
	if (entry >> 63) {
		pfn = entry & ((1ull << 55) - 1);
		frame_text(pfn, text + fill, len - fill);
		fill = strlen(text);
		if (first_byte(look, addr, pfn, &byte))
			fill += (size_t)snprintf(text + fill, len - fill,
						 ",\"b\":%d", byte);
	}
	if (host.raw && !raw_entry(host.raw, getpid(), addr, &raw, &shift))
		raw_text(host.raw, raw, shift, entry >> 63, text + fill,
			 len - fill);
}

static void run_out(uint64_t first, uint64_t last, const char *text)
{
	out("%s{\"i\":[%llu,%llu]%s}", first ? "," : "", (ull)first, (ull)last,
	    text);
}

void look_pages(uint64_t addr, uint64_t nr)
{
	struct look look = { open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC),
			     open("/proc/self/mem", O_RDONLY | O_CLOEXEC) };
	char text[512], run[512] = "";
	uint64_t first = 0;

	out(",\"pages\":[");
	for (uint64_t i = 0; i < nr; i++) {
		page_text(&look, addr + i * host.page, text, sizeof(text));
		if (i && strcmp(text, run)) {
			run_out(first, i - 1, run);
			first = i;
		}
		memcpy(run, text, sizeof(run));
	}
	if (nr)
		run_out(first, nr - 1, run);
	out("]");
	close(look.pagemap);
	close(look.mem);
}

/* ---- counters ---- */

static void more_add(struct result *r, const char *key, long long value)
{
	size_t len = strlen(r->more);

	snprintf(r->more + len, sizeof(r->more) - len, ",\"%s\":%lld", key,
		 value);
}

/* The number behind a key at the start of a line; 0 if there is none. */
static long long number_after(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, key, len) && (p[len] == ' ' || p[len] == ':'))
			return strtoll(p + len + 1, NULL, 10);
	}
	return 0;
}

void look_status(struct result *r)
{
	static const char *const keys[] = { "VmPTE", "RssAnon", "RssFile",
					    "RssShmem", "VmSwap" };
	static long long last[sizeof(keys) / sizeof(*keys)];
	static bool begun;
	const char *text = host_file("/proc/self/status");

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		long long now = number_after(text, keys[i]);

		more_add(r, keys[i], begun ? now - last[i] : 0);
		last[i] = now;
	}
	begun = true;
}

struct counter {
	char key[64];
	long long value;
};

/* The change of a counter since it was last asked for. */
static long long change(const char *key, long long now)
{
	static struct counter seen[128];
	static unsigned nr;
	unsigned i;

	for (i = 0; i < nr && strcmp(seen[i].key, key); i++)
		;
	if (i == nr) {
		if (nr == 128)
			return 0;
		snprintf(seen[nr++].key, sizeof(seen->key), "%s", key);
		seen[i].value = now;
		return 0;
	}
	now -= seen[i].value;
	seen[i].value += now;
	return now;
}

void look_vmstat(const struct line *line, struct result *r)
{
	for (int i = 1; i < line->nr; i++)
		more_add(r, line->word[i],
			 change(line->word[i],
				number_after(host_file("/proc/vmstat"),
					     line->word[i])));
}

const char *look_mstat(const struct line *line, struct result *r)
{
	char path[192], key[64];

	for (int i = 2; i < line->nr; i++) {
		const char *text;

		snprintf(path, sizeof(path),
			 "/sys/kernel/mm/transparent_hugepage/"
			 "hugepages-%skB/stats/%s",
			 line->word[1], line->word[i]);
		text = host_file(path);
		/* Statistics that this kernel does not have are left out. */
		if (!text)
			continue;
		snprintf(key, sizeof(key), "%s:%s", line->word[1],
			 line->word[i]);
		more_add(r, line->word[i], change(key, atoll(text)));
	}
	return NULL;
}

/* ---- nodes ---- */

const char *look_nodes(uint64_t addr, uint64_t len, struct result *r)
{
	long long nr[64] = { 0 }, absent = 0;
	char key[8];
	int most = 1;

	for (uint64_t at = 0; at < len; at += host.page) {
		void *page = (void *)(uintptr_t)(addr + at);
		int status = -1;

		if (syscall(SYS_move_pages, 0, 1ul, &page, NULL, &status, 0))
			return "this kernel has no move_pages";
		if (status < 0 || status >= 64) {
			absent++;
			continue;
		}
		nr[status]++;
		most = status > most ? status : most;
	}
	for (int node = 0; node <= most; node++) {
		snprintf(key, sizeof(key), "n%d", node);
		more_add(r, key, nr[node]);
	}
	more_add(r, "absent", absent);
	return NULL;
}
