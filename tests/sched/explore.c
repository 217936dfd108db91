/* SPDX-License-Identifier: MIT */
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define STACK_BYTES   (128 * 1024)
#define MAX_DECISIONS 4096
#define MAX_SERIAL    20
#define OUTCOME_LEN   256

struct outcome {
	char text[OUTCOME_LEN];
	uint64_t race;
	uint64_t digest;
};

/* One run of both CPUs by a schedule. */
struct run {
	const struct two_cpus *c;
	unsigned preemptions; /* at most */
	struct arena arena;
	ucontext_t scheduler, cpu[NR_CPUS];
	char *stack[NR_CPUS];
	bool done[NR_CPUS], blocked[NR_CPUS], unlocking[NR_CPUS];
	unsigned current;
	bool wrong_cpu, deadlock;
	uint64_t digest, nr_steps, nr_blocked;
	/* Where both could go on: whether the other one does. The first
	 * nr_given are the schedule's, the rest were made by going on. */
	unsigned char *choice, *preempts;
	size_t nr_given, nr_choices;
};

/* ---- digests ---- */

static void mix(struct run *r, uint64_t value)
{
	unsigned i;

	for (i = 0; i < 8; i++, value >>= 8) {
		r->digest ^= value & 0xff;
		r->digest *= 0x100000001b3u;
	}
}

static void on_event(const struct mmsim_event *e, void *user)
{
	struct run *r = user;

	mix(r, e->type);
	mix(r, (uint64_t)e->rule << 32 | e->cpu);
	mix(r, (uint64_t)e->pid << 32 | (uint32_t)e->op);
	mix(r, e->addr);
	mix(r, e->old_value);
	mix(r, e->new_value);
}

/* ---- coroutines ---- */

/* The CPU's last step has been taken: a lock it let go is free now. */
static void last_step_done(struct run *r, unsigned cpu)
{
	if (r->unlocking[cpu])
		r->blocked[!cpu] = false;
	r->unlocking[cpu] = false;
}

static void on_step(const struct mmsim_step *step, void *user)
{
	struct run *r = user;
	unsigned cpu = r->current;

	r->wrong_cpu |= step->cpu != cpu;
	mix(r, (uint64_t)step->kind << 8 | step->cpu);
	mix(r, step->what);
	r->nr_steps++;
	last_step_done(r, cpu);
	r->unlocking[cpu] = step->kind == MMSIM_STEP_UNLOCK;
	if (step->kind == MMSIM_STEP_BLOCKED) {
		r->blocked[cpu] = true;
		r->nr_blocked++;
	}
	(void)swapcontext(&r->cpu[cpu], &r->scheduler);
}

static void run_calls(struct run *r, unsigned cpu)
{
	unsigned i;

	for (i = 0; i < MAX_CALLS && r->c->calls[cpu][i]; i++) {
		r->wrong_cpu |= mmsim_run_on(r->arena.w, cpu) != 0;
		r->c->calls[cpu][i](&r->arena, cpu);
	}
	last_step_done(r, cpu);
	r->done[cpu] = true;
	r->blocked[!cpu] = false;
}

/* makecontext() passes ints only: a pointer is two of them. */
static void cpu_main(unsigned high, unsigned low, unsigned cpu)
{
	uintptr_t p = (uintptr_t)((uint64_t)high << 32 | low);

	run_calls((struct run *)p, cpu);
}

static void start_cpu(struct run *r, unsigned cpu)
{
	uint64_t p = (uintptr_t)r;

	assert_int_equal(getcontext(&r->cpu[cpu]), 0);
	r->cpu[cpu].uc_stack.ss_sp = r->stack[cpu];
	r->cpu[cpu].uc_stack.ss_size = STACK_BYTES;
	r->cpu[cpu].uc_link = &r->scheduler;
	makecontext(&r->cpu[cpu], (void (*)(void))cpu_main, 3,
		    (unsigned)(p >> 32), (unsigned)p, cpu);
}

/* ---- schedules ---- */

