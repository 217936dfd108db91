/* SPDX-License-Identifier: MIT */
/*
 * A long-term pin: a fixed buffer of io_uring.
 */
#include "record.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int ring = -1;

const char *pin_range(uint64_t addr, uint64_t len, struct result *r)
{
	struct iovec buffer = { (void *)(uintptr_t)addr, len };
	struct io_uring_params params;

	memset(&params, 0, sizeof(params));
	if (ring < 0)
		ring = (int)syscall(SYS_io_uring_setup, 2, &params);
	if (ring < 0)
		return "io_uring is not there, or not allowed";
	r->ret = syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS,
			 &buffer, 1);
	r->err = r->ret < 0 ? errno : 0;
	return NULL;
}

const char *pin_drop(struct result *r)
{
	if (ring < 0)
		return "the scenario pinned nothing";
	r->ret = syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS,
			 NULL, 0);
	r->err = r->ret < 0 ? errno : 0;
	return NULL;
}
