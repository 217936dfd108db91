/* SPDX-License-Identifier: MIT */
/* arm64, 64K pages, of 6.11 and later. */
#ifndef ARCH_ARM64_ARM64_64K_H
#define ARCH_ARM64_ARM64_64K_H

#define ARM64_PAGE_SHIFT	 16
#define ARM64_PRESENT_INVALID_NG 1
#define MM_INSTANCE		 arm64_64k
#define MM_INSTANCE_NAME	 "arm64_64k"
#define MM_ARCH_PGTABLE		 "arch/arm64/pgtable.h"

#endif
