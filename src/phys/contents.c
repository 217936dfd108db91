/* SPDX-License-Identifier: MIT */
/*
 * Contents of pages. The two bits of PG_CONTENT_* are independent: the bytes
 * are in host memory, or the first is in the flags and the rest is zero; and
 * all of them are known, or those that were never stored are not and read as
 * zero.
 */
#include "phys/phys.h"

#include "core/assert.h"
#include "phys/folio.h"

#include <errno.h>
#include <string.h>

static bool in_host(const struct page *page)
{
	return page_test(page, PG_CONTENT_HOST);
}

static u8 first_byte(const struct page *page)
{
	return (u8)((page->flags & PG_FIRST_MASK) >> PG_FIRST_SHIFT);
}

/* The first page of a huge folio of which no other was written to: what its
 * flags say of its contents lies in the block, like all of its head. */
static bool in_block_head(const struct phys *phys, const struct block *block,
			  pfn_t pfn)
{
	return unlikely(block_is_whole(block)) &&
	       !(block->flags & BLOCK_TAILS) &&
	       is_aligned(pfn, block_pages(phys));
}

/* What speaks of a page's contents. */
static const struct page *content_page(const struct phys *phys, pfn_t pfn)
{
	const struct block *block = pfn_to_block(phys, pfn);

	return in_block_head(phys, block, pfn) ? &block->head
					       : pfn_to_page(phys, pfn);
}

/* From here on the struct pages of a huge folio speak for themselves. */
static struct page *page_begin_own(struct phys *phys, pfn_t pfn)
{
	struct block *block = pfn_to_block(phys, pfn);
	pfn_t head = align_down(pfn, block_pages(phys));

	if (likely(block->flags & (BLOCK_SPLIT | BLOCK_TAILS)))
		return pfn_to_page(phys, pfn);
	if (block_is_whole(block) && block->head.flags & PG_CONTENTS) {
		pfn_to_page(phys, head)->flags |=
			block->head.flags & PG_CONTENTS;
		block->head.flags &= ~PG_CONTENTS;
	}
	block->flags |= BLOCK_TAILS;
	return pfn_to_page(phys, pfn);
}

/* Contents change now. Those of a huge folio's tails are to be found again. */
static struct page *page_begin(struct phys *phys, pfn_t pfn)
{
	struct block *block = pfn_to_block(phys, pfn);

	return in_block_head(phys, block, pfn) ? &block->head
					       : page_begin_own(phys, pfn);
}

/* Let a page have no host memory, and one known byte before zeroes. */
static void set_first(struct page *page, u8 byte)
{
	page->flags &= ~(u32)(PG_FIRST_MASK | PG_CONTENT_HOST);
	page->flags |= (u32)byte << PG_FIRST_SHIFT;
}

/* Move the contents to host memory; NULL if there is none. */
static u8 *page_to_host(struct phys *phys, pfn_t pfn)
{
	struct page *page = page_begin_own(phys, pfn);
	u8 *host;

	if (!frame_commit(phys, pfn))
		return NULL;
	host = pfn_to_virt(phys, pfn);
	if (in_host(page))
		return host;
	if (page_test(page, PG_hostdirty))
		memset(host, 0, (size_t)phys_page_size(phys));
	host[0] = first_byte(page);
	set_first(page, 0);
	page_set(page, PG_CONTENT_HOST | PG_hostdirty);
	return host;
}

static bool bytes_zero(const u8 *p, u64 len)
{
	return !len || (!p[0] && !memcmp(p, p + 1, (size_t)len - 1));
}

int page_write_bytes(struct phys *phys, pfn_t pfn, u64 offset, const void *buf,
		     u64 len)
{
	struct page *page = page_begin(phys, pfn);
	bool whole = len == phys_page_size(phys);
	const u8 *p = buf;
	u8 *host;

	mm_assert(offset + len <= phys_page_size(phys));
	if (!len)
		return 0;
	/* The rest is zero already, or is all overwritten. */
	if ((whole || !in_host(page)) &&
	    bytes_zero(p + !offset, len - !offset)) {
		if (!offset)
			set_first(page, p[0]);
		if (whole)
			page_clear(page, PG_CONTENT_VAGUE);
		return 0;
	}
	host = page_to_host(phys, pfn);
	if (!host)
		return -ENOMEM;
	memcpy(host + offset, buf, (size_t)len);
	/* It has been taken out of the block meanwhile. */
	if (whole)
		page_clear(page_begin(phys, pfn), PG_CONTENT_VAGUE);
	return 0;
}

void page_read_bytes(const struct phys *phys, pfn_t pfn, u64 offset, void *buf,
		     u64 len)
{
	const struct page *page = content_page(phys, pfn);
	const u8 *host;

	mm_assert(offset + len <= phys_page_size(phys));
	if (!len)
		return;
	if (in_host(page)) {
		host = pfn_to_virt(phys, pfn);
		memcpy(buf, host + offset, (size_t)len);
		return;
	}
	memset(buf, 0, (size_t)len);
	if (!offset)
		*(u8 *)buf = first_byte(page);
}

void page_write_unknown(struct phys *phys, pfn_t pfn)
{
	page_set(page_begin(phys, pfn), PG_CONTENT_VAGUE);
}

int page_copy_contents(struct phys *phys, pfn_t dst, pfn_t src)
{
	const struct page *from = content_page(phys, src);
	struct page *to;

	if (dst == src)
		return 0;
	to = in_host(from) ? page_begin_own(phys, dst) : page_begin(phys, dst);
	if (in_host(from)) {
		if (!frame_commit(phys, dst))
			return -ENOMEM;
		memcpy(pfn_to_virt(phys, dst), pfn_to_virt(phys, src),
		       (size_t)phys_page_size(phys));
		page_set(to, PG_hostdirty);
	}
	to->flags &= ~PG_CONTENTS;
	to->flags |= from->flags & PG_CONTENTS;
	return 0;
}

