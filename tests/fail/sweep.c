/* SPDX-License-Identifier: MIT */
/*
 * sweep [--json] [--scenario GLOB] [--set KNOB=VALUE] [--every N] ROOT: every
 * recorded scenario that runs, in every recorded world, with the n-th simulated
 * and the n-th host allocation failing, for every n there is, or for every N-th
 * from a first one that is another in each scenario and world.
 *
 * A simulated failure is the process's: the operation has an answer that a
 * kernel gives for want of memory, every invariant holds right after it and at
 * the end, and at the end no page is left. A host failure is the call's:
 * nothing changed, or the world is broken and says so, or nobody noticed. In
 * either case the host gets all of its memory back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mmsim/mmsim.h>
#include <mmsim/sys/fail.h>

#include "core/world.h"
#include "fail/balance.h"
#include "mm/lru.h"
#include "phys/folio.h"
#include "recording.h"

#include "input.h"
#include "out.h"

enum kind { KIND_SIM, KIND_HOST, NR_KINDS };

static const char *const kind_names[NR_KINDS] = { "sim", "host" };

static int (*const arm[NR_KINDS])(struct mmsim *, uint64_t) = {
	[KIND_SIM] = mmsim_fail_sim,
	[KIND_HOST] = mmsim_fail_host,
};

/* More than any scenario asks for: an order that only counts. */
#define COUNTING UINT64_MAX

/* What became of a failed allocation. */
enum outcome {
	OUTCOME_HIDDEN,	   /* the operation succeeded all the same */
	OUTCOME_ERRNO,	   /* it returned an errno */
	OUTCOME_SIGNAL,	   /* an access ended */
	OUTCOME_UNCHANGED, /* the call did nothing: -ENOMEM */
	OUTCOME_BROKEN,	   /* the world was given up */
	OUTCOME_LEFT_OUT,  /* what follows is not modelled, and says so */
	NR_OUTCOMES
};

static const char *const outcome_names[NR_OUTCOMES] = {
	[OUTCOME_HIDDEN] = "without effect",
	[OUTCOME_ERRNO] = "an errno",
	[OUTCOME_SIGNAL] = "an access without memory",
	[OUTCOME_UNCHANGED] = "the call did nothing",
	[OUTCOME_BROKEN] = "the world is broken",
	[OUTCOME_LEFT_OUT] = "not modelled",
};

struct sweep {
	bool json;
	/* What was asked for. */
	const char *root;
	const char *knobs;
	uint64_t every;
	struct names scenarios, worlds;

	/* The scenario at hand. */
	const char *world, *scenario;
	struct recorded_world recorded;
	const char *text;
	size_t len;
	enum kind kind;
	uint64_t n;
	uint64_t plain_hash; /* of its output without failures */
	char *plain_fails;   /* its lines: 1 for an errno or a signal */
	size_t nr_plain, plain_size;

	/* Totals. */
	size_t pairs, runs[NR_KINDS], outcomes[NR_KINDS][NR_OUTCOMES];
	size_t findings;
};

/* One run of it. */
struct run {
	struct mmsim *w;
	struct mmsim_scenario *s;
	struct sweep *sweep;
	bool plain;	 /* without failures */
	uint64_t hash;	 /* of the lines so far */
	size_t nr_lines; /* until now */
	enum outcome line;
	bool oom; /* whether the last line answers a lack of memory */
};

