/* SPDX-License-Identifier: MIT */
/*
 * mmsim replay - replay a trace of a real program in one or more worlds.
 */
#include "hash.h"
#include "options.h"
#include "out.h"
#include "replay.h"
#include "svg.h"
#include "syscalls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH	       8192
#define PROGRESS_LINES (4u << 20)

struct known_path {
	char *path;
	size_t file;
	UT_hash_handle hh;
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint64_t page_up(uint64_t addr)
{
	return (addr + TRACE_PAGE - 1) & ~(uint64_t)(TRACE_PAGE - 1);
}

static uint64_t page_down(uint64_t addr)
{
	return addr & ~(uint64_t)(TRACE_PAGE - 1);
}

/* ---- references ---- */

/* The rights that an access needs, as x86-64 checks them. */
static bool rights_allow(int prot, enum mmsim_access access)
{
	if (access == MMSIM_WRITE)
		return prot & MMSIM_PROT_WRITE;
	if (access == MMSIM_EXEC)
		return prot & MMSIM_PROT_EXEC;
	/* What can be written or executed can be read there. */
	return prot != 0;
}

static int rights_needed(enum mmsim_access access)
{
	static const int needed[] = {
		[MMSIM_READ] = MMSIM_PROT_READ,
		[MMSIM_WRITE] = MMSIM_PROT_READ | MMSIM_PROT_WRITE,
		[MMSIM_EXEC] = MMSIM_PROT_READ | MMSIM_PROT_EXEC,
	};

	return needed[access];
}

enum remedy { REMEDY_OWN, REMEDY_UNITE, REMEDY_SIGNAL, REMEDY_FAIL };

/*
 * What to do about a reference that stopped. Outside any mapping known it
 * touches what was there before the trace; where the program's own mappings
 * allow it, rounding to larger pages has lost the right. Otherwise the
 * program got a signal there as well.
 */
static enum remedy remedy_choose(const struct replay *replay,
				 const struct mmsim_ref *ref,
				 const struct mmsim_fault *fault)
{
	int prot = rights_get(&replay->rights, fault->addr);

	if (fault->kind == MMSIM_FAULT_OOM)
		return REMEDY_FAIL;
	if (prot >= 0 && !rights_allow(prot, (enum mmsim_access)ref->kind))
		return REMEDY_SIGNAL;
	if (fault->kind == MMSIM_FAULT_SEGV_MAPERR)
		return REMEDY_OWN;
	if (fault->kind == MMSIM_FAULT_SEGV_ACCERR)
		return REMEDY_UNITE;
	return REMEDY_SIGNAL;
}

static int replay_fail(struct replay *replay, const struct replica *r,
		       const char *what)
{
	replay->failed = true;
	out_error("%s:%llu: %s: found %s, expected enough memory (--mem)",
		  replay->path, (unsigned long long)trace_line(replay->trace),
		  r->spec->label, what);
	return -1;
}

/* 1: try the reference again; 0: go on behind it; -1: the world failed. */
static int ref_stopped(struct replay *replay, struct replica *r,
		       const struct mmsim_ref *ref,
		       const struct mmsim_fault *fault)
{
	enum remedy remedy = remedy_choose(replay, ref, fault);
	bool stuck =
		r->stuck_addr == fault->addr && r->stuck_kind == fault->kind;
	int rc = -EINVAL;

	if (remedy == REMEDY_FAIL)
		return replay_fail(replay, r, "no free page");
	r->stuck_addr = fault->addr;
	r->stuck_kind = fault->kind;
	if (!stuck && remedy == REMEDY_OWN)
		rc = layout_own(&r->layout, fault->addr);
	else if (!stuck && remedy == REMEDY_UNITE)
		rc = layout_unite(&r->layout, fault->addr,
				  rights_needed((enum mmsim_access)ref->kind));
	if (!rc)
		return 1;
	r->signals++;
	return 0;
}

static void refs_feed(struct replay *replay, struct replica *r,
		      const struct mmsim_ref *refs, size_t nr)
{
	while (nr && !replay->failed) {
		struct mmsim_fault fault = MMSIM_FAULT_INIT;
		size_t done = 0;
		int rc = mmsim_access_many(r->layout.mm, 0, refs, nr, &done,
					   &fault);

		r->minor += fault.minor;
		r->major += fault.major;
		refs += done;
		nr -= done;
		if (done)
			r->stuck_kind = MMSIM_FAULT_NONE;
		if (rc) {
			replay_fail(replay, r, mmsim_errname(rc));
		} else if (nr && fault.kind == MMSIM_FAULT_NONE) {
			replay_fail(replay, r, "a reference left over");
		} else if (nr && !ref_stopped(replay, r, refs, &fault)) {
			r->stuck_kind = MMSIM_FAULT_NONE;
			refs++;
			nr--;
		}
	}
}

static void refs_replay(struct replay *replay, const struct mmsim_ref *refs,
			size_t nr)
{
	for (size_t i = 0; i < replay->nr && nr; i++) {
		double from = seconds_now();

		refs_feed(replay, &replay->replicas[i], refs, nr);
		replay->replicas[i].seconds += seconds_now() - from;
	}
	replay->refs += nr;
}

/* ---- files ---- */

static void fd_set_file(struct replay *replay, uint64_t fd, size_t file)
{
	if (fd < MOST_FDS)
		replay->fds[fd] = file;
}

/* The file that a path names, the same each time. */
static size_t path_file(struct replay *replay, const char *path)
{
	struct known_path *known;

	HASH_FIND_STR(replay->paths, path, known);
	if (known)
		return known->file;
	known = xcalloc(1, sizeof(*known));
	known->path = xstrdup(path);
	known->file = ++replay->nr_files;
	HASH_ADD_KEYPTR(hh, replay->paths, known->path, strlen(known->path),
			known);
	return known->file;
}

static size_t fd_file(struct replay *replay, uint64_t fd)
{
	size_t file = fd < MOST_FDS ? replay->fds[fd] : 0;

	if (file)
		return file;
	file = ++replay->nr_files;
	fd_set_file(replay, fd, file);
	return file;
}

static void call_files(struct replay *replay, const struct trace_call *call)
{
	size_t old = call->args_nr && call->args[0] < MOST_FDS
			     ? replay->fds[call->args[0]]
			     : 0;

	switch (call->nr) {
	case SYS_OPEN:
	case SYS_CREAT:
	case SYS_OPENAT:
	case SYS_OPENAT2:
		fd_set_file(replay, call->result,
			    *call->path ? path_file(replay, call->path) : 0);
		break;
	case SYS_MEMFD_CREATE:
		fd_set_file(replay, call->result, 0);
		break;
	case SYS_CLOSE:
		fd_set_file(replay, call->args[0], 0);
		break;
	case SYS_DUP:
	case SYS_DUP2:
	case SYS_DUP3:
		fd_set_file(replay, call->result, old);
		break;
	default:
		break;
	}
}

/* ---- mappings ---- */

/* A change of the address space, worked out once for all worlds. */
struct change {
	enum {
		CHANGE_NONE,
		CHANGE_MAP,
		CHANGE_UNMAP,
		CHANGE_PROTECT,
		CHANGE_ADVISE,
		CHANGE_LOCK,
		CHANGE_MOVE
	} what;
	uint64_t start, end;
	int arg; /* rights, advice, on */
	int flags;
	size_t file;
	uint64_t offset;
	uint64_t to, new_len; /* of a move */
};

static void change_mmap(struct replay *replay, const struct trace_call *call,
			struct change *c)
{
	uint64_t fd = call->args[4];

