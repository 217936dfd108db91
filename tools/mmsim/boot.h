/* SPDX-License-Identifier: MIT */
/*
 * Recording a kernel inside QEMU.
 */
#ifndef TOOLS_BOOT_H
#define TOOLS_BOOT_H

#include "options.h"

/**
 * boot_record() - boot a kernel with the recorder as its only program and
 * write what it recorded as `check` reads it.
 *
 * Return: an exit status.
 */
int boot_record(const struct options *options);

/* ---- initramfs.c ---- */

struct initramfs;

struct initramfs *initramfs_new(const char *path);
void initramfs_folder(struct initramfs *fs, const char *name);
void initramfs_console(struct initramfs *fs);
void initramfs_file(struct initramfs *fs, const char *name, unsigned mode,
		    const char *data, size_t len);

/** initramfs_end() - write the trailer: 0, or -1 if it could not be written. */
int initramfs_end(struct initramfs *fs);

#endif
