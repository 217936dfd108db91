/* SPDX-License-Identifier: MIT */
/*
 * The "newc" cpio archive that a kernel unpacks as its first file system
 * (Documentation/driver-api/early-userspace/buffer-format). A few headers: less
 * than what calling cpio(1) or a library for archives would take.
 */
#include "boot.h"

#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct initramfs {
	FILE *out;
	unsigned inode;
};

#define MODE_FOLDER  0040755
#define MODE_CONSOLE 0020600

struct initramfs *initramfs_new(const char *path)
{
	struct initramfs *fs = xcalloc(1, sizeof(*fs));

	fs->out = fopen(path, "w");
	if (fs->out)
		return fs;
	free(fs);
	return NULL;
}

static void pad(struct initramfs *fs, size_t len)
{
	for (; len % 4; len++)
		fputc(0, fs->out);
}

static void entry(struct initramfs *fs, const char *name, unsigned mode,
		  unsigned major, unsigned minor, const char *data, size_t len)
{
	size_t name_len = strlen(name) + 1;
	int n = fprintf(fs->out,
			"070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X"
			"%08X",
			++fs->inode, mode, 0u, 0u, 1u, 0u, (unsigned)len, 0u,
			0u, major, minor, (unsigned)name_len, 0u);

	fwrite(name, 1, name_len, fs->out);
	pad(fs, (size_t)n + name_len);
	if (len)
		fwrite(data, 1, len, fs->out);
	pad(fs, len);
}

void initramfs_folder(struct initramfs *fs, const char *name)
{
	entry(fs, name, MODE_FOLDER, 0, 0, NULL, 0);
}

void initramfs_console(struct initramfs *fs)
{
	entry(fs, "dev/console", MODE_CONSOLE, 5, 1, NULL, 0);
}

void initramfs_file(struct initramfs *fs, const char *name, unsigned mode,
		    const char *data, size_t len)
{
	entry(fs, name, 0100000 | mode, 0, 0, data, len);
}

int initramfs_end(struct initramfs *fs)
{
	int rc;

	entry(fs, "TRAILER!!!", 0, 0, 0, NULL, 0);
	rc = ferror(fs->out) | fclose(fs->out) ? -1 : 0;
	free(fs);
	return rc;
}