static void found(struct sweep *sweep, const char *what)
{
	sweep->findings++;
	printf("%s %s: %s %llu: %s\n", sweep->world, sweep->scenario,
	       kind_names[sweep->kind], (unsigned long long)sweep->n, what);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

/* ---- lines ---- */

/* Notes whether a line of the plain run failed, or finds that it did. */
static bool plain_failed(struct run *run, bool failed)
{
	struct sweep *sweep = run->sweep;
	size_t i = run->nr_lines++;

	if (!run->plain)
		return i < sweep->nr_plain && sweep->plain_fails[i];
	if (i == sweep->plain_size) {
		sweep->plain_size = 2 * i + 64;
		sweep->plain_fails =
			xrealloc(sweep->plain_fails, sweep->plain_size, 1);
	}
	sweep->plain_fails[i] = failed;
	sweep->nr_plain = i + 1;
	return false;
}

/*
 * EAGAIN is the word of mlock and madvise for it, SIGBUS that of a hugetlb
 * fault.
 */
static void see_line(const char *line, void *user)
{
	struct run *run = user;

	run->hash = hash_text(run->hash, line);
	run->line = OUTCOME_HIDDEN;
	if (plain_failed(run, strstr(line, "\"ret\":-1")))
		return;
	if (strstr(line, "\"sig\":")) {
		run->line = OUTCOME_SIGNAL;
		run->oom = strstr(line, "\"sig\":\"OOM\"") ||
			   strstr(line, "\"sig\":\"BUS\"");
	} else if (strstr(line, "\"err\":")) {
		run->line = OUTCOME_ERRNO;
		run->oom = strstr(line, "\"err\":\"ENOMEM\"") ||
			   strstr(line, "\"err\":\"EAGAIN\"");
	}
}

/* ---- one run ---- */

static uint64_t *order_of(struct run *run, enum kind kind)
{
	return kind == KIND_SIM ? &run->w->phys.fail_in : &run->w->host.fail_in;
}

static uint64_t frames_in_use(const struct mmsim *w)
{
	uint64_t frames = 0;
	unsigned i;

	for (i = 0; i < w->phys.nr_nodes; i++)
		frames += w->phys.node[i].nr_alloc;
	return frames;
}

static void report_broken(const char *line, void *user)
{
	found(user, line);
}

/* A huge zero page that was asked for stays: only a shrinker gives it back.
 * Broken pages stay for ever. */
static uint64_t frames_kept(const struct mmsim *w)
{
	return w->poisoned.nr +
	       (w->huge_zero_pfn ? folio_nr_pages(&w->phys, w->huge_zero_pfn)
				 : 0);
}

/* Nothing is left of the scenario but what the world began with. */
static void check_end(struct sweep *sweep, struct run *run, uint64_t frames)
{
	mmsim_scenario_close(run->s);
	lru_add_drain_all(run->w);
	if (mmsim_check(run->w, report_broken, sweep))
		found(sweep, "broken invariants at the end");
	if (frames_in_use(run->w) != frames + frames_kept(run->w))
		found(sweep, "frames are left");
	if (run->w->committed || !LIST_EMPTY(&run->w->mms) ||
	    !LIST_EMPTY(&run->w->files) || run->w->hugetlb.in_use ||
	    run->w->hugetlb.reserved)
		found(sweep, "a process, a file or a charge is left");
}

static void check_broken(struct sweep *sweep, struct run *run)
{
	if (mmsim_scenario_step(run->s) != -ENOTRECOVERABLE ||
	    mmsim_check(run->w, NULL, NULL) != -ENOTRECOVERABLE)
		found(sweep, "broken, and goes on");
	if (!strstr(mmsim_last_error(run->w), "broken"))
		found(sweep, "broken, and does not say so");
}

/* The operation in which the allocation failed. */
static enum outcome judge(struct sweep *sweep, struct run *run, int rc)
{
	if (rc == -ENOTRECOVERABLE && sweep->kind == KIND_HOST)
		return OUTCOME_BROKEN;
	if (rc == -ENOMEM && sweep->kind == KIND_HOST)
		return OUTCOME_UNCHANGED;
	if (rc == -EOPNOTSUPP)
		return OUTCOME_LEFT_OUT;
	if (rc < 0) {
		found(sweep, mmsim_errname(rc));
		return OUTCOME_HIDDEN;
	}
	if (mmsim_check(run->w, report_broken, sweep))
		found(sweep, "broken invariants right after");
	return run->line;
}

/* Steps until the order was carried out; the result of the last one. */
static int run_to_failure(struct sweep *sweep, struct run *run)
{
	int rc;

	do {
		run->line = OUTCOME_HIDDEN;
		rc = mmsim_scenario_step(run->s);
	} while (rc > 0 && *order_of(run, sweep->kind));
	if (*order_of(run, sweep->kind))
		found(sweep, "nothing failed: two runs differ");
	return rc;
}

/* Opens the scenario and runs it until an allocation fails. */
static enum outcome fail_once(struct sweep *sweep, struct run *run)
{
	int rc;

	(void)arm[sweep->kind](run->w, sweep->n);
	rc = mmsim_scenario_open(run->w, sweep->text, sweep->len, see_line, run,
				 &run->s);
	if (rc == -ENOMEM && !run->s)
		return OUTCOME_UNCHANGED;
	if (!rc && *order_of(run, sweep->kind))
		rc = run_to_failure(sweep, run);
	return judge(sweep, run, rc);
}

/*
 * To the end, as far as it goes: what could not be made has no name (-EINVAL),
 * and the rest may come to what is not modelled (-EOPNOTSUPP).
 */
static void run_rest(struct sweep *sweep, struct run *run, enum outcome outcome)
{
	int rc;

	do
		rc = mmsim_scenario_step(run->s);
	while (rc > 0);
	if (rc && rc != -EINVAL && rc != -EPROTO && rc != -EOPNOTSUPP)
		found(sweep, "the rest does not run");
	if (sweep->kind == KIND_HOST && outcome == OUTCOME_HIDDEN &&
	    run->hash != sweep->plain_hash)
		found(sweep, "nobody noticed, and what follows differs");
}

static void run_failing(struct sweep *sweep, struct run *run)
{
	uint64_t frames = frames_in_use(run->w);
	enum outcome outcome = fail_once(sweep, run);

	sweep->outcomes[sweep->kind][outcome]++;
	if ((outcome == OUTCOME_ERRNO || outcome == OUTCOME_SIGNAL) &&
	    !run->oom)
		found(sweep, "no answer to a lack of memory");
	if (outcome == OUTCOME_BROKEN) {
		check_broken(sweep, run);
		return;
	}
	if (run->s)
		run_rest(sweep, run, outcome);
	check_end(sweep, run, frames);
}

/* ---- one scenario in one world ---- */

static void in_new_world(struct sweep *sweep, struct run *run,
			 void (*fn)(struct sweep *, struct run *))
{
	struct balance before = balance_now(), after;

	*run = (struct run){ .sweep = sweep, .plain = !sweep->n };
	if (mmsim_create(&sweep->recorded.config, &run->w)) {
		found(sweep, "no world");
		return;
	}
	fn(sweep, run);
	mmsim_destroy(run->w);
	after = balance_now();
	if (after.blocks != before.blocks || after.mapped != before.mapped)
		found(sweep, "the host's memory does not come back");
}

/* Without failures: 0, or -EOPNOTSUPP for what is not modelled. */
static int run_counting(struct sweep *sweep, struct run *run)
{
	int rc;

	(void)arm[sweep->kind](run->w, COUNTING);
	rc = mmsim_scenario_open(run->w, sweep->text, sweep->len, see_line, run,
				 &run->s);
	if (rc)
		return rc;
	do
		rc = mmsim_scenario_step(run->s);
	while (rc > 0);
	return rc == -EPROTO ? 0 : rc;
}

/* Leaves how many allocations there were in sweep->n; 0: it does not run. */
static void run_plain(struct sweep *sweep, struct run *run)
{
	uint64_t frames = frames_in_use(run->w);
	int rc = run_counting(sweep, run);

	if (!rc)
		sweep->n = COUNTING - *order_of(run, sweep->kind);
	else if (rc != -EOPNOTSUPP)
		found(sweep, mmsim_errname(rc));
	sweep->plain_hash = run->hash;
	(void)arm[sweep->kind](run->w, 0);
	check_end(sweep, run, frames);
}

/* The first n of a scenario in a world. */
static uint64_t first_n(const struct sweep *sweep)
{
	uint64_t hash = hash_text(sweep->kind, sweep->scenario);

	return 1 + hash_text(hash, sweep->world) % sweep->every;
}

static void sweep_kind(struct sweep *sweep)
{
	struct run run;
	uint64_t last;

	sweep->n = 0;
	in_new_world(sweep, &run, run_plain);
	last = sweep->n;
	sweep->pairs += last && sweep->kind == KIND_SIM;
	for (sweep->n = first_n(sweep); sweep->n <= last;
	     sweep->n += sweep->every) {
		in_new_world(sweep, &run, run_failing);
		sweep->runs[sweep->kind]++;
	}
}

static bool line_begins(const char *line, const char *word)
{
	return !strncmp(line, word, strlen(word));
}

/*
 * An order to fail of the scenario's own would take the place of ours, and what
 * it expects it expects where nothing fails: both become comments.
 */
static void leave_out_orders(char *text)
{
	char *line, *words;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		words = line;
		if (*line == '@')
			words += strcspn(line, " \n") + 1;
		if (line_begins(words, "fail ") ||
		    line_begins(words, "expect "))
			*line = '#';
	}
}

