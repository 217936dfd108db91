# SPDX-License-Identifier: MIT
#
# Every source, by name: a new file is a line here. tests/structure holds the
# folders to this list.

# Compiled once.
set(MMSIM_ONCE_SOURCES
	src/api/access.c
	src/api/backends.c
	src/api/entry.c
	src/api/event.c
	src/api/list.c
	src/api/process.c
	src/api/world.c
	src/core/config.c
	src/core/errname.c
	src/core/features.c
	src/core/host.c
	src/core/knobs.c
	src/mm/brk.c
	src/mm/clear_refs.c
	src/mm/file.c
	src/mm/guard.c
	src/mm/hugetlb.c
	src/mm/lru.c
	src/mm/madvise.c
	src/mm/mlock.c
	src/mm/mm.c
	src/mm/mmap.c
	src/mm/mprotect.c
	src/mm/mremap.c
	src/mm/munmap.c
	src/observe/check.c
	src/observe/check_entry.c
	src/observe/check_folio.c
	src/observe/check_frame.c
	src/observe/check_mm.c
	src/observe/observe.c
	src/observe/watch.c
	src/phys/backing.c
	src/phys/check.c
	src/phys/contents.c
	src/phys/folio.c
	src/phys/phys.c
	src/phys/table.c
	src/scenario/dump.c
	src/scenario/expect.c
	src/scenario/json.c
	src/scenario/ops.c
	src/scenario/parse.c
	src/scenario/run.c
	src/vma/anon_vma.c
	src/vma/merge.c
	src/vma/vma.c
	src/vma/vma_tree.c)

# Compiled per instance, through core/instance.inc. Each also compiles alone,
# against `fake`.
set(MMSIM_INSTANCE_SOURCES
	src/core/backend.c
	src/fault/access.c
	src/fault/anon.c
	src/fault/fault.c
	src/fault/file.c
	src/fault/huge.c
	src/fault/hugetlb.c
	src/fault/wp.c
	src/pte/clear_refs.c
	src/pmd/collapse.c
	src/pmd/folio_split.c
	src/pmd/hugetlb.c
	src/pmd/orders.c
	src/pmd/pmd.c
	src/pmd/range.c
	src/pmd/split.c
	src/pte/batch.c
	src/pte/contpte.c
	src/pte/copy.c
	src/pte/entry.c
	src/pte/guard.c
	src/pte/folio.c
	src/pte/madvise.c
	src/pte/move.c
	src/pte/mprotect.c
	src/pte/rmap.c
	src/pte/rules.c
	src/pte/table.c
	src/pte/zap.c)
