/* SPDX-License-Identifier: MIT */
#include "scenario/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "mm/file.h"
#include "mm/mm.h"
#include "observe/check.h"
#include "tlb/context.h"

int array_room(struct host *host, void **array, size_t size, unsigned nr,
	       unsigned *max)
{
	unsigned more = *max ? 2 * *max : 8;
	void *grown;

	if (nr < *max)
		return 0;
	grown = host_realloc(host, *array, *max * size, more * size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*max = more;
	return 0;
}

struct process *find_process(struct mmsim_scenario *s, struct word name)
{
	unsigned i;

	for (i = 0; i < s->nr_procs; i++)
		if (s->procs[i].mm && word_is(name, s->procs[i].name))
			return &s->procs[i];
	return NULL;
}

int add_process(struct mmsim_scenario *s, struct word name,
		struct process **out)
{
	struct process *p;

	if (array_room(&s->w->host, (void **)&s->procs, sizeof(*s->procs),
		       s->nr_procs, &s->max_procs))
		return -ENOMEM;
	p = &s->procs[s->nr_procs++];
	memset(p, 0, sizeof(*p));
	memcpy(p->name, name.s, name.len);
	*out = p;
	return 0;
}

/* ---- one line of output ---- */

void begin_line(struct mmsim_scenario *s)
{
	struct json *j = &s->json;

	json_begin(j);
	json_open(j, '{');
	json_key_int(j, "n", s->line.n);
	json_key_string(j, "who", s->proc->name);
	json_key(j, "op");
	json_string(j, s->line.text.s, s->line.text.len);
}

/* At least two nodes, as the recordings have them. */
static void put_nodes(struct mmsim_scenario *s)
{
	unsigned i, nr = s->w->phys.nr_nodes;
	char key[16];

	for (i = 0; i < (nr < 2 ? 2 : nr); i++) {
		(void)snprintf(key, sizeof(key), "n%u", i);
		json_key_int(&s->json, key, (s64)s->last.nodes[i]);
	}
	json_key_int(&s->json, "absent", (s64)s->last.absent);
}

void put_result(struct mmsim_scenario *s)
{
	const struct result *r = &s->last;
	struct json *j = &s->json;

	json_key_int(j, "ret", r->ret < 0 ? -1 : r->ret);
	if (r->ret < 0)
		json_key_string(j, "err", mmsim_errname(r->ret));
	if (r->min)
		json_key_int(j, "min", (s64)r->min);
	if (r->maj)
		json_key_int(j, "maj", (s64)r->maj);
	if (r->sig)
		json_key_string(j, "sig", r->sig);
	if (r->has_done)
		json_key_int(j, "done", (s64)r->done);
	if (r->has_hash)
		json_key_int(j, "hash", r->hash);
	if (r->has_nodes)
		put_nodes(s);
	if (r->has_st0)
		json_key_int(j, "st0", r->st0);
	if (r->uffd)
		json_key_int(j, "uffd", (s64)r->uffd);
}

static int end_line(struct mmsim_scenario *s)
{
	put_calls(s);
	json_close(&s->json, '}');
	if (s->json.failed)
		return -ENOMEM;
	if (s->fn)
		s->fn(s->json.buf, s->user);
	return 0;
}

/* ---- running ---- */

/* Operations that write their own members after the result. */
static bool is_quiet(const struct mmsim_scenario *s)
{
	return word_is(s->line.words[0], "expect");
}

static int run_op(struct mmsim_scenario *s)
{
	const u64 *events = s->w->obs.events;
	u64 faults = events[EV_fault_minor], major = events[EV_fault_major];
	u64 uffd = events[EV_handle_userfault];
	int rc;

	s->w->obs.cpu = s->proc->cpu;
	if (!is_quiet(s))
		memset(&s->last, 0, sizeof(s->last));
	/* The recorded machine forgets its TLBs between operations, and has
	 * a translation for each page of a contiguous block. */
	s->w->tlb.contiguous = s->w->tlb.keep;
	if (!s->w->tlb.keep)
		tlb_empty(s->w);
	tlb_switch(s->proc->mm);
	calls_begin(s);
	rc = find_op(s->line.words[0])->run(s);
	if (rc)
		return rc;
	/* Simulated errors are results; these two are not. */
	if (s->w->host.failed || s->last.ret == -EOPNOTSUPP)
		return s->last.ret ? s->last.ret : -ENOMEM;
	if (!is_quiet(s)) {
		s->last.maj = events[EV_fault_major] - major;
		s->last.min = events[EV_fault_minor] - faults - s->last.maj;
		s->last.uffd = events[EV_handle_userfault] - uffd;
	}
	return 0;
}

/* Those that begin the line themselves and add to it. */
static bool has_own_line(const struct mmsim_scenario *s)
{
	static const char *const own[] = { "dump", "maps", "status", "vmstat",
					   "mstat" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own); i++)
		if (word_is(s->line.words[0], own[i]))
			return true;
	return false;
}

static int unsupported_line(struct mmsim_scenario *s)
{
	if (s->w->unsupported)
		return world_fail(s->w, -EOPNOTSUPP,
				  "line %u: %s is not supported yet", s->line.n,
				  s->w->unsupported);
	return -EOPNOTSUPP;
}

