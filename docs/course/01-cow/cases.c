/* SPDX-License-Identifier: MIT */
/*
 * The cases, in the scenario language: `expect` says what must have become of
 * the operation before it (min: faults) or of a page (b: its first byte).
 */
#include "grade.h"

const struct lab_scenario lab_scenarios[] = {
	/* ---- reuse or copy ---- */
	{ "parent and child do not see each other's writes", LAB_REUSE,
	  "mmap A 1p rw private anon\n"
	  "write A 0 1p 1\n"
	  "fork C\n"
	  "write A 0 1p 2\n"
	  "expect A 0 1p b=2 mc=1\n"
	  "@C expect A 0 1p b=1\n"
	  "@C write A 0 1p 3\n"
	  "expect A 0 1p b=2\n"
	  "@C expect A 0 1p b=3\n" },
	{ "a page whose other user has exited is not copied", LAB_REUSE,
	  "mmap A 4p rw private anon\n"
	  "write A 0 4p 1\n"
	  "fork C\n"
	  "exit C\n"
	  "write A 0 4p 2\n"
	  "expect min=4\n"
	  "expect counter wp_page_copy=0\n" },
	{ "nor one whose other user has made a copy", LAB_REUSE,
	  "mmap A 4p rw private anon\n"
	  "write A 0 4p 1\n"
	  "fork C\n"
	  "write A 0 4p 2\n"
	  "@C write A 0 4p 3\n"
	  "expect counter wp_page_copy=4\n"
	  "expect A 0 4p b=2\n" },
	{ "of three processes the last one keeps the page", LAB_REUSE,
	  "mmap A 1p rw private anon\n"
	  "write A 0 1p 1\n"
	  "fork C\n"
	  "@C fork D\n"
	  "exit C\n"
	  "write A 0 1p 2\n"
	  "@D expect A 0 1p b=1\n"
	  "@D write A 0 1p 3\n"
	  "expect A 0 1p b=2\n"
	  "expect counter wp_page_copy=1\n" },
	{ "a page that is mine is not copied because the kernel holds it too",
	  LAB_REUSE,
	  "mmap A 1p rw private anon\n"
	  "write A 0 1p 1\n"
	  "expect A 0 1p rc=2\n" /* a new page waits in a batch */
	  "mprotect A 0 1p r\n"
	  "mprotect A 0 1p rw\n"
	  "write A 0 1p 2\n"
	  "expect counter wp_page_copy=0\n" },

	/* ---- the write bit after mprotect ---- */
	{ "written pages of mine are writable at once", LAB_UPGRADE,
	  "mmap A 8p rw private anon\n"
	  "write A 0 8p 1\n"
	  "mprotect A 0 8p r\n"
	  "mprotect A 0 8p rw\n"
	  "write A 0 8p 2\n"
	  "expect min=0\n" },
	{ "so are clean ones, and those that were PROT_NONE", LAB_UPGRADE,
	  "mmap A 2p rw private anon\n"
	  "write A 0 2p 1\n"
	  "madvise A 0 2p free\n"
	  "mprotect A 0 1p r\n"
	  "mprotect A 1p 1p none\n"
	  "mprotect A 0 2p rw\n"
	  "expect A 0 2p +write -dirty\n"
	  "write A 0 2p 2\n"
	  "expect min=0\n" },
	{ "a page that a child may see stays read-only", LAB_UPGRADE,
	  "mmap A 1p rw private anon\n"
	  "write A 0 1p 1\n"
	  "fork C\n"
	  "mprotect A 0 1p r\n"
	  "mprotect A 0 1p rw\n"
	  "write A 0 1p 2\n"
	  "expect min=1\n"
	  "@C expect A 0 1p b=1\n" },
	{ "even if the child is gone: exclusive is won by a fault", LAB_UPGRADE,
	  "mmap A 1p rw private anon\n"
	  "write A 0 1p 1\n"
	  "fork C\n"
	  "exit C\n"
	  "mprotect A 0 1p r\n"
	  "mprotect A 0 1p rw\n"
	  "expect A 0 1p mc=1 -exclusive -write\n"
	  "write A 0 1p 2\n"
	  "expect min=1\n" },
	{ "zeroes stay zeroes", LAB_UPGRADE,
	  "mmap A 1p rw private anon\n"
	  "read A 0 1p\n"
	  "mprotect A 0 1p r\n"
	  "mprotect A 0 1p rw\n"
	  "write A 0 1p 7\n"
	  "expect min=1\n"
	  "mmap B 1p rw private anon\n"
	  "read B 0 1p\n"
	  "expect B 0 1p b=0\n" },
	{ "a file does not see private writes", LAB_UPGRADE,
	  "memfd F 1p\n"
	  "mmap S 1p rw shared memfd F 0\n"
	  "write S 0 1p 5\n"
	  "mmap A 1p rw private memfd F 0\n"
	  "read A 0 1p\n"
	  "mprotect A 0 1p r\n"
	  "mprotect A 0 1p rw\n"
	  "write A 0 1p 9\n"
	  "expect min=1\n"
	  "expect S 0 1p b=5\n" },

	/* ---- both ---- */
	{ "a family at work", LAB_REUSE | LAB_UPGRADE,
	  "mmap A 16p rw private anon\n"
	  "write A 0 16p 1\n"
	  "fork C\n"
	  "write A 0 8p 2\n"
	  "mprotect A 0 16p r\n"
	  "mprotect A 0 16p rw\n"
	  "write A 0 16p 3\n"
	  "expect min=8\n"
	  "@C expect A 0 16p b=1\n"
	  "@C write A 0 16p 4\n"
	  "@C expect min=16\n"
	  "expect counter wp_page_copy=16\n"
	  "exit C\n"
	  "write A 0 16p 5\n"
	  "expect min=0\n"
	  "expect A 0 16p b=5 +exclusive\n" },
};
const unsigned lab_nr_scenarios =
	sizeof(lab_scenarios) / sizeof(lab_scenarios[0]);

