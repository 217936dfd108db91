/* SPDX-License-Identifier: MIT */
/*
 * mmsim/entry.h - what is there: entries, VMAs, counters, decoding.
 */
#ifndef MMSIM_ENTRY_H
#define MMSIM_ENTRY_H

#include <mmsim/access.h>
#include <mmsim/base.h>
#include <mmsim/world.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: MMSIM_E_* - an entry's properties, the same on every architecture. From
 * MMSIM_E_ANON on they are the page's, not the entry's.
 */
#define MMSIM_E_PRESENT	   0x1u
#define MMSIM_E_WRITE	   0x2u
#define MMSIM_E_DIRTY	   0x4u
#define MMSIM_E_YOUNG	   0x8u
#define MMSIM_E_EXEC	   0x10u
#define MMSIM_E_SOFT_DIRTY 0x20u
#define MMSIM_E_UFFD_WP	   0x40u
#define MMSIM_E_PROTNONE   0x80u
#define MMSIM_E_SPECIAL	   0x100u
#define MMSIM_E_HUGE	   0x200u /* a leaf above the lowest level */
#define MMSIM_E_CONT	   0x400u /* part of a contiguous block */
#define MMSIM_E_SWAP	   0x800u
#define MMSIM_E_MIGRATION  0x1000u
#define MMSIM_E_MARKER	   0x2000u
#define MMSIM_E_HWPOISON   0x4000u
#define MMSIM_E_ANON	   0x10000u /* of the page */
#define MMSIM_E_EXCLUSIVE \
	0x20000u /* PageAnonExclusive; of a swap entry:
				    * its exclusive bit */
#define MMSIM_E_ZERO	   0x40000u
#define MMSIM_E_KSM	   0x80000u
#define MMSIM_E_SWAPCACHE  0x100000u
#define MMSIM_E_SWAPBACKED 0x200000u

/**
 * struct mmsim_entry - a leaf entry and the page it maps.
 * @size: sizeof(struct mmsim_entry).
 * @raw: as the architecture's tables hold it, in the CPU's byte order;
 *	0: none.
 * @flags: MMSIM_E_*.
 * @shift: of the level it was found at; of an absent page the first empty
 *	level's.
 * @pfn: of the page that maps the address, or the swap offset.
 * @mapcount, @refcount: of that page.
 * @order: of its folio.
 * @node: the page is on.
 */
struct mmsim_entry {
	size_t size;
	uint64_t raw;
	uint32_t flags;
	unsigned shift;
	uint64_t pfn;
	int32_t mapcount, refcount;
	unsigned order, node;
};

/**
 * mmsim_entry_get() - look at an entry; does not fault or set accessed.
 * @mm: the process.
 * @addr: any address of the page.
 * @entry: with size set.
 *
 * Return: 0; -EFAULT if the address is not the user's.
 */
MMSIM_API int mmsim_entry_get(struct mmsim_mm *mm, uint64_t addr,
			      struct mmsim_entry *entry);

/**
 * mmsim_page_peek() - the first byte of the page that an entry maps, even
 * where the process may not read it.
 * @mm: the process.
 * @addr: any address of the page.
 *
 * Return: 0 to 255, -ENOENT if no page is mapped, -ENODATA if it is unknown.
 */
MMSIM_API int mmsim_page_peek(struct mmsim_mm *mm, uint64_t addr);

/**
 * mmsim_entry_decode() - decode a raw value without a page behind it.
 * @config: the world whose format it has.
 * @raw: the value.
 * @shift: log2 of the bytes an entry of its level maps.
 * @entry: with size set; what only a page has stays zero.
 *
 * Return: 0; -EINVAL if no table of that world has such a level.
 */
MMSIM_API int mmsim_entry_decode(const struct mmsim_config *config,
				 uint64_t raw, unsigned shift,
				 struct mmsim_entry *entry);

/**
 * struct mmsim_field - one field of an entry: bits hi..lo.
 * @size: sizeof(struct mmsim_field).
 * @hi, @lo: its highest and lowest bit.
 * @value: of the field, shifted down.
 * @name: as the architecture's manual or kernel calls it.
 * @what: what it means, in a few words.
 */
struct mmsim_field {
	size_t size;
	unsigned hi, lo;
	uint64_t value;
	const char *name;
	const char *what;
};
/**
 * mmsim_field_fn - called for each field; a non-zero result ends the list.
 */
typedef int (*mmsim_field_fn)(const struct mmsim_field *field, void *user);

/**
 * mmsim_entry_fields() - all fields of a value, from the highest bit down.
 * @config: the world whose format it has.
 * @raw: the value.
 * @shift: log2 of the bytes an entry of its level maps.
 * @fn: called for each field.
 * @user: passed to it.
 *
 * Return: 0, what @fn returned, or as mmsim_entry_decode().
 */
MMSIM_API int mmsim_entry_fields(const struct mmsim_config *config,
				 uint64_t raw, unsigned shift,
				 mmsim_field_fn fn, void *user);

