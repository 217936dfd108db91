/* SPDX-License-Identifier: MIT */
/*
 * The releases that features and rules hold for.
 */
#ifndef TOOLS_RELEASES_H
#define TOOLS_RELEASES_H

#include <stddef.h>

#include <jansson.h>
#include <mmsim/mmsim.h>

#define RELEASES_TEXT 32

/**
 * releases_text() - "6.2+", "-5.17" or "6.0-6.1" in @buf, which is returned:
 * the first and the last release; empty if both ends are open.
 */
const char *releases_text(char *buf, size_t len, uint32_t first,
			  uint32_t until);

/** releases_json() - add "first" and "until" to @object, if not open. */
void releases_json(json_t *object, uint32_t first, uint32_t until);

/* A rule and [first, until), of mmsim_list("rules"). */
struct rule_releases {
	char *name;
	uint32_t first, until;
};

struct rules {
	struct rule_releases *v;
	size_t nr;
};

/** rules_read() - all rules of this build; rules_free() releases them. */
void rules_read(struct rules *rules);

/** rules_find() - a rule by its name, or NULL. */
const struct rule_releases *rules_find(const struct rules *rules,
				       const char *name);
void rules_free(struct rules *rules);

#endif
