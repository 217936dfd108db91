/* SPDX-License-Identifier: MIT */
/*
 * Settings of the machine. Nothing is set without --system; whatever was set
 * is put back at the end of the scenario, and when the recorder is stopped.
 * The processes of a scenario share the list of what to put back.
 */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <time.h>
#include <unistd.h>

#define MOST_SETTINGS 64
#define ZRAM	      "/dev/zram0"
#define SWAP_SERIAL   "mmsim-swap" /* of the disk, by boot.c of the command */
#define LOCK	      "/run/mmsim-record.lock"
#define ROOT_ONLY     "it changes settings of the machine (--system, as root)"

struct setting {
	char path[192], value[64];
};

static struct {
	unsigned nr;
	const char *swap; /* the device in use: one of swap_devices */
	struct setting setting[MOST_SETTINGS];
} * kept;

static bool kept_open(void)
{
	if (!kept)
		kept = mmap(NULL, sizeof(*kept), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return kept != MAP_FAILED;
}

void system_begin(void)
{
	(void)kept_open();
}

static int write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = -1;

	if (fd < 0)
		return -1;
	if (write(fd, value, strlen(value)) >= 0)
		rc = 0;
	close(fd);
	return rc;
}

/* "always [madvise] never": what stands in brackets; else the first word. */
static void value_of(const char *text, char *value, size_t len)
{
	const char *from = strchr(text, '[');
	size_t n;

	from = from ? from + 1 : text;
	n = strcspn(from, "]\n ");
	snprintf(value, len, "%.*s", (int)n, from);
}

static bool is_kept(const char *path)
{
	for (unsigned i = 0; i < kept->nr; i++)
		if (!strcmp(kept->setting[i].path, path))
			return true;
	return false;
}

static void keep(const char *path, const char *now)
{
	struct setting *s = &kept->setting[kept->nr++];

	snprintf(s->path, sizeof(s->path), "%s", path);
	value_of(now, s->value, sizeof(s->value));
}

/* Set a file, after its value of now has been kept; only once. */
static const char *file_set(const char *path, const char *value)
{
	const char *now = host_file(path);

	if (!now)
		return "this kernel does not have a setting of it";
	if (!kept_open())
		return "the recorder has no memory to keep settings in";
	if (!is_kept(path) && kept->nr == MOST_SETTINGS)
		return "it sets more than the recorder can put back";
	if (!is_kept(path))
		keep(path, now);
	return write_file(path, value) ? "this kernel refuses a setting of it"
				       : NULL;
}

/* What zram holds goes, and with it its size; a disk keeps both. */
static void swap_release(void)
{
	if (!strcmp(kept->swap, ZRAM))
		write_file("/sys/block/zram0/reset", "1");
	kept->swap = NULL;
}

void system_restore(void)
{
	if (!kept || kept == MAP_FAILED)
		return;
	if (kept->swap) {
		swapoff(kept->swap);
		swap_release();
	}
	/* The first value kept of a file is the oldest. */
	while (kept->nr) {
		kept->nr--;
		write_file(kept->setting[kept->nr].path,
			   kept->setting[kept->nr].value);
	}
}

/* ---- operations ---- */

static const char *op_sys(const struct line *line)
{
	char path[192];

	if (line->nr < 3)
		return "the scenario gives sys no value";
	if (*line->word[1] == '/')
		snprintf(path, sizeof(path), "%s", line->word[1]);
	else
		snprintf(path, sizeof(path), "/sys/kernel/mm/%s",
			 line->word[1]);
	return file_set(path, line->word[2]);
}

static const char *op_mthp(const struct line *line)
{
	char path[192];

	if (line->nr < 3)
		return "the scenario gives mthp no value";
	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/transparent_hugepage/hugepages-%skB/enabled",
		 line->word[1]);
	if (access(path, F_OK))
		return "this kernel has no such size of mTHP";
	return file_set(path, line->word[2]);
}

/* The header of a swap area: version 1, the last page, the signature. */
static int swap_format(const char *path, uint64_t bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = -1;
	uint32_t head[3] = { 1, (uint32_t)(bytes / host.page - 1), 0 };

	if (fd < 0)
		return -1;
	if (pwrite(fd, head, sizeof(head), 1024) == sizeof(head) &&
	    pwrite(fd, "SWAPSPACE2", 10, (off_t)host.page - 10) == 10)
		rc = 0;
	close(fd);
	return rc;
}

static const char *zram_ready(uint64_t bytes)
{
	char text[32];

	if (access(ZRAM, F_OK) && system("modprobe zram >/dev/null 2>&1"))
		return "this kernel has no zram";
	snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	return write_file("/sys/block/zram0/disksize", text)
		       ? "zram is in use here"
		       : NULL;
}