int page_save_contents(struct phys *phys, pfn_t pfn,
		       struct saved_contents *saved)
{
	const struct page *page = content_page(phys, pfn);
	size_t size = (size_t)phys_page_size(phys);

	if (!in_host(page)) {
		if (saved->bytes)
			saved_contents_drop(phys, saved);
	} else {
		if (!saved->bytes)
			saved->bytes = host_alloc(phys->host, size);
		if (!saved->bytes)
			return -ENOMEM;
		memcpy(saved->bytes, pfn_to_virt(phys, pfn), size);
	}
	saved->flags = page->flags & PG_CONTENTS;
	return 0;
}

int page_load_contents(struct phys *phys, pfn_t pfn,
		       const struct saved_contents *saved)
{
	struct page *page = saved->bytes ? page_begin_own(phys, pfn)
					 : page_begin(phys, pfn);

	if (saved->bytes) {
		if (!frame_commit(phys, pfn))
			return -ENOMEM;
		memcpy(pfn_to_virt(phys, pfn), saved->bytes,
		       (size_t)phys_page_size(phys));
		page_set(page, PG_hostdirty);
	}
	page->flags &= ~PG_CONTENTS;
	page->flags |= saved->flags;
	return 0;
}

/* Whether a page in host memory is one byte and zeroes. */
static bool host_is_first(const struct phys *phys, const u8 *host, u8 byte)
{
	return host[0] == byte &&
	       bytes_zero(host + 1, phys_page_size(phys) - 1);
}

bool saved_is_zero(const struct phys *phys, const struct saved_contents *saved)
{
	if (!contents_zero(saved->flags))
		return false;
	return !saved->bytes || host_is_first(phys, saved->bytes, 0);
}

void saved_contents_drop(struct phys *phys, struct saved_contents *saved)
{
	host_free(phys->host, saved->bytes, (size_t)phys_page_size(phys));
	*saved = (struct saved_contents){ .flags = 0 };
}

int page_zero_bytes(struct phys *phys, pfn_t pfn, u64 offset, u64 len)
{
	struct page *page = page_begin(phys, pfn);

	mm_assert(offset + len <= phys_page_size(phys));
	if (!len)
		return 0;
	if (len == phys_page_size(phys)) {
		page_clear(page, PG_CONTENT_VAGUE);
		set_first(page, 0);
	} else if (in_host(page)) {
		memset((u8 *)pfn_to_virt(phys, pfn) + offset, 0, (size_t)len);
	} else if (!offset) {
		set_first(page, 0);
	}
	return 0;
}

bool page_same_contents(const struct phys *phys, pfn_t a, pfn_t b)
{
	const struct page *pa = content_page(phys, a);
	const struct page *pb = content_page(phys, b);

	if ((pa->flags | pb->flags) & PG_CONTENT_VAGUE)
		return false;
	if (!in_host(pa) && !in_host(pb))
		return first_byte(pa) == first_byte(pb);
	if (!in_host(pa))
		return host_is_first(phys, pfn_to_virt(phys, b),
				     first_byte(pa));
	if (!in_host(pb))
		return host_is_first(phys, pfn_to_virt(phys, a),
				     first_byte(pb));
	return !memcmp(pfn_to_virt(phys, a), pfn_to_virt(phys, b),
		       (size_t)phys_page_size(phys));
}

/* Spread what goes in over all bits. */
static u64 hash_mix(u64 value)
{
	u64 hash = value * 0x9e3779b97f4a7c15u;

	return hash ^ hash >> 32;
}

/*
 * A sum over the words, each with its place, so that no word has to wait for
 * the one before. Words of zeroes add nothing: a page without host memory needs
 * no look at the rest of it.
 */
static u64 hash_words(const u8 *host, u64 size)
{
	u64 i, word, place = 0, sum = 0;

	for (i = 0; i < size; i += sizeof(word)) {
		memcpy(&word, host + i, sizeof(word));
		if (!i)
			((u8 *)&word)[0] = 0;
		sum += word ? hash_mix(word ^ place) : 0;
		place += 0xd1b54a32d192ed03u;
	}
	return sum;
}

bool page_hash(const struct phys *phys, pfn_t pfn, u64 *hash)
{
	const struct page *page = content_page(phys, pfn);
	const u8 *host;

	if (page_test(page, PG_CONTENT_VAGUE))
		return false;
	if (!in_host(page)) {
		*hash = hash_mix(first_byte(page));
		return true;
	}
	host = pfn_to_virt(phys, pfn);
	*hash = hash_mix(host[0]) + hash_words(host, phys_page_size(phys));
	return true;
}

bool page_is_unknown(const struct phys *phys, pfn_t pfn)
{
	const struct page *page = content_page(phys, pfn);

	return (page->flags & PG_CONTENT_MASK) == PG_CONTENT_UNKNOWN;
}

int page_first_byte(const struct phys *phys, pfn_t pfn)
{
	unsigned char byte;

	if (page_is_unknown(phys, pfn))
		return -ENODATA;
	page_read_bytes(phys, pfn, 0, &byte, 1);
	return byte;
}

bool page_is_zero(const struct phys *phys, pfn_t pfn)
{
	const struct page *page = content_page(phys, pfn);

	if (page_test(page, PG_CONTENT_VAGUE))
		return false;
	if (in_host(page))
		return host_is_first(phys, pfn_to_virt(phys, pfn), 0);
	return !first_byte(page);
}
