/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "observe/check.h"

/* Operations that a check of so many VMAs and processes is worth. */
#define COST_PER_OP 64

struct first_line {
	char *text;
	size_t len;
};

static void take_first(const char *line, void *user)
{
	struct first_line *first = user;
	size_t used = strlen(first->text);

	if (first->len) {
		(void)snprintf(first->text + used, first->len - used, "%s",
			       line);
		first->len = 0;
	}
}

static bool is_access(const char *what)
{
	return !strncmp(what, "access", 6);
}

void watch_op(struct mmsim *w, const char *what)
{
	bool all = w->knobs[KNOB_DEBUG_CHECK] == DEBUG_CHECK_ALL;
	struct watch *watch = &w->watch;
	char text[LAST_ERROR_LEN];
	struct first_line first = { text, sizeof(text) };
	u64 cost = 0;
	int broken;

	/* In the middle of another CPU's call some do not hold. */
	if (watch->op || w->sched.suspended || (!all && is_access(what)))
		return;
	if (!all && watch->owed) {
		watch->owed--;
		return;
	}
	(void)snprintf(text, sizeof(text), "%.32s: ", what);
	broken = all ? check_world(w, take_first, &first)
		     : check_cheap(w, take_first, &first, &cost);
	watch->owed = cost / COST_PER_OP;
	if (broken <= 0)
		return;
	watch->op = observe_op(&w->obs);
	watch->line = w->line;
	memcpy(watch->text, text, sizeof(watch->text));
}

bool watch_report(struct mmsim *w, mmsim_report_fn fn, void *user)
{
	const struct watch *watch = &w->watch;
	char line[LAST_ERROR_LEN + 80];

	if (!watch->op)
		return false;
	if (watch->line)
		(void)snprintf(line, sizeof(line),
			       "first broken after line %u, %s", watch->line,
			       watch->text);
	else
		(void)snprintf(line, sizeof(line),
			       "first broken after operation %llu, %s",
			       (unsigned long long)watch->op, watch->text);
	if (fn)
		fn(line, user);
	return true;
}
