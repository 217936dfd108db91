/* SPDX-License-Identifier: MIT */
/* arm64, 4K pages, before 6.11: PROT_NONE is bit 58. */
#ifndef ARCH_ARM64_ARM64_4K_PRE6_11_H
#define ARCH_ARM64_ARM64_4K_PRE6_11_H

#define ARM64_PAGE_SHIFT	 12
#define ARM64_PRESENT_INVALID_NG 0
#define MM_INSTANCE		 arm64_4k_pre6_11
#define MM_INSTANCE_NAME	 "arm64_4k_pre6_11"
#define MM_ARCH_PGTABLE		 "arch/arm64/pgtable.h"

#endif