static void sweep_scenario(struct sweep *sweep)
{
	char *path =
		xasprintf("%s/scenarios/%s.sc", sweep->root, sweep->scenario);
	char *text = input_slurp(path, &sweep->len);
	unsigned kind;

	if (text)
		leave_out_orders(text);
	sweep->text = text;
	for (kind = 0; text && kind < NR_KINDS; kind++) {
		sweep->kind = (enum kind)kind;
		sweep_kind(sweep);
	}
	sweep->findings += !text;
	free(sweep->plain_fails);
	sweep->plain_fails = NULL;
	sweep->plain_size = sweep->nr_plain = 0;
	free(text);
	free(path);
}

/* A format that this build does not have is no finding. */
static bool world_open(struct sweep *sweep)
{
	char *folder = xasprintf("%s/recordings/%s", sweep->root, sweep->world);
	int rc = recording_world(folder, &sweep->recorded);

	free(folder);
	sweep->recorded.config.knobs = sweep->knobs;
	sweep->findings += rc != 0;
	return !rc && mmsim_config_error(&sweep->recorded.config, NULL, NULL,
					 0) != -EOPNOTSUPP;
}

/* One line for a world, in the format of tests/data/fidelity. */
static void world_json(const struct sweep *sweep, const struct sweep *before)
{
	time_t now = time(NULL);
	char date[16];
	size_t runs = 0;
	unsigned kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		runs += sweep->runs[kind] - before->runs[kind];
	strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
	printf("{\"world\":\"%s\",\"scenarios\":%zu,\"runs\":%zu,"
	       "\"findings\":%zu,\"date\":\"%s\"}\n",
	       sweep->world, sweep->pairs - before->pairs, runs,
	       sweep->findings - before->findings, date);
}

