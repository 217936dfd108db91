/* SPDX-License-Identifier: MIT */
#include "syscalls.h"

enum sized_by {
	BY_NOTHING, /* @unit bytes */
	BY_RESULT,  /* @unit bytes for each one the result counts */
	BY_ARG	    /* @unit bytes for each one that an argument counts */
};

/* Sizes are those of the x86-64 system call interface. */
static const struct buffer_row {
	unsigned nr;
	unsigned char arg, by, count_arg;
	unsigned unit;
} buffer_rows[] = {
	{ 0, 1, BY_RESULT, 0, 1 },     /* read */
	{ 4, 1, BY_NOTHING, 0, 144 },  /* stat */
	{ 5, 1, BY_NOTHING, 0, 144 },  /* fstat */
	{ 6, 1, BY_NOTHING, 0, 144 },  /* lstat */
	{ 7, 0, BY_ARG, 1, 8 },	       /* poll */
	{ 13, 2, BY_NOTHING, 0, 32 },  /* rt_sigaction */
	{ 14, 2, BY_NOTHING, 0, 8 },   /* rt_sigprocmask */
	{ 17, 1, BY_RESULT, 0, 1 },    /* pread64 */
	{ 22, 0, BY_NOTHING, 0, 8 },   /* pipe */
	{ 36, 1, BY_NOTHING, 0, 32 },  /* getitimer */
	{ 38, 2, BY_NOTHING, 0, 32 },  /* setitimer */
	{ 43, 2, BY_NOTHING, 0, 4 },   /* accept: the length */
	{ 45, 1, BY_RESULT, 0, 1 },    /* recvfrom */
	{ 51, 2, BY_NOTHING, 0, 4 },   /* getsockname: the length */
	{ 52, 2, BY_NOTHING, 0, 4 },   /* getpeername: the length */
	{ 53, 3, BY_NOTHING, 0, 8 },   /* socketpair */
	{ 55, 4, BY_NOTHING, 0, 4 },   /* getsockopt: the length */
	{ 61, 1, BY_NOTHING, 0, 4 },   /* wait4: the status */
	{ 61, 3, BY_NOTHING, 0, 144 }, /* wait4: the usage */
	{ 63, 0, BY_NOTHING, 0, 390 }, /* uname */
	{ 78, 1, BY_RESULT, 0, 1 },    /* getdents */
	{ 79, 0, BY_RESULT, 0, 1 },    /* getcwd */
	{ 89, 1, BY_RESULT, 0, 1 },    /* readlink */
	{ 96, 0, BY_NOTHING, 0, 16 },  /* gettimeofday */
	{ 96, 1, BY_NOTHING, 0, 8 },   /* gettimeofday: the zone */
	{ 97, 1, BY_NOTHING, 0, 16 },  /* getrlimit */
	{ 98, 1, BY_NOTHING, 0, 144 }, /* getrusage */
	{ 99, 0, BY_NOTHING, 0, 112 }, /* sysinfo */
	{ 100, 0, BY_NOTHING, 0, 32 }, /* times */
	{ 115, 1, BY_RESULT, 0, 4 },   /* getgroups */
	{ 118, 0, BY_NOTHING, 0, 4 },  /* getresuid */
	{ 118, 1, BY_NOTHING, 0, 4 },
	{ 118, 2, BY_NOTHING, 0, 4 },
	{ 120, 0, BY_NOTHING, 0, 4 }, /* getresgid */
	{ 120, 1, BY_NOTHING, 0, 4 },
	{ 120, 2, BY_NOTHING, 0, 4 },
	{ 127, 0, BY_ARG, 1, 1 },	/* rt_sigpending */
	{ 131, 1, BY_NOTHING, 0, 24 },	/* sigaltstack */
	{ 137, 1, BY_NOTHING, 0, 120 }, /* statfs */
	{ 138, 1, BY_NOTHING, 0, 120 }, /* fstatfs */
	{ 143, 1, BY_NOTHING, 0, 4 },	/* sched_getparam */
	{ 191, 2, BY_RESULT, 0, 1 },	/* getxattr */
	{ 192, 2, BY_RESULT, 0, 1 },	/* lgetxattr */
	{ 193, 2, BY_RESULT, 0, 1 },	/* fgetxattr */
	{ 194, 1, BY_RESULT, 0, 1 },	/* listxattr */
	{ 195, 1, BY_RESULT, 0, 1 },	/* llistxattr */
	{ 196, 1, BY_RESULT, 0, 1 },	/* flistxattr */
	{ 201, 0, BY_NOTHING, 0, 8 },	/* time */
	{ 204, 2, BY_RESULT, 0, 1 },	/* sched_getaffinity */
	{ 217, 1, BY_RESULT, 0, 1 },	/* getdents64 */
	{ 222, 2, BY_NOTHING, 0, 4 },	/* timer_create */
	{ 228, 1, BY_NOTHING, 0, 16 },	/* clock_gettime */
	{ 229, 1, BY_NOTHING, 0, 16 },	/* clock_getres */
	{ 232, 1, BY_RESULT, 0, 12 },	/* epoll_wait */
	{ 262, 2, BY_NOTHING, 0, 144 }, /* newfstatat */
	{ 267, 2, BY_RESULT, 0, 1 },	/* readlinkat */
	{ 271, 0, BY_ARG, 1, 8 },	/* ppoll */
	{ 281, 1, BY_RESULT, 0, 12 },	/* epoll_pwait */
	{ 287, 1, BY_NOTHING, 0, 32 },	/* timerfd_gettime */
	{ 288, 2, BY_NOTHING, 0, 4 },	/* accept4: the length */
	{ 293, 0, BY_NOTHING, 0, 8 },	/* pipe2 */
	{ 302, 3, BY_NOTHING, 0, 16 },	/* prlimit64 */
	{ 309, 0, BY_NOTHING, 0, 4 },	/* getcpu */
	{ 309, 1, BY_NOTHING, 0, 4 },
	{ 318, 0, BY_RESULT, 0, 1 },	/* getrandom */
	{ 332, 4, BY_NOTHING, 0, 256 }, /* statx */
};

