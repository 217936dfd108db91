/* SPDX-License-Identifier: MIT */
/* x86-64 before 6.6: no SAVED_DIRTY bit. */
#ifndef ARCH_X86_X86_64_PRE6_6_H
#define ARCH_X86_X86_64_PRE6_6_H

#define X86_SAVED_DIRTY	 0
#define MM_INSTANCE	 x86_64_pre6_6
#define MM_INSTANCE_NAME "x86_64_pre6_6"
#define MM_ARCH_PGTABLE	 "arch/x86/pgtable.h"

#endif
