/* SPDX-License-Identifier: MIT */
/*
 * What the program has taken from its host and not given back. The linker puts
 * our calloc() and so on in the place of the C library's, for the library's
 * objects too.
 */
#ifndef FAIL_BALANCE_H
#define FAIL_BALANCE_H

#include <stddef.h>

struct balance {
	size_t blocks; /* of calloc() and posix_memalign() */
	size_t mapped; /* bytes of mmap() */
};

struct balance balance_now(void);

#endif