	c->what = CHANGE_MAP;
	c->start = page_down(call->result);
	c->end = page_up(call->result + call->args[1]);
	c->arg = (int)(call->args[2] & 7);
	c->flags = (int)(call->args[3] & INT32_MAX);
	c->offset = call->args[5];
	c->file = ANONYMOUS;
	/* -1 is printed as 32 or as 64 bits. */
	if (!(c->flags & MMSIM_MAP_ANONYMOUS) && (uint32_t)fd != UINT32_MAX)
		c->file = fd_file(replay, fd);
	rights_set(&replay->rights, c->start, c->end, c->arg);
}

static void change_range(const struct trace_call *call, struct change *c)
{
	c->start = page_down(call->args[0]);
	c->end = page_up(call->args[0] + call->args[1]);
	c->arg = (int)(call->args[2] & INT32_MAX);
}

/* The heap is an anonymous mapping whose end brk moves. */
static void change_brk(struct replay *replay, const struct trace_call *call,
		       struct change *c)
{
	uint64_t was = replay->brk, now = call->result;

	replay->brk = now;
	if (!was || page_up(now) == page_up(was))
		return;
	c->what = now > was ? CHANGE_MAP : CHANGE_UNMAP;
	c->start = page_up(now > was ? was : now);
	c->end = page_up(now > was ? now : was);
	c->arg = MMSIM_PROT_READ | MMSIM_PROT_WRITE;
	c->flags = MMSIM_MAP_PRIVATE;
	rights_set(&replay->rights, c->start, c->end, now > was ? c->arg : -1);
}

static void change_mremap(struct replay *replay, const struct trace_call *call,
			  struct change *c)
{
	int prot = rights_get(&replay->rights, call->args[0]);

