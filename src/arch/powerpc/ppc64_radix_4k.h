/* SPDX-License-Identifier: MIT */
/* powerpc, radix, 4K pages, of 6.7 and later. */
#ifndef ARCH_POWERPC_PPC64_RADIX_4K_H
#define ARCH_POWERPC_PPC64_RADIX_4K_H

#define PPC_PAGE_SHIFT		 12
#define PPC_HASH		 0
#define PPC_PAGE_NONE_PRIVILEGED 0
#define MM_INSTANCE		 ppc64_radix_4k
#define MM_INSTANCE_NAME	 "ppc64_radix_4k"
#define MM_ARCH_PGTABLE		 "arch/powerpc/pgtable.h"

#endif
