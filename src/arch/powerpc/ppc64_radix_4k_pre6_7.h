/* SPDX-License-Identifier: MIT */
/* powerpc, radix, 4K pages, before 6.7: PROT_NONE is PRIVILEGED. */
#ifndef ARCH_POWERPC_PPC64_RADIX_4K_PRE6_7_H
#define ARCH_POWERPC_PPC64_RADIX_4K_PRE6_7_H

#define PPC_PAGE_SHIFT		 12
#define PPC_HASH		 0
#define PPC_PAGE_NONE_PRIVILEGED 1
#define MM_INSTANCE		 ppc64_radix_4k_pre6_7
#define MM_INSTANCE_NAME	 "ppc64_radix_4k_pre6_7"
#define MM_ARCH_PGTABLE		 "arch/powerpc/pgtable.h"

#endif