static bool can_run(const struct run *r, unsigned cpu)
{
	return !r->done[cpu] && !r->blocked[cpu];
}

/* The other CPU goes on where the schedule says so. */
static unsigned decide(struct run *r)
{
	size_t i = r->nr_choices++;

	assert_true(i < MAX_DECISIONS);
	if (i >= r->nr_given)
		r->choice[i] = 0;
	/* Whoever starts preempts nobody. */
	r->preempts[i] = r->nr_steps > 0;
	return r->choice[i] ? !r->current : r->current;
}

static bool pick(struct run *r)
{
	bool can[NR_CPUS] = { can_run(r, 0), can_run(r, 1) };

	if (can[0] && can[1])
		r->current = decide(r);
	else if (can[0] || can[1])
		r->current = can[1];
	else
		r->deadlock = true;
	return !r->deadlock;
}

static void run_both(struct run *r)
{
	unsigned cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		start_cpu(r, cpu);
		r->done[cpu] = r->blocked[cpu] = r->unlocking[cpu] = false;
	}
	r->current = 0;
	while ((!r->done[0] || !r->done[1]) && pick(r))
		(void)swapcontext(&r->scheduler, &r->cpu[r->current]);
}

/* The next schedule in order: the last choice that can be turned is. */
static bool next_schedule(struct run *r)
{
	unsigned used = 0, spent;
	size_t i, last = 0;
	bool found = false;

	for (i = 0; i < r->nr_choices; i++) {
		spent = used + r->preempts[i];
		if (!r->choice[i] && spent <= r->preemptions) {
			last = i;
			found = true;
		}
		if (r->choice[i])
			used = spent;
	}
	r->choice[last] = 1;
	r->nr_given = last + 1;
	return found;
}

/* ---- outcomes ---- */

static void report(const char *line, void *user)
{
	(void)user;
	print_error("%s\n", line);
}

static void take_outcome(struct run *r, struct outcome *o)
{
	struct arena *a = &r->arena;

	assert_int_equal(mmsim_on_step(a->w, NULL, NULL), 0);
	assert_int_equal(mmsim_on_event(a->w, NULL, NULL), 0);
	assert_int_equal(mmsim_run_on(a->w, 0), 0);
	assert_int_equal(mmsim_check(a->w, report, NULL), 0);
	o->race = r->c->race ? counter(a, r->c->race) : 0;
	o->digest = r->digest;
	(void)snprintf(o->text, sizeof(o->text), "%s| %s| ", a->note[0],
		       a->note[1]);
	r->c->show(a, o->text, sizeof(o->text));
	assert_int_equal(mmsim_check(a->w, report, NULL), 0);
}

static void run_schedule(struct run *r, const char *options, struct outcome *o)
{
	assert_true(arena_open(&r->arena, options));
	r->c->prepare(&r->arena);
	r->digest = 0xcbf29ce484222325u;
	r->nr_steps = r->nr_choices = 0;
	assert_int_equal(mmsim_on_event(r->arena.w, on_event, r), 0);
	assert_int_equal(mmsim_on_step(r->arena.w, on_step, r), 0);
	run_both(r);
	assert_false(r->deadlock);
	assert_false(r->wrong_cpu);
	take_outcome(r, o);
	arena_close(&r->arena);
}

/* ---- serial orders ---- */

struct serial {
	struct outcome outcome[MAX_SERIAL];
	bool seen[MAX_SERIAL];
	unsigned nr;
	uint64_t race; /* the most of any */
};

static unsigned nr_calls(const struct two_cpus *c, unsigned cpu)
{
	unsigned n = 0;

	while (n < MAX_CALLS && c->calls[cpu][n])
		n++;
	return n;
}

/* One order: bit i of @order says whose call comes i-th. */
static void run_serial(struct run *r, const char *options, unsigned order,
		       struct outcome *o)
{
	unsigned next[NR_CPUS] = { 0, 0 }, i, cpu;
	unsigned n = nr_calls(r->c, 0) + nr_calls(r->c, 1);