/**
 * mmsim_entry_helpers() - which of the kernel's tests say yes.
 * @config: the world whose format it has.
 * @raw: the value.
 * @shift: log2 of the bytes an entry of its level maps.
 * @fn: called with "pte_present" and so on, for those that are true.
 * @user: passed to it.
 *
 * Return: as mmsim_entry_decode().
 */
MMSIM_API int mmsim_entry_helpers(const struct mmsim_config *config,
				  uint64_t raw, unsigned shift,
				  void (*fn)(const char *name, void *user),
				  void *user);

/**
 * struct mmsim_walk_step - one level of a walk, from the top down.
 * @size: sizeof(struct mmsim_walk_step).
 * @level: "pgd", "p4d", "pud", "pmd" or "pte".
 * @shift: log2 of the bytes an entry of it maps.
 * @table: physical address of the table.
 * @index: of the entry in it.
 * @raw: the entry, in the CPU's byte order.
 * @leaf: 1: a page is mapped here (or would be, for an empty entry at the
 *	last level); 0: it points to the next table, or is empty.
 */
struct mmsim_walk_step {
	size_t size;
	const char *level;
	unsigned shift, index;
	uint64_t table, raw;
	int leaf;
};

/**
 * mmsim_walk() - the page-table walk of an address as the hardware's tables
 * stand; changes nothing.
 * @mm: the process.
 * @addr: the address.
 * @steps: room for @max of them, each with size set.
 *
 * Return: how many steps there are (at most 5), or a negative errno.
 */
MMSIM_API int mmsim_walk(struct mmsim_mm *mm, uint64_t addr,
			 struct mmsim_walk_step *steps, unsigned max);

/**
 * struct mmsim_verdict - what an access would do, without doing it.
 * @size: sizeof(struct mmsim_verdict).
 * @faults: 0: the hardware lets it pass; 1: it would take a fault.
 * @kind: the signal the process would get, or MMSIM_FAULT_NONE.
 * @action: what the kernel would do, one phrase ("reuse the page").
 * @rule: name of the rule that decides (mmsim list rules), or NULL.
 */
struct mmsim_verdict {
	size_t size;
	int faults;
	enum mmsim_fault_kind kind;
	const char *action;
	const char *rule;
};

/**
 * mmsim_would() - what an access to an address would do; changes nothing.
 * @mm: the process.
 * @addr: the address.
 * @access: load, store or fetch.
 * @verdict: with size set.
 */
MMSIM_API int mmsim_would(struct mmsim_mm *mm, uint64_t addr,
			  enum mmsim_access access,
			  struct mmsim_verdict *verdict);

/**
 * struct mmsim_vma - a mapping.
 * @size: sizeof(struct mmsim_vma).
 * @start, @end: [start, end).
 * @flags: the kernel's VM_* bits.
 * @offset: bytes into the file, 0 for private anonymous memory.
 * @page_prot: the protection its new entries get, in the entries' format.
 */
struct mmsim_vma {
	size_t size;
	uint64_t start, end, flags, offset;
	uint64_t page_prot;
};

/**
 * mmsim_vma_next() - the first VMA that ends above an address.
 * @mm: the process.
 * @addr: the address.
 * @vma: with size set.
 *
 * Return: 0; -ENOENT: there is none.
 */
MMSIM_API int mmsim_vma_next(struct mmsim_mm *mm, uint64_t addr,
			     struct mmsim_vma *vma);

/**
 * mmsim_vma_flags() - VM_* bits in the words of /proc/PID/smaps.
 * @flags: of struct mmsim_vma.
 * @buf: receives "rd wr mr mw me ac sd".
 * @len: its bytes; -E2BIG if the words do not fit.
 */
MMSIM_API int mmsim_vma_flags(uint64_t flags, char *buf, size_t len);

/**
 * mmsim_counter() - a counter by name (mmsim list events).
 * @world: the world.
 * @name: an event's name, or "nr_page_table_pages", "pte_write", "tlb_flush";
 *        "ksm/pages_shared", "ksm/pages_sharing", "ksm/pages_unshared",
 *        "ksm/pages_volatile" or "ksm/full_scans", as below /sys/kernel/mm;
 *        "transparent_hugepage/hugepages-64kB/stats/nr_anon" and so on, those
 *        that the release has.
 * @value: how often it happened, or how many there are.
 *
 * Return: 0; -ENOENT: no such counter.
 */
MMSIM_API int mmsim_counter(struct mmsim *world, const char *name,
			    uint64_t *value);

/**
 * struct mmsim_status - what a process holds, as /proc/PID/status counts it.
 * @size: sizeof(struct mmsim_status).
 * @rss_anon, @rss_file, @rss_shmem, @swap: pages.
 * @total_vm, @locked_vm: pages of its mappings, and of locked ones.
 * @table_bytes: VmPTE, in bytes.
 */
struct mmsim_status {
	size_t size;
	uint64_t rss_anon, rss_file, rss_shmem, swap;
	uint64_t total_vm, locked_vm;
	uint64_t table_bytes;
};

/**
 * mmsim_status() - what a process holds.
 * @mm: the process.
 * @status: with size set.
 */
MMSIM_API int mmsim_status(struct mmsim_mm *mm, struct mmsim_status *status);

#ifdef __cplusplus
}
#endif
#endif
