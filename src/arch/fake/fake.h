/* SPDX-License-Identifier: MIT */
/* The format no machine has: for tests. */
#ifndef ARCH_FAKE_FAKE_H
#define ARCH_FAKE_FAKE_H

#define MM_INSTANCE	 fake
#define MM_INSTANCE_NAME "fake"
#define MM_ARCH_PGTABLE	 "arch/fake/pgtable.h"

#endif
