/* SPDX-License-Identifier: MIT */
/* arm64, 16K pages, of 6.11 and later. */
#ifndef ARCH_ARM64_ARM64_16K_H
#define ARCH_ARM64_ARM64_16K_H

#define ARM64_PAGE_SHIFT	 14
#define ARM64_PRESENT_INVALID_NG 1
#define MM_INSTANCE		 arm64_16k
#define MM_INSTANCE_NAME	 "arm64_16k"
#define MM_ARCH_PGTABLE		 "arch/arm64/pgtable.h"

#endif
