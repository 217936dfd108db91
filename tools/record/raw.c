/* SPDX-License-Identifier: MIT */
#include "raw.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "raw_parts.h"

struct raw_reader {
	struct kcore kcore;
	const struct format *format;
	uint64_t a_task;		/* any of the ring */
	long tasks, pid, comm, mm, pgd; /* offsets of members */
	pid_t last_pid;
	uint64_t last_pgd;
};

/* A whole file; the caller frees it. */
static char *file_read(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t room = 0;
	ssize_t n = 0;

	*len = 0;
	if (fd < 0)
		return NULL;
	do {
		if (room - *len < 65536) {
			room = 2 * room + 131072;
			text = realloc(text, room);
		}
		n = text ? read(fd, text + *len, room - *len - 1) : 0;
		*len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
	if (text)
		text[*len] = 0;
	return text;
}

static uint64_t symbol_find(const char *name)
{
	FILE *in = fopen("/proc/kallsyms", "r");
	unsigned long long value = 0, found = 0;
	char line[512], symbol[256];

	while (!found && in && fgets(line, sizeof(line), in))
		if (sscanf(line, "%llx %*c %255s", &value, symbol) == 2 &&
		    !strcmp(symbol, name))
			found = value;
	if (in)
		fclose(in);
	return found;
}

/*
 * A kernel without BTF: who boots it tells the offsets on its command line, as
 * "mmsim.offsets=TASKS,TGID,COMM,MM,PGD", in bytes.
 */
static bool offsets_told(struct raw_reader *raw)
{
	static const char word[] = "mmsim.offsets=";
	size_t len;
	char *line = file_read("/proc/cmdline", &len);
	const char *at = line ? strstr(line, word) : NULL;
	bool told = at && sscanf(at + sizeof(word) - 1, "%ld,%ld,%ld,%ld,%ld",
				 &raw->tasks, &raw->pid, &raw->comm, &raw->mm,
				 &raw->pgd) == 5;

	free(line);
	return told;
}

static bool offsets_find(struct raw_reader *raw)
{
	size_t len;
	char *btf = file_read("/sys/kernel/btf/vmlinux", &len);

	if (!btf)
		return offsets_told(raw);
	raw->tasks = btf_offset(btf, len, "task_struct", "tasks");
	raw->pid = btf_offset(btf, len, "task_struct", "tgid");
	raw->comm = btf_offset(btf, len, "task_struct", "comm");
	raw->mm = btf_offset(btf, len, "task_struct", "mm");
	raw->pgd = btf_offset(btf, len, "mm_struct", "pgd");
	free(btf);
	return raw->tasks >= 0 && raw->pid >= 0 && raw->comm >= 0 &&
	       raw->mm >= 0 && raw->pgd >= 0;
}

static bool word_in(const char *path, const char *word)
{
	size_t len;
	char *text = file_read(path, &len);
	bool found = text && strstr(text, word);

	free(text);
	return found;
}

static bool format_find(struct raw_reader *raw)
{
	struct utsname u;
	uint32_t five = 0;
	uint64_t flag = symbol_find("__pgtable_l5_enabled");

	uname(&u);
	if (flag)
		kcore_read(&raw->kcore, flag, &five, sizeof(five));
	raw->format = format_of(
		u.machine, (uint64_t)sysconf(_SC_PAGESIZE),
		word_in("/proc/cpuinfo", "Radix") ? "radix" : "hash", five & 1);
	return raw->format != NULL;
}

static uint64_t word_at(const struct raw_reader *raw, uint64_t addr)
{
	uint64_t value = 0;

	return kcore_read(&raw->kcore, addr, &value, sizeof(value)) ? 0 : value;
}

static uint32_t tgid_at(const struct raw_reader *raw, uint64_t task)
{
	uint32_t tgid = 0;

	kcore_read(&raw->kcore, task + (uint64_t)raw->pid, &tgid, sizeof(tgid));
	return tgid;
}

/* Whether a name lies where this process's task has its own. */
static bool is_own_task(const struct raw_reader *raw, uint64_t task)
{
	uint64_t mm = word_at(raw, task + (uint64_t)raw->mm);

	return tgid_at(raw, task) == (uint32_t)getpid() && mm &&
	       word_at(raw, mm + (uint64_t)raw->pgd);
}

#define WINDOW (1u << 20)

static uint64_t own_task_in(const struct raw_reader *raw,
			    const struct segment *s, const char *name,
			    char *window)
{
	for (uint64_t at = 0; at + WINDOW <= s->bytes; at += WINDOW) {
		const char *p = window;

		if (kcore_read(&raw->kcore, s->vaddr + at, window, WINDOW))
			continue;
		while ((p = memmem(p, (size_t)(window + WINDOW - p), name,
				   strlen(name) + 1))) {
			uint64_t task = s->vaddr + at + (uint64_t)(p - window) -
					(uint64_t)raw->comm;

			if (is_own_task(raw, task))
				return task;
			p++;
		}
	}
	return 0;
}

/*
 * A kernel whose kallsyms has functions alone: look through its memory for
 * the name that this process has given itself.
 */
static uint64_t own_task_find(const struct raw_reader *raw)
{
	char old[16] = "", name[16], *window = malloc(WINDOW);
	uint64_t task = 0;

	snprintf(name, sizeof(name), "rec%x-%x", (unsigned)getpid(),
		 (unsigned)time(NULL));
	prctl(PR_GET_NAME, old);
	prctl(PR_SET_NAME, name);
	for (unsigned i = 0; i < raw->kcore.nr && !task && window; i++)
		if (kcore_is_memory(&raw->kcore.segment[i]))
			task = own_task_in(raw, &raw->kcore.segment[i], name,
					   window);
	prctl(PR_SET_NAME, old);
	free(window);
	return task;
}

static const char *raw_find(struct raw_reader *raw)
{
	if (kcore_open(&raw->kcore, "/proc/kcore"))
		return "/proc/kcore cannot be read";
	if (!offsets_find(raw))
		return "/sys/kernel/btf/vmlinux is not there";
	raw->a_task = symbol_find("init_task");
	if (!raw->a_task)
		raw->a_task = own_task_find(raw);
	if (!raw->a_task)
		return "no task was found in the kernel's memory";
	if (!format_find(raw))
		return "the format of this machine's tables is not known";
	return NULL;
}

struct raw_reader *raw_open(char *why, size_t n)
{
	struct raw_reader *raw = calloc(1, sizeof(*raw));
	const char *missing = raw ? raw_find(raw) : "no memory";

	if (!missing)
		return raw;
	snprintf(why, n, "%s", missing);
	free(raw);
	return NULL;
}

/* Through the list of tasks, which is a ring. */
static uint64_t pgd_find(const struct raw_reader *raw, pid_t pid)
{
	uint64_t tasks = (uint64_t)raw->tasks, task = raw->a_task;

	for (int i = 0; i < 100000 && task; i++) {
		uint64_t next = word_at(raw, task + tasks);
		uint64_t mm = word_at(raw, task + (uint64_t)raw->mm);

		if (tgid_at(raw, task) == (uint32_t)pid && mm)
			return word_at(raw, mm + (uint64_t)raw->pgd);
		task = next ? next - tasks : 0;
		if (task == raw->a_task)
			break;
	}
	return 0;
}

int raw_entry(struct raw_reader *raw, pid_t pid, uint64_t addr, uint64_t *value,
	      unsigned *shift)
{
	if (raw->last_pid != pid) {
		raw->last_pgd = pgd_find(raw, pid);
		raw->last_pid = pid;
	}
	if (!raw->last_pgd)
		return -1;
	return walk(&raw->kcore, raw->format, raw->last_pgd, addr, value,
		    shift);
}

int raw_byte(struct raw_reader *raw, uint64_t paddr, unsigned char *byte)
{
	uint64_t addr = kcore_virtual(&raw->kcore, paddr);

	return addr ? kcore_read(&raw->kcore, addr, byte, 1) : -1;
}

void raw_text(struct raw_reader *raw, uint64_t value, unsigned shift,
	      bool present, char *buf, size_t len)
{
	unsigned long long entry = value;

	if (!value)
		snprintf(buf, len, ",\"pte\":0,\"lvl\":%u", shift);
	else if (present)
		snprintf(buf, len, ",\"pte\":\"0x%llx\",\"lvl\":%u",
			 entry & ~raw->format->pfn, shift);
	else
		snprintf(buf, len, ",\"swp\":\"0x%llx\",\"lvl\":%u", entry,
			 shift);
}
