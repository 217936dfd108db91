/* SPDX-License-Identifier: MIT */
/*
 * 01 - the first fault.
 *
 * mmap() only promises memory. The page table is filled by faults: a CPU
 * finds no entry for an address, traps, and the kernel decides what to put
 * there. A read of private anonymous memory that nobody has written needs no
 * memory at all, because one page of zeroes, the zero page, serves everybody;
 * a write needs a page of its own.
 */
#include "example.h"

static const char *fault_name(enum mmsim_fault_kind kind)
{
	switch (kind) {
	case MMSIM_FAULT_NONE:
		return "went through";
	case MMSIM_FAULT_SEGV_MAPERR:
		return "SIGSEGV, nothing is mapped there";
	case MMSIM_FAULT_SEGV_ACCERR:
		return "SIGSEGV, the mapping forbids it";
	default:
		return "another signal";
	}
}

/*
 * Ask first, then do it. mmsim_would() tells what an access would do and by
 * which rule, and changes nothing.
 */
static void explain(struct mmsim_mm *mm, uint64_t addr, const char *where,
		    enum mmsim_access kind)
{
	struct mmsim_verdict verdict = { .size = sizeof(verdict) };
	struct mmsim_fault fault;
	struct mmsim_entry entry;

	must(mmsim_would(mm, addr, kind, &verdict), "would");
	fault = touch(mm, addr, kind, NULL);
	entry = entry_at(mm, addr);
	printf("%s %s\n", kind == MMSIM_WRITE ? "write" : "read", where);
	printf("  why:    %s%s%s\n", verdict.rule ? verdict.rule : "",
	       verdict.rule ? ": " : "", verdict.action);
	printf("  result: %s, %u fault%s\n", fault_name(fault.kind),
	       fault.minor, fault.minor == 1 ? "" : "s");
	printf("  entry: ");
	print_entry(&entry);
}

static void print_memory(struct mmsim_mm *mm)
{
	struct mmsim_status status = { .size = sizeof(status) };

	must(mmsim_status(mm, &status), "status");
	printf("memory: %" PRIu64 " pages, page tables: %" PRIu64 " bytes\n",
	       status.rss_anon, status.table_bytes);
}

int main(void)
{
	struct mmsim *world = make_world("--arch x86_64 --kernel 7.2");
	struct mmsim_mm *mm;
	uint64_t addr;

	must(mmsim_mm_create(world, &mm), "mm_create");
	addr = map_anon(mm, 4 * PAGE);
	print_memory(mm);

	explain(mm, addr, "page 0", MMSIM_READ);
	print_memory(mm); /* tables, but no memory: the zero page is free */
	explain(mm, addr, "page 0", MMSIM_WRITE);
	explain(mm, addr, "page 0", MMSIM_WRITE);
	explain(mm, addr + PAGE, "page 1", MMSIM_WRITE);
	print_memory(mm);

	must(mmsim_mprotect(mm, addr + PAGE, PAGE, MMSIM_PROT_READ),
	     "mprotect");
	explain(mm, addr + PAGE, "page 1, read-only now", MMSIM_WRITE);
	explain(mm, addr + 4 * PAGE, "behind the mapping", MMSIM_READ);

	mmsim_destroy(world);
	return 0;
}
