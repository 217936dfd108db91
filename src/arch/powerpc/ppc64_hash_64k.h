/* SPDX-License-Identifier: MIT */
/* powerpc, hash, 64K pages, of 6.7 and later. */
#ifndef ARCH_POWERPC_PPC64_HASH_64K_H
#define ARCH_POWERPC_PPC64_HASH_64K_H

#define PPC_PAGE_SHIFT		 16
#define PPC_HASH		 1
#define PPC_PAGE_NONE_PRIVILEGED 0
#define MM_INSTANCE		 ppc64_hash_64k
#define MM_INSTANCE_NAME	 "ppc64_hash_64k"
#define MM_ARCH_PGTABLE		 "arch/powerpc/pgtable.h"

#endif