	assert_true(arena_open(&r->arena, options));
	r->c->prepare(&r->arena);
	for (i = 0; i < n; i++) {
		cpu = order >> i & 1;
		assert_int_equal(mmsim_run_on(r->arena.w, cpu), 0);
		r->c->calls[cpu][next[cpu]++](&r->arena, cpu);
	}
	take_outcome(r, o);
	arena_close(&r->arena);
}

static int find_outcome(const struct serial *s, const char *text)
{
	unsigned i;

	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->outcome[i].text, text))
			return (int)i;
	return -1;
}

static void all_serial(struct run *r, const char *options, struct serial *s)
{
	unsigned n[NR_CPUS] = { nr_calls(r->c, 0), nr_calls(r->c, 1) };
	unsigned order, total = n[0] + n[1];
	struct outcome o;

	memset(s, 0, sizeof(*s));
	for (order = 0; order < 1u << total; order++) {
		if ((unsigned)__builtin_popcount(order) != n[1])
			continue;
		run_serial(r, options, order, &o);
		if (o.race > s->race)
			s->race = o.race;
		if (find_outcome(s, o.text) >= 0)
			continue;
		assert_true(s->nr < MAX_SERIAL);
		s->outcome[s->nr++] = o;
	}
}

/* ---- the whole ---- */

struct totals {
	uint64_t schedules, longest;
	bool raced;
};

static void check_schedule(struct run *r, const char *options,
			   struct serial *s, struct totals *t)
{
	struct outcome first, second;
	int which;

	run_schedule(r, options, &first);
	r->nr_given = r->nr_choices;
	run_schedule(r, options, &second);
	assert_true(first.digest == second.digest);
	assert_string_equal(first.text, second.text);
	which = find_outcome(s, first.text);
	if (which < 0)
		print_error("%s: no serial order gives \"%s\"\n", r->c->name,
			    first.text);
	assert_true(which >= 0);
	s->seen[which] = true;
	t->schedules++;
	t->raced |= first.race > s->race;
	if (r->nr_steps > t->longest)
		t->longest = r->nr_steps;
}

static void check_totals(const struct run *r, const char *options,
			 const struct serial *s, const struct totals *t)
{
	char bound[32] = "any number of";
	unsigned i;

	if (r->preemptions != ANY_NUMBER)
		(void)snprintf(bound, sizeof(bound), "at most %u",
			       r->preemptions);
	print_message("%s, %s: %llu schedules, up to %llu steps, %s "
		      "preemptions, %u outcomes\n",
		      r->c->name, options, (unsigned long long)t->schedules,
		      (unsigned long long)t->longest, bound, s->nr);
	for (i = 0; i < s->nr; i++)
		assert_true(s->seen[i]);
	assert_true(t->raced || !r->c->race);
}

static void explore_all(struct run *r, const char *options)
{
	struct totals t = { .schedules = 0 };
	struct serial s;

	all_serial(r, options, &s);
	r->nr_given = 0;
	do
		check_schedule(r, options, &s, &t);
	while (next_schedule(r));
	check_totals(r, options, &s, &t);
}

static bool world_exists(const char *options)
{
	struct arena a;
	bool exists = arena_open(&a, options);

	if (exists)
		arena_close(&a);
	return exists;
}

uint64_t explore(const struct two_cpus *c, const char *options,
		 unsigned preemptions)
{
	struct run r = { .c = c, .preemptions = preemptions };
	unsigned cpu;

	if (!world_exists(options))
		return 0;
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		r.stack[cpu] = malloc(STACK_BYTES);
		assert_non_null(r.stack[cpu]);
	}
	r.choice = calloc(1, MAX_DECISIONS);
	r.preempts = calloc(1, MAX_DECISIONS);
	assert_non_null(r.choice);
	assert_non_null(r.preempts);
	explore_all(&r, options);
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		free(r.stack[cpu]);
	free(r.choice);
	free(r.preempts);
	return r.nr_blocked;
}
