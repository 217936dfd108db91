/* SPDX-License-Identifier: MIT */
#include <mmsim/event.h>

#include "api/api.h"
#include "observe/check.h"

int mmsim_on_event(struct mmsim *w, mmsim_event_fn fn, void *user)
{
	if (!w)
		return -EINVAL;
	if (w->obs.busy)
		return world_fail(w, -EBUSY,
				  "a callback must not change its world");
#ifdef MMSIM_NO_EVENTS
	if (fn)
		return world_fail(w, -EOPNOTSUPP,
				  "this library was built without events");
#endif
	w->obs.fn = fn;
	w->obs.user = user;
	return 0;
}

const char *mmsim_event_name(uint32_t type)
{
	return type < NR_EVENTS ? event_table[type].name : "?";
}

const char *mmsim_rule_name(uint32_t rule)
{
	return rule < NR_RULES ? rule_table[rule].name : "?";
}

int mmsim_check(struct mmsim *w, mmsim_report_fn fn, void *user)
{
	int rc;

	if (!w)
		return -EINVAL;
	rc = api_enter(w);
	if (rc)
		return rc;
	rc = check_world(w, fn, user);
	return rc >= 0 ? rc : api_leave_unchanged(w, rc, "check");
}
