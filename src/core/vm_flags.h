/* SPDX-License-Identifier: MIT */
/*
 * VM_* flags of a VMA, with the kernel's values
 * (reference/semantics-fault.md section 0).
 */
#ifndef CORE_VM_FLAGS_H
#define CORE_VM_FLAGS_H

#include "core/types.h"

#define VM_READ		BIT_U64(0)
#define VM_WRITE	BIT_U64(1)
#define VM_EXEC		BIT_U64(2)
#define VM_SHARED	BIT_U64(3)
#define VM_MAYREAD	BIT_U64(4)
#define VM_MAYWRITE	BIT_U64(5)
#define VM_MAYEXEC	BIT_U64(6)
#define VM_MAYSHARE	BIT_U64(7)
#define VM_GROWSDOWN	BIT_U64(8)
#define VM_UFFD_MISSING BIT_U64(9)
#define VM_PFNMAP	BIT_U64(10)
#define VM_MAYBE_GUARD	BIT_U64(11) /* from 6.18 */
#define VM_UFFD_WP	BIT_U64(12)
#define VM_LOCKED	BIT_U64(13)
#define VM_IO		BIT_U64(14)
#define VM_SEQ_READ	BIT_U64(15)
#define VM_RAND_READ	BIT_U64(16)
#define VM_DONTCOPY	BIT_U64(17)
#define VM_DONTEXPAND	BIT_U64(18)
#define VM_LOCKONFAULT	BIT_U64(19)
#define VM_LOCKED_MASK	(VM_LOCKED | VM_LOCKONFAULT)
#define VM_ACCOUNT	BIT_U64(20)
#define VM_NORESERVE	BIT_U64(21)
#define VM_HUGETLB	BIT_U64(22)
#define VM_SYNC		BIT_U64(23)
#define VM_WIPEONFORK	BIT_U64(25)
#define VM_DONTDUMP	BIT_U64(26)
#define VM_SOFTDIRTY	BIT_U64(27)
#define VM_MIXEDMAP	BIT_U64(28)
#define VM_HUGEPAGE	BIT_U64(29)
#define VM_NOHUGEPAGE	BIT_U64(30)
#define VM_MERGEABLE	BIT_U64(31)
#define VM_UFFD_MINOR	BIT_U64(38)
#define VM_SEALED	BIT_U64(63) /* from 6.10 */

#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
/* Flags that do not hinder a merge. */
#define VM_IGNORE_MERGE (VM_SOFTDIRTY | VM_MAYBE_GUARD)
#define VM_UFFD_ANY	(VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR)

/* A private mapping that may be written: the first write copies. */
static inline bool is_cow_mapping(vm_flags_t flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

#endif
