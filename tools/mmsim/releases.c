/* SPDX-License-Identifier: MIT */
#include "releases.h"

#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_open(uint32_t release)
{
	return !release || release == UINT32_MAX;
}

/* "6.12"; empty for an open end. */
static const char *release_text(char *buf, size_t len, uint32_t release)
{
	buf[0] = 0;
	if (!is_open(release))
		snprintf(buf, len, "%u.%u", (unsigned)(release >> 16),
			 (unsigned)(release & 0xffff));
	return buf;
}

/* The newest release known that is older than another. */
struct before {
	uint32_t release, found;
};

static int before_take(const struct mmsim_list_item *item, void *user)
{
	struct before *before = user;

	if (item->first < before->release && item->first > before->found)
		before->found = item->first;
	return 0;
}

static uint32_t release_before(uint32_t release)
{
	struct before before = { .release = release };

	mmsim_list("kernels", NULL, before_take, &before);
	return before.found;
}

const char *releases_text(char *buf, size_t len, uint32_t first, uint32_t until)
{
	uint32_t last = is_open(until) ? 0 : release_before(until);
	char from[12], to[12];

	release_text(from, sizeof(from), first);
	release_text(to, sizeof(to), last);
	if (is_open(until))
		snprintf(buf, len, "%s%s", from, *from ? "+" : "");
	else if (!strcmp(from, to))
		snprintf(buf, len, "%s", from);
	else
		snprintf(buf, len, "%s-%s", from, to);
	return buf;
}

void releases_json(json_t *object, uint32_t first, uint32_t until)
{
	char text[12];

	if (*release_text(text, sizeof(text), first))
		json_object_set_new(object, "first", json_string(text));
	if (*release_text(text, sizeof(text), until))
		json_object_set_new(object, "until", json_string(text));
}

static int rule_take(const struct mmsim_list_item *item, void *user)
{
	struct rules *rules = user;

	rules->v = xrealloc(rules->v, rules->nr + 1, sizeof(*rules->v));
	rules->v[rules->nr++] =
		(struct rule_releases){ .name = xstrdup(item->name),
					.first = item->first,
					.until = item->until };
	return 0;
}

void rules_read(struct rules *rules)
{
	rules->v = NULL;
	rules->nr = 0;
	mmsim_list("rules", NULL, rule_take, rules);
}

const struct rule_releases *rules_find(const struct rules *rules,
				       const char *name)
{
	for (size_t i = 0; i < rules->nr; i++)
		if (!strcmp(rules->v[i].name, name))
			return &rules->v[i];
	return NULL;
}

void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->nr; i++)
		free(rules->v[i].name);
	free(rules->v);
}