static int run_line(struct mmsim_scenario *s)
{
	static const struct word first = { "P", 1 };
	int rc;

	s->proc = find_process(s, s->line.who.len ? s->line.who : first);
	if (!s->proc)
		return bad_word(s, s->line.who, "a living process");
	rc = run_op(s);
	if (rc == -EOPNOTSUPP)
		return unsupported_line(s);
	if (rc)
		return rc;
	if (is_quiet(s))
		return 0;
	if (!has_own_line(s)) {
		begin_line(s);
		put_result(s);
	}
	return end_line(s);
}

int mmsim_scenario_step(struct mmsim_scenario *s)
{
	int rc;

	if (!s)
		return -EINVAL;
	rc = api_enter(s->w);
	if (rc)
		return rc;
	if (!next_line(s, &s->line)) {
		if (!s->expect_failed)
			return 0;
		s->expect_failed = false;
		return -EPROTO;
	}
	s->w->line = s->line.n;
	rc = run_line(s);
	if (!rc && unlikely(s->w->knobs[KNOB_DEBUG_CHECK]))
		watch_op(s->w, "scenario");
	s->w->line = 0;
	if (!rc)
		return (int)s->line.n;
	/* The line is named already. */
	return s->w->host.failed ? api_leave(s->w, rc, "scenario") : rc;
}

static void free_process(struct mmsim_scenario *s, struct process *p)
{
	if (p->mm)
		mm_exit(p->mm);
	host_free(&s->w->host, p->names, p->max_names * sizeof(*p->names));
}

/* Names refer to files; the scenario holds the reference. */
static void free_files(struct mmsim_scenario *s)
{
	unsigned i;

	for (i = 0; i < s->nr_files; i++)
		file_put(s->files[i]);
	host_free(&s->w->host, s->files, s->max_files * sizeof(*s->files));
}

void mmsim_scenario_close(struct mmsim_scenario *s)
{
	struct mmsim *w;
	unsigned i;

	/* Of a broken world nothing is touched; the memory goes with it. */
	if (!s || s->w->obs.alert.broken)
		return;
	w = s->w;
	for (i = 0; i < s->nr_procs; i++)
		free_process(s, &s->procs[i]);
	free_files(s);
	host_free(&w->host, s->procs, s->max_procs * sizeof(*s->procs));
	host_free(&w->host, s->seen, s->max_seen * sizeof(*s->seen));
	host_free(&w->host, s->text, s->len + 1);
	json_free(&s->json);
	host_free(&w->host, s, sizeof(*s));
}

static int first_process(struct mmsim_scenario *s)
{
	static const struct word name = { "P", 1 };
	struct process *p;
	int rc;

	rc = add_process(s, name, &p);
	return rc ? rc : mm_create(s->w, &p->mm);
}

static int open_scenario(struct mmsim_scenario *s, const char *text, size_t len)
{
	int rc;

	s->json.host = &s->w->host;
	s->swap_prio = -1;
	s->len = len;
	s->text = host_alloc(&s->w->host, len + 1);
	if (!s->text)
		return -ENOMEM;
	if (len)
		memcpy(s->text, text, len);
	rc = check_text(s);
	return rc ? rc : first_process(s);
}

int mmsim_scenario_open(struct mmsim *w, const char *text, size_t len,
			mmsim_report_fn json_line, void *user,
			struct mmsim_scenario **out)
{
	struct mmsim_scenario *s;
	int rc;

	if (!w || !out || (!text && len))
		return -EINVAL;
	*out = NULL;
	rc = api_enter(w);
	if (rc)
		return rc;
	s = host_alloc(&w->host, sizeof(*s));
	if (!s)
		return api_leave_unchanged(w, -ENOMEM, "scenario");
	s->w = w;
	s->fn = json_line;
	s->user = user;
	rc = open_scenario(s, text, len);
	if (rc) {
		mmsim_scenario_close(s);
		/* The line that is wrong is named already. */
		return w->host.failed ? api_leave_unchanged(w, rc, "scenario")
				      : rc;
	}
	*out = s;
	return 0;
}

int mmsim_scenario_find(struct mmsim_scenario *s, const char *who,
			const char *name, struct mmsim_mm **mm, uint64_t *addr,
			uint64_t *len)
{
	struct process *p;
	unsigned i;

	if (!s || !who || !name)
		return -EINVAL;
	p = find_process(s, (struct word){ who, strlen(who) });
	for (i = 0; p && i < p->nr_names; i++) {
		if (p->names[i].file || strcmp(p->names[i].name, name))
			continue;
		if (mm)
			*mm = p->mm;
		if (addr)
			*addr = p->names[i].base;
		if (len)
			*len = p->names[i].len;
		return 0;
	}
	return -ENOENT;
}

int mmsim_run_scenario(struct mmsim *w, const char *text, size_t len,
		       mmsim_report_fn json_line, void *user)
{
	struct mmsim_scenario *s;
	int rc;

	rc = mmsim_scenario_open(w, text, len, json_line, user, &s);
	if (rc)
		return rc;
	do
		rc = mmsim_scenario_step(s);
	while (rc > 0);
	mmsim_scenario_close(s);
	return rc;
}
