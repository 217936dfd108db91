/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <mmsim/base.h>

#include "core/types.h"

static const struct {
	int err;
	const char *name;
} names[] = {
#define NAME(e)       \
	{             \
		e, #e \
	}
	NAME(EPERM),	 NAME(ENOENT),	   NAME(EINTR),
	NAME(EIO),	 NAME(E2BIG),	   NAME(EBADF),
	NAME(EAGAIN),	 NAME(ENOMEM),	   NAME(EACCES),
	NAME(EFAULT),	 NAME(EBUSY),	   NAME(EEXIST),
	NAME(ENODEV),	 NAME(EINVAL),	   NAME(ENOSPC),
	NAME(ENOSYS),	 NAME(ENODATA),	   NAME(EPROTO),
	NAME(EOVERFLOW), NAME(EOPNOTSUPP), NAME(ENOTRECOVERABLE),
	NAME(EHWPOISON),
#undef NAME
};

const char *mmsim_errname(int err)
{
	size_t i;

	if (!err)
		return "0";
	if (err < 0 && err >= -4095)
		err = -err;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].err == err)
			return names[i].name;
	return "E?";
}

#define STR_(x) #x
#define STR(x)	STR_(x)

const char *mmsim_version(void)
{
	return STR(MMSIM_VERSION_MAJOR) "." STR(MMSIM_VERSION_MINOR) "." STR(
		MMSIM_VERSION_PATCH);
}
