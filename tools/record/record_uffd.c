/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd write-protection. In sync mode a second thread resolves each
 * event at once by taking the protection away, as the recordings' did.
 */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of some hosts. */
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#define FEATURE_WP	       (1ull << 0)
#define FEATURE_WP_HUGE_SHMEM  (1ull << 12)
#define FEATURE_WP_UNPOPULATED (1ull << 13)
#define FEATURE_WP_ASYNC       (1ull << 15)

static int uffd = -1;
static atomic_uint resolved;

static int protect(uint64_t addr, uint64_t len, bool on)
{
	struct uffdio_writeprotect wp = { .range = { addr, len }, .mode = on };

	return ioctl(uffd, UFFDIO_WRITEPROTECT, &wp);
}

static void *resolve(void *unused)
{
	struct uffd_msg msg;

	(void)unused;
	while (read(uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		uint64_t addr = msg.arg.pagefault.address & ~(host.page - 1);

		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		atomic_fetch_add(&resolved, 1);
		protect(addr, host.page, false);
	}
	return NULL;
}

unsigned uffd_resolved(void)
{
	return atomic_exchange(&resolved, 0);
}

static uint64_t features(bool sync)
{
	return sync ? FEATURE_WP
		    : FEATURE_WP | FEATURE_WP_HUGE_SHMEM |
			       FEATURE_WP_UNPOPULATED | FEATURE_WP_ASYNC;
}

const char *uffd_open(bool sync, struct result *r)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features(sync) };
	pthread_t thread;

	uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (uffd < 0)
		uffd = (int)syscall(SYS_userfaultfd,
				    O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (uffd < 0)
		return errno == ENOSYS ? "this kernel has no userfaultfd"
				       : "these rights allow no userfaultfd";
	if (ioctl(uffd, UFFDIO_API, &api)) {
		r->ret = -1;
		r->err = errno;
		return NULL;
	}
	if (sync && pthread_create(&thread, NULL, resolve, NULL))
		return "no thread";
	return NULL;
}

const char *uffd_range(uint64_t addr, uint64_t len, const char *what,
		       struct result *r)
{
	struct uffdio_register reg = { .range = { addr, len },
				       .mode = UFFDIO_REGISTER_MODE_WP };

	if (uffd < 0)
		return "the scenario did not open a userfaultfd";
	if (!strcmp(what, "register"))
		r->ret = ioctl(uffd, UFFDIO_REGISTER, &reg);
	else if (!strcmp(what, "unregister"))
		r->ret = ioctl(uffd, UFFDIO_UNREGISTER, &reg.range);
	else
		r->ret = protect(addr, len, !strcmp(what, "wp"));
	r->err = r->ret < 0 ? errno : 0;
	r->ret = r->ret < 0 ? -1 : 0;
	return NULL;
}