	c->what = CHANGE_MOVE;
	c->start = page_down(call->args[0]);
	c->end = page_up(call->args[0] + call->args[1]);
	c->new_len = page_up(call->args[2]);
	c->flags = (int)(call->args[3] & INT32_MAX);
	c->to = call->result;
	if (!(c->flags & MMSIM_MREMAP_DONTUNMAP))
		rights_set(&replay->rights, c->start, c->end, -1);
	rights_set(&replay->rights, c->to, c->to + c->new_len, prot);
}

static struct change call_change(struct replay *replay,
				 const struct trace_call *call)
{
	struct change c = { .what = CHANGE_NONE };

	if (call->nr == SYS_BRK && call->args_nr >= 1) {
		change_brk(replay, call, &c);
	} else if (call->nr == SYS_MMAP && call->args_nr >= 6) {
		change_mmap(replay, call, &c);
	} else if (call->nr == SYS_MREMAP && call->args_nr >= 4) {
		change_mremap(replay, call, &c);
	} else if (call->nr == SYS_MUNMAP && call->args_nr >= 2) {
		change_range(call, &c);
		c.what = CHANGE_UNMAP;
		rights_set(&replay->rights, c.start, c.end, -1);
	} else if ((call->nr == SYS_MPROTECT ||
		    call->nr == SYS_PKEY_MPROTECT) &&
		   call->args_nr >= 3) {
		change_range(call, &c);
		c.what = CHANGE_PROTECT;
		rights_set(&replay->rights, c.start, c.end, c.arg & 7);
	} else if (call->nr == SYS_MADVISE && call->args_nr >= 3) {
		change_range(call, &c);
		c.what = CHANGE_ADVISE;
	} else if ((call->nr == SYS_MLOCK || call->nr == SYS_MUNLOCK) &&
		   call->args_nr >= 2) {
		change_range(call, &c);
		c.what = CHANGE_LOCK;
		c.arg = call->nr == SYS_MLOCK;
	}
	return c;
}

static int change_apply(struct layout *l, const struct change *c)
{
	switch (c->what) {
	case CHANGE_MAP:
		return layout_map(l, c->start, c->end, c->arg, c->flags,
				  c->file, c->offset);
	case CHANGE_UNMAP:
		return layout_unmap(l, c->start, c->end);
	case CHANGE_PROTECT:
		return layout_protect(l, c->start, c->end, c->arg);
	case CHANGE_ADVISE:
		return layout_advise(l, c->start, c->end, c->arg);
	case CHANGE_LOCK:
		return layout_lock(l, c->start, c->end, c->arg);
	case CHANGE_MOVE:
		return layout_move(l, c->start, c->end - c->start, c->new_len,
				   c->to, c->flags);
	default:
		return 0;
	}
}

static void change_replay(struct replay *replay, const struct change *c)
{
	if (c->what == CHANGE_NONE ||
	    (c->what != CHANGE_MOVE && c->start >= c->end))
		return;
	for (size_t i = 0; i < replay->nr; i++) {
		struct replica *r = &replay->replicas[i];
		double from = seconds_now();

		r->skipped += change_apply(&r->layout, c) != 0;
		r->seconds += seconds_now() - from;
	}
}

static void call_replay(struct replay *replay, const struct trace_call *call)
{
	struct buffer buffers[MOST_BUFFERS];
	uint64_t refs = replay->refs;
	struct change change;
	size_t nr;

	replay->calls++;
	/* A call that failed has changed nothing. */
	if (!call->success)
		return;
	change = call_change(replay, call);
	change_replay(replay, &change);
	call_files(replay, call);
	nr = syscall_buffers(call, buffers);
	for (size_t i = 0; i < nr; i++) {
		struct mmsim_ref ref = { .addr = buffers[i].addr,
					 .len = (uint32_t)buffers[i].len,
					 .kind = MMSIM_WRITE };

		refs_replay(replay, &ref, 1);
	}
	/* The kernel's writes are no references of the program. */
	replay->refs = refs;
}

/* ---- the whole ---- */

static int replay_trace(struct replay *replay)
{
	struct mmsim_ref *refs = xcalloc(BATCH, sizeof(*refs));
	struct trace_call call;
	enum trace_next next;
	uint64_t shown = 0;

	samples_take(replay, true);
	do {
		size_t nr;

		next = trace_next(replay->trace, refs,
				  samples_room(replay, BATCH), &nr, &call);
		refs_replay(replay, refs, nr);
		if (next == TRACE_CALL && !replay->failed)
			call_replay(replay, &call);
		samples_take(replay, false);
		if (trace_line(replay->trace) - shown >= PROGRESS_LINES) {
			shown = trace_line(replay->trace);
			out_progress("%llu lines", (unsigned long long)shown);
		}
	} while (next != TRACE_END && next != TRACE_BAD && !replay->failed);
	free(refs);
	samples_take(replay, true);
	if (next == TRACE_BAD)
		return out_error("%s:%s", replay->path,
				 trace_error(replay->trace));
	return replay->failed ? STATUS_USAGE : STATUS_DONE;
}

static int replicas_open(struct replay *replay, const struct world_list *list)
{
	replay->replicas = xcalloc(list->nr, sizeof(*replay->replicas));
	for (size_t i = 0; i < list->nr; i++) {
		struct replica *r = &replay->replicas[i];
		struct mmsim *world;
		int rc;

		r->spec = &list->v[i];
		world = world_make(&r->spec->config, r->spec->label);
		if (!world)
			return STATUS_USAGE;
		replay->nr++;
		rc = layout_open(&r->layout, world);
		if (rc)
			return out_error("%s: found %s, expected a process",
					 r->spec->label, mmsim_errname(rc));
	}
	return STATUS_DONE;
}

static void replay_close(struct replay *replay)
{
	struct known_path *known, *next;

	for (size_t i = 0; i < replay->nr; i++)
		layout_close(&replay->replicas[i].layout);
	HASH_ITER(hh, replay->paths, known, next) {
		HASH_DEL(replay->paths, known);
		free(known->path);
		free(known);
	}
	rights_free(&replay->rights);
	trace_close(replay->trace);
	samples_close(replay);
	free(replay->replicas);
	free(replay);
}

/* What was read of a damaged trace is shown as well. */
static int replay_show(const struct replay *replay, const struct options *o,
		       int status)
{
	int plotted = 0;

	if (!replay->refs && !replay->calls)
		return status ? status
			      : out_error("%s: found no references, expected "
					  "a trace with some",
					  replay->path);
	if (o->csv)
		samples_csv(replay);
	else
		replay_report(replay, o->json);
	if (o->output)
		plotted = samples_plot(replay, o->output);
	return status ? status : plotted;
}

static int options_judge(const struct options *o)
{
	if (o->format && !trace_format_known(o->format))
		return out_error("--format: found %s, expected lackey, strace, "
				 "perf, champsim or drmemtrace",
				 o->format);
	if (o->csv && o->json)
		return out_error("found --csv and --json, expected one");
	/* Not only after minutes of replaying. */
	return o->output ? svg_possible(o->output) : STATUS_DONE;
}

int cmd_replay(struct options *o)
{
	struct replay *replay;
	int status = options_judge(o);

	if (!status)
		status = world_list_build(&o->list);
	if (status)
		return status;
	replay = xcalloc(1, sizeof(*replay));
	replay->path = o->operands.v[0];
	replay->trace = trace_open(replay->path, o->format);
	status = replicas_open(replay, &o->list);
	if (!status && (o->csv || o->output))
		samples_open(replay);
	if (!status)
		status = replay_show(replay, o, replay_trace(replay));
	replay_close(replay);
	return status;
}
