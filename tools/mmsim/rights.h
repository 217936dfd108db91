/* SPDX-License-Identifier: MIT */
/*
 * What the traced program had mapped, page by page of the trace: ranges that
 * its system calls named, with their rights. Everything else was mapped before
 * the trace began, or never.
 */
#ifndef TOOLS_RIGHTS_H
#define TOOLS_RIGHTS_H

#include <stddef.h>
#include <stdint.h>

struct rights_span {
	uint64_t start, end;
	int prot;
};

struct rights {
	struct rights_span *v; /* sorted, apart */
	size_t nr, room;
};

/** rights_set() - [start, end) has @prot from now on; -1: it is unknown. */
void rights_set(struct rights *rights, uint64_t start, uint64_t end, int prot);

/** rights_get() - MMSIM_PROT_* at an address, or -1 if it is not known. */
int rights_get(const struct rights *rights, uint64_t addr);
void rights_free(struct rights *rights);

#endif
