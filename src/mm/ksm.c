/* SPDX-License-Identifier: MIT */
/*
 * The passes of ksmd: on demand, for its time is not simulated.
 */
#include "core/backend.h"
#include "mm/mm.h"

int do_ksm_scan(struct mmsim *w, u64 nr)
{
	int rc = 0;

	for (; nr && !rc; nr--)
		rc = w->be->ksm_scan(w);
	return rc;
}
