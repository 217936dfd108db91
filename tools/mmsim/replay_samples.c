/* SPDX-License-Identifier: MIT */
/*
 * The worlds of a replay over time. Time is references; in a trace that has
 * none, system calls.
 */
#include "replay.h"

#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MOMENTS 1024u

static uint64_t moment_now(const struct replay *replay)
{
	return replay->refs + replay->calls;
}

void samples_open(struct replay *replay)
{
	replay->samples.v =
		xcalloc(MOST_MOMENTS * replay->nr, sizeof(*replay->samples.v));
	replay->samples.every = 1;
}

void samples_close(struct replay *replay)
{
	free(replay->samples.v);
}

size_t samples_room(const struct replay *replay, size_t most)
{
	const struct samples *s = &replay->samples;
	uint64_t now = moment_now(replay), left;

	left = s->next > now ? s->next - now : 0;
	if (!s->v || left > most)
		return most;
	return left > TRACE_LEAST_REFS ? (size_t)left : TRACE_LEAST_REFS;
}

static struct sample sample_now(const struct replay *replay,
				const struct replica *r)
{
	const struct layout *l = &r->layout;
	struct sample sample = { .refs = replay->refs, .calls = replay->calls };

	sample.value[SERIES_MINOR] = r->minor;
	sample.value[SERIES_MAJOR] = r->major;
	sample.value[SERIES_PAGES] = replay_pages(r);
	sample.value[SERIES_TABLES] = replay_tables(r);
	sample.value[SERIES_PTE_WRITES] = layout_counter(l, COUNTER_PTE_WRITES);
	sample.value[SERIES_FLUSHES] = layout_counter(l, COUNTER_FLUSHES);
	if (layout_counter_known(l, COUNTER_TLB_MISSES))
		sample.value[SERIES_TLB_MISSES] =
			layout_counter(l, COUNTER_TLB_MISSES);
	return sample;
}

static uint64_t moment_of(const struct replay *replay, size_t i)
{
	const struct sample *sample = &replay->samples.v[i * replay->nr];

	return sample->refs + sample->calls;
}

/* What is closer to the moment before than @every goes. */
static void samples_drop(struct replay *replay)
{
	struct samples *s = &replay->samples;
	size_t row = replay->nr * sizeof(*s->v), kept = 1;

	for (size_t i = 1; i < s->nr; i++) {
		if (moment_of(replay, i) <
		    moment_of(replay, kept - 1) + s->every)
			continue;
		memmove(s->v + kept * replay->nr, s->v + i * replay->nr, row);
		kept++;
	}
	s->nr = kept;
}

void samples_take(struct replay *replay, bool last)
{
	struct samples *s = &replay->samples;
	uint64_t now = moment_now(replay);

	if (!s->v || (now < s->next && !last))
		return;
	/* The last moment may have been sampled already. */
	if (s->nr && moment_of(replay, s->nr - 1) == now)
		s->nr--;
	while (s->nr == MOST_MOMENTS) {
		s->every *= 2;
		samples_drop(replay);
	}
	for (size_t i = 0; i < replay->nr; i++)
		s->v[s->nr * replay->nr + i] =
			sample_now(replay, &replay->replicas[i]);
	s->nr++;
	s->next = now + s->every;
}

/* ---- comma-separated values ---- */

static const char *const series_names[NR_SERIES] = {
	[SERIES_MINOR] = "minor",	    [SERIES_MAJOR] = "major",
	[SERIES_PAGES] = "pages",	    [SERIES_TABLES] = "tables",
	[SERIES_PTE_WRITES] = "pte_writes", [SERIES_FLUSHES] = "flushes",
	[SERIES_TLB_MISSES] = "tlb_misses",
};

static int series_nr(const struct replay *replay)
{
	const struct layout *l = &replay->replicas[0].layout;

	return layout_counter_known(l, COUNTER_TLB_MISSES) ? NR_SERIES
							   : SERIES_TLB_MISSES;
}

/* A field of RFC 4180. */
static void field_print(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

static void sample_print(const struct sample *sample, const char *label, int nr)
{
	printf("%llu,%llu,", (unsigned long long)sample->refs,
	       (unsigned long long)sample->calls);
	field_print(label);
	for (int i = 0; i < nr; i++)
		printf(",%llu", (unsigned long long)sample->value[i]);
	putchar('\n');
}

void samples_csv(const struct replay *replay)
{
	const struct samples *s = &replay->samples;
	int nr = series_nr(replay);

	out_progress("%s", "");
	printf("refs,calls,world");
	for (int i = 0; i < nr; i++)
		printf(",%s", series_names[i]);
	putchar('\n');
	for (size_t i = 0; i < s->nr * replay->nr; i++)
		sample_print(&s->v[i],
			     replay->replicas[i % replay->nr].spec->label, nr);
}
