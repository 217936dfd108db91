/* SPDX-License-Identifier: MIT */
/* x86-64 of 6.6 and later. */
#ifndef ARCH_X86_X86_64_H
#define ARCH_X86_X86_64_H

#define X86_SAVED_DIRTY	 1
#define MM_INSTANCE	 x86_64
#define MM_INSTANCE_NAME "x86_64"
#define MM_ARCH_PGTABLE	 "arch/x86/pgtable.h"

#endif
