/* SPDX-License-Identifier: MIT */
/*
 * Files: pages of a memfd or of shared anonymous memory, by index.
 */
#ifndef MM_FILE_H
#define MM_FILE_H

#include "core/world.h"
#include "swap/swap.h"

/**
 * file_alloc() - make a file of @bytes zeroes; refcount 1.
 *
 * Return: the file, or NULL (host memory).
 */
struct mmsim_file *file_alloc(struct mmsim *w, u64 bytes, unsigned kind);

/* Drop a reference; the last one frees the file and its pages. */
void file_put(struct mmsim_file *file);

/* The cached page of an index, or PFN_NONE; never allocates. */
pfn_t file_find_page(const struct mmsim_file *file, u64 index);

/**
 * file_get_page() - the page of an index, made if it is not cached yet.
 * @mm: whose memory policy a new page follows; NULL: none.
 * @orders: of larger folios, as bits, that a new one may be instead.
 * @pfn: PFN_NONE past the end of the file.
 * @read: set to true if a swap device was read for it.
 *
 * Return: 0, or -ENOMEM (simulated, or host if host.failed).
 */
int file_get_page(struct mmsim_file *file, struct mmsim_mm *mm, u64 index,
		  u64 orders, pfn_t *pfn, bool *read);

/* The order of the folio of a page, or of what is swapped in for it. */
unsigned file_order_at(const struct mmsim_file *file, u64 index);

/* Whether a page is missing, and with it all others of its block of an
 * order. */
bool file_block_is_free(const struct mmsim_file *file, u64 index,
			unsigned order);

/**
 * file_truncate() - change the size: what lies past the new end is unmapped
 * everywhere and dropped, the rest of its last page zeroed.
 *
 * Return: 0; -ENOMEM (host), or -EINVAL if a file of hugetlb would not end with
 * a huge page, with nothing changed.
 */
int file_truncate(struct mmsim_file *file, u64 bytes);

/**
 * file_writeback() - write dirty pages back: shared mappings must fault on the
 * next write to them. Files in memory have nowhere to write to.
 */
void file_writeback(struct mmsim_file *file);

/* The highest index cached, of a large folio its first page's; ~0 if there is
 * none. */
u64 file_last_page(const struct mmsim_file *file);

/* Each cached page. */
void file_for_each_page(const struct mmsim_file *file,
			void (*fn)(pfn_t pfn, void *user), void *user);

/* A folio that nothing maps and that has slots is the file's no more; they
 * are. */
void file_swap_out(struct mmsim *w, pfn_t pfn);

/* A folio that nothing maps and that holds nothing but zeroes: it goes. */
void file_forget_folio(struct mmsim *w, pfn_t pfn);

/* Another folio of the size takes the place of one in its file, and the file's
 * references. */
void file_replace_folio(struct mmsim *w, pfn_t from, pfn_t to);
/**
 * file_drop_clean() - a page of a file system's file that nothing maps goes:
 * what it holds can be read again.
 *
 * Return: false: it was not written back yet (or there is no host memory).
 */
bool file_drop_clean(struct mmsim *w, pfn_t pfn);

/* Whether its pages are swapped out, not written back. */
bool file_is_swapbacked(const struct mmsim_file *file);

/* MADV_WILLNEED: read what was swapped out of pages [first, last) into the
 * swap cache. */
void file_willneed(struct mmsim_file *file, u64 first, u64 last);

/* swapoff: what the file has on a device comes back: 0 or -ENOMEM. */
int file_unuse(struct mmsim_file *file, unsigned type);

/* Each slot that a page of the file was swapped out to. */
void file_for_each_slot(const struct mmsim_file *file,
			void (*fn)(struct swap_ref at, void *user), void *user);

/**
 * struct file_extent - what a file has of as many pages as a huge page.
 * @present, @swapped: pages in memory, and those on a device.
 * @huge: they are one huge page.
 * @busy: something but mappings refers to one of them.
 */
struct file_extent {
	unsigned present, swapped;
	bool huge, busy;
};

struct file_extent file_look_at_extent(const struct mmsim_file *file, u64 first,
				       u64 nr);

/* What was swapped out of an extent comes back: 0 or -ENOMEM. */
int file_swap_in_extent(struct mmsim_file *file, u64 first, u64 nr);

/**
 * file_collapse() - a new folio takes the place of all pages that it covers,
 * none of which is mapped; what was missing is zeroes.
 *
 * Return: 0; -ENOMEM (host), or -EAGAIN if one of them is referred to:
 * nothing has changed, and the folio is the caller's.
 */
int file_collapse(struct mmsim_file *file, u64 first, pfn_t pfn);

/* Whether a folio reaches beyond the end of its file. */
bool file_folio_past_end(const struct mmsim *w, pfn_t pfn);

/* A folio of nr pages was split: what lies past the end of its file goes. */
void file_drop_past_end(struct mmsim *w, pfn_t head, u64 nr);

/* Drop whole pages [first, last); private copies of them stay mapped, but not
 * of hugetlb, of which parts of a huge page are zeroed. */
void file_punch_hole(struct mmsim_file *file, u64 first, u64 last);

/*
 * Files of hugetlb, by huge page: whether there is one or it is reserved;
 * reserve those of [first, last) that are neither: 0 or -ENOMEM (host); a page
 * takes its place, and the reservation: 0 or -ENOMEM (host).
 */
bool file_has_huge(const struct mmsim_file *file, u64 index);
bool file_is_reserved(const struct mmsim_file *file, u64 index);
int file_reserve_huge(struct mmsim_file *file, u64 first, u64 last);
int file_add_huge(struct mmsim_file *file, u64 index, pfn_t pfn);

#endif
