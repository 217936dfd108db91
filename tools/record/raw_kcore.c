/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "raw_parts.h"

static void segment_add(struct kcore *k, const Elf64_Phdr *p)
{
	struct segment *s = &k->segment[k->nr];

	if (p->p_type != PT_LOAD || k->nr == MOST_SEGMENTS)
		return;
	s->vaddr = p->p_vaddr;
	s->paddr = p->p_paddr;
	s->bytes = p->p_memsz;
	s->offset = p->p_offset;
	k->nr++;
}

int kcore_open(struct kcore *k, const char *path)
{
	Elf64_Ehdr head;
	Elf64_Phdr p;

	memset(k, 0, sizeof(*k));
	k->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (k->fd < 0)
		return -1;
	if (pread(k->fd, &head, sizeof(head), 0) == sizeof(head) &&
	    !memcmp(head.e_ident, ELFMAG, SELFMAG) &&
	    head.e_ident[EI_CLASS] == ELFCLASS64 &&
	    head.e_phentsize == sizeof(p))
		for (unsigned i = 0; i < head.e_phnum; i++)
			if (pread(k->fd, &p, sizeof(p),
				  (off_t)(head.e_phoff + i * sizeof(p))) ==
			    sizeof(p))
				segment_add(k, &p);
	if (k->nr)
		return 0;
	kcore_close(k);
	return -1;
}

void kcore_close(struct kcore *k)
{
	close(k->fd);
	k->fd = -1;
}

int kcore_read(const struct kcore *k, uint64_t addr, void *buf, size_t len)
{
	for (unsigned i = 0; i < k->nr; i++) {
		const struct segment *s = &k->segment[i];

		if (addr < s->vaddr || addr - s->vaddr >= s->bytes ||
		    len > s->bytes - (addr - s->vaddr))
			continue;
		if (pread(k->fd, buf, len,
			  (off_t)(s->offset + (addr - s->vaddr))) ==
		    (ssize_t)len)
			return 0;
	}
	return -1;
}

/* It names the memory that it maps. */
bool kcore_is_memory(const struct segment *s)
{
	return s->paddr != ~0ull && s->bytes && s->paddr != s->vaddr;
}

uint64_t kcore_virtual(const struct kcore *k, uint64_t paddr)
{
	const struct segment *found = NULL;

	for (unsigned i = 0; i < k->nr; i++) {
		const struct segment *s = &k->segment[i];

		if (kcore_is_memory(s) && paddr >= s->paddr &&
		    paddr - s->paddr < s->bytes &&
		    (!found || s->bytes > found->bytes))
			found = s;
	}
	return found ? found->vaddr + (paddr - found->paddr) : 0;
}
