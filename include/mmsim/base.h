/* SPDX-License-Identifier: MIT */
/*
 * mmsim/base.h - what every other header needs: handles, versions, export.
 *
 * int results are 0 or a negative errno with Linux's value on every host; what
 * the simulated kernel would return is that errno. mmsim_last_error() tells a
 * caller's mistake from a simulated errno. Structs that callers fill begin
 * with `size_t size`; set it by the _INIT macro or sizeof.
 */
#ifndef MMSIM_BASE_H
#define MMSIM_BASE_H

#include <stddef.h>
#include <stdint.h>

/**
 * DOC: MMSIM_API - marks what the library exports.
 */
#if defined(__GNUC__) && !defined(MMSIM_STATIC)
#define MMSIM_API __attribute__((visibility("default")))
#else
#define MMSIM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct mmsim;	   /* a world */
struct mmsim_mm;   /* a process of a world */
struct mmsim_file; /* a memfd-like or file-system-like file of a world */

/**
 * DOC: MMSIM_VERSION_* - the version of these headers.
 */
#define MMSIM_VERSION_MAJOR 0
#define MMSIM_VERSION_MINOR 1
#define MMSIM_VERSION_PATCH 0

/**
 * DOC: MMSIM_KERNEL - a kernel release, as in struct mmsim_config.
 */
#define MMSIM_KERNEL(major, minor) \
	(((uint32_t)(major) << 16) | (uint32_t)(minor))

/**
 * mmsim_version() - the library's version as "0.1.0".
 */
MMSIM_API const char *mmsim_version(void);

/**
 * mmsim_errname() - the name of an errno value.
 * @err: Linux's value, of either sign.
 *
 * Return: "ENOMEM" and so on, "0" for 0, "E?" for a value without a name.
 */
MMSIM_API const char *mmsim_errname(int err);

#ifdef __cplusplus
}
#endif
#endif