static uint64_t buffer_len(const struct buffer_row *row,
			   const struct trace_call *call)
{
	switch (row->by) {
	case BY_RESULT:
		return call->result * row->unit;
	case BY_ARG:
		return row->count_arg < call->args_nr
			       ? call->args[row->count_arg] * row->unit
			       : 0;
	default:
		return row->unit;
	}
}

/* Requests older than the _IOC() scheme, which carries the size. */
static uint64_t ioctl_len(uint64_t request)
{
	switch (request) {
	case 0x5401: /* TCGETS */
		return 36;
	case 0x5413: /* TIOCGWINSZ */
		return 8;
	case 0x540f: /* TIOCGPGRP */
	case 0x541b: /* FIONREAD */
		return 4;
	default:
		return request >> 31 & 1 ? request >> 16 & 0x3fff : 0;
	}
}

/* No call fills more than the kernel's MAX_RW_COUNT. */
static bool buffer_sane(const struct buffer *buffer)
{
	return buffer->addr && buffer->len && buffer->len < (1u << 31) &&
	       buffer->addr < (uint64_t)1 << 47;
}

size_t syscall_buffers(const struct trace_call *call, struct buffer *buffers)
{
	size_t nr = 0;

	if (call->nr == SYS_IOCTL && call->args_nr > 2) {
		buffers[0].addr = call->args[2];
		buffers[0].len = ioctl_len(call->args[1]);
		return buffer_sane(&buffers[0]);
	}
	for (size_t i = 0; i < sizeof(buffer_rows) / sizeof(*buffer_rows);
	     i++) {
		const struct buffer_row *row = &buffer_rows[i];

		if (row->nr != call->nr || row->arg >= call->args_nr ||
		    nr == MOST_BUFFERS)
			continue;
		buffers[nr].addr = call->args[row->arg];
		buffers[nr].len = buffer_len(row, call);
		nr += buffer_sane(&buffers[nr]);
	}
	return nr;
}