/* An anonymous page of a private mapping. */
#define PAPER                                                                \
	.size = sizeof(struct mmsim_rule_ctx), .kernel = MMSIM_KERNEL(7, 2), \
	.has_page = 1, .page_anon = 1
#define READ_ONLY (MMSIM_E_PRESENT | MMSIM_E_YOUNG)

const struct lab_paper lab_papers[] = {
	{ "one mapping, and somebody else holds the page: copy",
	  may_reuse_page,
	  { PAPER, .mapcount = 1, .refcount = 2, .entry = READ_ONLY },
	  0 },
	{ "a KSM page with one mapping and one reference: copy",
	  may_reuse_page,
	  { PAPER, .page_ksm = 1, .mapcount = 1, .refcount = 1,
	    .entry = READ_ONLY },
	  0 },
	{ "an exclusive page that a device reads (pinned): keep",
	  may_reuse_page,
	  { PAPER, .page_anon_exclusive = 1, .mapcount = 1, .refcount = 1025,
	    .entry = READ_ONLY },
	  1 },
	{ "an entry that NUMA balancing made inaccessible: not yet",
	  may_set_write_bit,
	  { PAPER, .page_anon_exclusive = 1, .mapcount = 1, .refcount = 1,
	    .entry = READ_ONLY | MMSIM_E_PROTNONE | MMSIM_E_DIRTY },
	  0 },
	{ "soft-dirty is tracked, not written since: not yet",
	  may_set_write_bit,
	  { PAPER, .page_anon_exclusive = 1, .mapcount = 1, .refcount = 1,
	    .soft_dirty_tracking = 1, .entry = READ_ONLY | MMSIM_E_DIRTY },
	  0 },
	{ "soft-dirty is not tracked, the bit is clear: now",
	  may_set_write_bit,
	  { PAPER, .page_anon_exclusive = 1, .mapcount = 1, .refcount = 1,
	    .entry = READ_ONLY | MMSIM_E_DIRTY },
	  1 },
	{ "a userfaultfd protects the page from writes: not yet",
	  may_set_write_bit,
	  { PAPER, .page_anon_exclusive = 1, .mapcount = 1, .refcount = 1,
	    .uffd_wp_armed = 1,
	    .entry = READ_ONLY | MMSIM_E_DIRTY | MMSIM_E_UFFD_WP },
	  0 },
	{ "shared, the file system was told of this page's writes: now",
	  may_set_write_bit,
	  { .size = sizeof(struct mmsim_rule_ctx),
	    .kernel = MMSIM_KERNEL(7, 2),
	    .vm_flags = LAB_VM_SHARED,
	    .has_page = 1,
	    .mapcount = 1,
	    .refcount = 2,
	    .wants_writenotify = 1,
	    .entry = READ_ONLY | MMSIM_E_DIRTY },
	  1 },
};
const unsigned lab_nr_papers = sizeof(lab_papers) / sizeof(lab_papers[0]);