/* The disk of the booted machine and no other: it has the serial number. */
static const char *disk_ready(const char *rotational)
{
	const char *serial = host_file("/sys/block/vda/serial");

	if (!serial || strncmp(serial, SWAP_SERIAL, strlen(SWAP_SERIAL)))
		return "this machine has no such swap device";
	return write_file("/sys/block/vda/queue/rotational", rotational)
		       ? "this kernel does not let a disk be said to turn"
		       : NULL;
}

static const struct swap_device {
	const char *word, *path, *rotational;
	uint64_t bytes;
} swap_devices[] = {
	{ "zram", ZRAM, NULL, 256ull << 20 },
	{ "disk", "/dev/vda", "1", 128ull << 20 },
	{ "ssd", "/dev/vda", "0", 128ull << 20 },
};

static const struct swap_device *swap_device(const struct line *line)
{
	const size_t nr = sizeof(swap_devices) / sizeof(*swap_devices);

	for (size_t i = 0; line->nr > 1 && i < nr; i++)
		if (!strcmp(line->word[1], swap_devices[i].word))
			return &swap_devices[i];
	return NULL;
}

static const char *op_swapon(const struct line *line, struct result *r)
{
	const struct swap_device *d = swap_device(line);
	const char *why;

	if (!d)
		return "this machine has no such swap device";
	if (!kept_open())
		return "the recorder has no memory to keep settings in";
	if (kept->swap)
		return "it swaps to more than one device";
	why = d->rotational ? disk_ready(d->rotational) : zram_ready(d->bytes);
	/* As in the recorded worlds: no readahead. */
	if (!why)
		why = file_set("/proc/sys/vm/page-cluster", "0");
	if (why)
		return why;
	kept->swap = d->path;
	if (swap_format(d->path, d->bytes))
		return "the swap device is in use here";
	r->ret = swapon(d->path, 0);
	r->err = r->ret < 0 ? errno : 0;
	return NULL;
}

static void op_swapoff(struct result *r)
{
	const char *path = kept_open() && kept->swap ? kept->swap : ZRAM;

	r->ret = swapoff(path);
	r->err = r->ret < 0 ? errno : 0;
	if (!r->ret && kept_open() && kept->swap)
		swap_release();
}

#define KSM "/sys/kernel/mm/ksm/"

static long scans(void)
{
	const char *text = host_file(KSM "full_scans");

	return text ? atol(text) : 0;
}

#define KSM_IDLE 100 /* polls without a scan: nobody offers a page any more */

/* N full scans, or as many as there are; then it rests. */
static const char *op_ksm(const struct line *line)
{
	long now = scans(), last = now;
	long wanted = now + (line->nr > 1 ? atol(line->word[1]) : 1);
	struct timespec pause = { 0, 10000000 };
	const char *why = file_set(KSM "pages_to_scan", "10000");

	if (!why)
		why = file_set(KSM "sleep_millisecs", "0");
	/* From 6.7 on pages that found no equal are passed over for a while. */
	if (!why && host_file(KSM "smart_scan"))
		why = file_set(KSM "smart_scan", "0");
	if (!why)
		why = file_set(KSM "run", "1");
	for (int idle = 0; !why && now < wanted && idle < KSM_IDLE; idle++) {
		nanosleep(&pause, NULL);
		now = scans();
		if (now != last)
			idle = 0;
		last = now;
	}
	return why ? why : file_set(KSM "run", "0");
}

static const char *op_numa_scan(const struct line *line)
{
	long seconds = line->nr > 1 ? atol(line->word[1]) : 1;
	struct timespec now, end;
	const char *why = file_set("/proc/sys/kernel/numa_balancing", "1");

	if (why)
		return why;
	/* The scanner works for processes that run. */
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec < end.tv_sec);
	write_file("/proc/sys/kernel/numa_balancing", "0");
	return NULL;
}

bool system_is_op(const char *op)
{
	static const char *const names[] = { "sys",	"mthp", "swapon",
					     "swapoff", "ksm",	"numa_scan" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(op, names[i]))
			return true;
	return false;
}

bool system_lock(void)
{
	int fd = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	/* Who is not root changes nothing; where this program is the only one
	 * there is no such folder. */
	if (fd < 0 || !flock(fd, LOCK_EX | LOCK_NB))
		return true;
	fprintf(stderr,
		"mmsim-record: --system: found another recorder that changes "
		"settings (%s), expected none\n",
		LOCK);
	return false;
}

const char *system_op(const struct line *line, struct result *r)
{
	const char *op = line->word[0];

	if (!host.system || geteuid())
		return ROOT_ONLY;
	if (!strcmp(op, "sys"))
		return op_sys(line);
	if (!strcmp(op, "mthp"))
		return op_mthp(line);
	if (!strcmp(op, "swapon"))
		return op_swapon(line, r);
	if (!strcmp(op, "ksm"))
		return op_ksm(line);
	if (!strcmp(op, "numa_scan"))
		return op_numa_scan(line);
	op_swapoff(r);
	return NULL;
}
