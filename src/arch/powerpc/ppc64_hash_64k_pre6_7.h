/* SPDX-License-Identifier: MIT */
/* powerpc, hash, 64K pages, before 6.7: PROT_NONE is PRIVILEGED. */
#ifndef ARCH_POWERPC_PPC64_HASH_64K_PRE6_7_H
#define ARCH_POWERPC_PPC64_HASH_64K_PRE6_7_H

#define PPC_PAGE_SHIFT		 16
#define PPC_HASH		 1
#define PPC_PAGE_NONE_PRIVILEGED 1
#define MM_INSTANCE		 ppc64_hash_64k_pre6_7
#define MM_INSTANCE_NAME	 "ppc64_hash_64k_pre6_7"
#define MM_ARCH_PGTABLE		 "arch/powerpc/pgtable.h"

#endif
