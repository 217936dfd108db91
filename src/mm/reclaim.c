/* SPDX-License-Identifier: MIT */
#include "mm/reclaim.h"

#include <errno.h>

#include "core/backend.h"

/* In vain as often as this, and it is given up. */
#define MAX_RETRIES 16

int do_reclaim(struct mmsim *w, u64 nr, u64 *freed)
{
	unsigned tries = 0;
	u64 one;

	*freed = 0;
	sim_trace(&w->obs, EV_reclaim, RULE_NONE, 0, 0, nr, 0);
	while (*freed < nr && tries < MAX_RETRIES && !w->host.failed) {
		one = w->be->reclaim(w, nr - *freed);
		*freed += one;
		tries = one ? 0 : tries + 1;
	}
	return *freed < nr ? -EAGAIN : 0;
}