static void sweep_world(struct sweep *sweep)
{
	struct sweep before = *sweep;
	size_t s;

	for (s = 0; s < sweep->scenarios.nr; s++) {
		sweep->scenario = sweep->scenarios.v[s];
		sweep_scenario(sweep);
	}
	if (sweep->json)
		world_json(sweep, &before);
}

static void sweep_all(struct sweep *sweep)
{
	size_t w;

	for (w = 0; w < sweep->worlds.nr; w++) {
		sweep->world = sweep->worlds.v[w];
		if (world_open(sweep))
			sweep_world(sweep);
		free(sweep->recorded.features);
		sweep->recorded.features = NULL;
	}
}

/* ---- the program ---- */

static void print_totals(const struct sweep *sweep)
{
	unsigned kind, outcome;

	printf("%zu scenarios in worlds, %zu findings\n", sweep->pairs,
	       sweep->findings);
	for (kind = 0; kind < NR_KINDS; kind++) {
		printf("%s: %zu failures", kind_names[kind], sweep->runs[kind]);
		for (outcome = 0; outcome < NR_OUTCOMES; outcome++)
			if (sweep->outcomes[kind][outcome])
				printf("; %zu %s",
				       sweep->outcomes[kind][outcome],
				       outcome_names[outcome]);
		printf("\n");
	}
}

static int usage(void)
{
	(void)fprintf(stderr, "usage: sweep [--json] [--scenario GLOB] "
			      "[--set KNOB=VALUE] [--every N] ROOT\n");
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	struct sweep sweep = { .every = 1 };
	char *glob = NULL;
	bool nothing;
	int i = 1;

	sweep.json = argc > 1 && !strcmp(argv[1], "--json");
	for (i += sweep.json; i + 2 < argc; i += 2)
		if (!strcmp(argv[i], "--scenario"))
			glob = argv[i + 1];
		else if (!strcmp(argv[i], "--set"))
			sweep.knobs = argv[i + 1];
		else if (!strcmp(argv[i], "--every"))
			sweep.every = strtoull(argv[i + 1], NULL, 10);
		else
			return usage();
	if (i != argc - 1 || !sweep.every)
		return usage();
	sweep.root = argv[i];
	names_scenarios(&sweep.scenarios, sweep.root, &glob, glob ? 1 : 0);
	names_worlds(&sweep.worlds, sweep.root, NULL, 0);
	sweep_all(&sweep);
	if (!sweep.json)
		print_totals(&sweep);
	names_free(&sweep.scenarios);
	names_free(&sweep.worlds);
	nothing = !sweep.runs[KIND_SIM] && !sweep.runs[KIND_HOST];
	return sweep.findings || nothing ? STATUS_FAILED : STATUS_DONE;
}
