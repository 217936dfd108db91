/* SPDX-License-Identifier: MIT */
/*
 * The recorder as the only program of a machine: /init of an initramfs that
 * holds /scenarios, in the order of their names, and /modules, in the order in
 * which they are loaded. Everything it says goes to the console, each line
 * behind "@@", so that whatever else is there can be told apart.
 */
#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of finit_module(): the kernel decompresses (from 5.17). */
#define COMPRESSED 4

static void say(const char *what, const char *text)
{
	dprintf(STDOUT_FILENO, "@@%s %s\n", what, text);
}

static void mounts(void)
{
	static const char *const what[][2] = { { "proc", "/proc" },
					       { "sysfs", "/sys" },
					       { "devtmpfs", "/dev" },
					       { "tmpfs", "/tmp" },
					       { "debugfs",
						 "/sys/kernel/debug" } };

	for (size_t i = 0; i < sizeof(what) / sizeof(*what); i++) {
		mkdir(what[i][1], 0755);
		if (mount(what[i][0], what[i][1], what[i][0], 0, NULL) &&
		    errno != EBUSY)
			say("note", what[i][1]);
	}
}

/* ---- files of a folder, by name ---- */

static int no_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void each_file(const char *folder,
		      void (*fn)(const char *path, const char *name))
{
	struct dirent **list;
	int nr = scandir(folder, &list, no_dots, alphasort);
	char path[512];

	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		fn(path, list[i]->d_name);
		free(list[i]);
	}
	if (nr >= 0)
		free(list);
}

static void module_load(const char *path, const char *name)
{
	size_t len = strlen(name);
	bool plain = len > 3 && !strcmp(name + len - 3, ".ko");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (syscall(SYS_finit_module, fd, "", plain ? 0 : COMPRESSED) &&
	    errno != EEXIST)
		say("note", name);
	close(fd);
}

/* ---- what holds at the start of each scenario ---- */

static void setting(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	/* A kernel without it has nothing to set. */
	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		say("note", path);
	close(fd);
}

#define MM "/sys/kernel/mm/"

static void mthp_setting(const char *path, const char *name)
{
	char file[600], size[32];

	if (strncmp(name, "hugepages-", 10))
		return;
	snprintf(file, sizeof(file), "%s/enabled", path);
	snprintf(size, sizeof(size), "hugepages-%llukB",
		 (unsigned long long)host.pmd >> 10);
	setting(file, strcmp(name, size) ? "never" : "inherit");
}

static void settings(void)
{
	static const char *const rows[][2] = {
		{ MM "transparent_hugepage/enabled", "madvise" },
		{ MM "transparent_hugepage/defrag", "madvise" },
		{ MM "transparent_hugepage/shmem_enabled", "never" },
		{ MM "transparent_hugepage/use_zero_page", "1" },
		{ MM "transparent_hugepage/khugepaged/scan_sleep_millisecs",
		  "100000000" },
		{ MM "ksm/run", "0" },
		{ "/proc/sys/kernel/numa_balancing", "0" },
		{ "/proc/sys/vm/page-cluster", "0" },
		{ "/proc/sys/vm/swappiness", "60" },
		{ "/proc/sys/vm/nr_hugepages", "8" },
		{ "/proc/sys/vm/drop_caches", "3" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		setting(rows[i][0], rows[i][1]);
	each_file(MM "transparent_hugepage", mthp_setting);
}

/* ---- scenarios ---- */

static void scenario_run(const char *path, const char *name)
{
	char *text = NULL;
	const char *read = host_file(path);

	if (read)
		text = strdup(read);
	settings();
	say("scenario", name);
	if (text)
		program_run(text);
	free(text);
}

void init_run(void)
{
	out_prefix = "@@ ";
	mounts();
	each_file("/modules", module_load);
	host_find(true);
	host_gaps();
	say("info", "");
	host_info("recorded");
	each_file("/scenarios", scenario_run);
	say("done", "");
	sync();
	reboot(RB_POWER_OFF);
}
