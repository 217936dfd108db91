/* SPDX-License-Identifier: MIT */
#include "api/api.h"

#include <mmsim/sys/fail.h>
#include <mmsim/world.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/backend.h"
#include "core/config.h"
#include "core/sched.h"
#include "ksm/ksm.h"
#include "mm/file.h"
#include "mm/lru.h"
#include "mm/mm.h"
#include "mm/pin.h"
#include "mm/poison.h"
#include "mm/reclaim.h"
#include "mm/swap.h"
#include "observe/check.h"
#include "swap/swap.h"
#include "tlb/context.h"
#include "vma/vma_ops.h"

int world_fail(struct mmsim *w, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(w->last_error, sizeof(w->last_error), fmt, ap);
	va_end(ap);
	return rc;
}

static const char *why_broken(const struct mmsim *w)
{
	if (w->sched.stuck)
		return "a CPU waited for a lock that never came free";
	return "host memory ran out in the middle of a change";
}

int api_enter(struct mmsim *w)
{
	if (w->obs.alert.busy)
		return world_fail(w, -EBUSY,
				  "a callback must not change its world");
	if (w->obs.alert.broken)
		return world_fail(w, -ENOTRECOVERABLE,
				  "the world is broken: %s", why_broken(w));
	if (unlikely(w->sched.suspended & BIT_U64(w->obs.cpu)))
		return world_fail(w, -EBUSY,
				  "CPU %u is in the middle of a call",
				  w->obs.cpu);
	w->sched.mm[w->obs.cpu] = NULL;
	world_may_change(w);
	w->host.failed = false;
	w->unsupported = NULL;
	observe_begin(&w->obs);
	return 0;
}

int api_enter_mm(struct mmsim_mm *mm)
{
	int rc = mm ? api_enter(mm->world) : -EINVAL;

	if (!rc)
		tlb_switch(mm);
	return rc;
}

static int leave_other(struct mmsim *w, int rc, const char *what)
{
	if (!rc)
		return 0;
	if (rc == -EOPNOTSUPP)
		return world_fail(w, rc, "%s: %s is not supported yet", what,
				  w->unsupported ? w->unsupported : "this");
	return world_fail(w, rc, "%s: %s", what, mmsim_errname(rc));
}

int api_leave(struct mmsim *w, int rc, const char *what)
{
	if (likely(!w->host.failed && !w->sched.stuck)) {
		if (unlikely(w->knobs[KNOB_DEBUG_CHECK]))
			watch_op(w, what);
		return leave_other(w, rc, what);
	}
	w->obs.alert.broken = true;
	return world_fail(w, -ENOTRECOVERABLE, "%s: %s", what, why_broken(w));
}

int api_leave_unchanged(struct mmsim *w, int rc, const char *what)
{
	if (likely(!w->host.failed || w->sched.stuck))
		return api_leave(w, rc, what);
	w->host.failed = false;
	return world_fail(w, -ENOMEM, "%s: no host memory", what);
}

int api_check_struct(const void *s, size_t size, size_t first, size_t ours)
{
	const unsigned char *bytes = s;
	size_t i;

	if (size < first)
		return -EINVAL;
	for (i = ours; i < size; i++)
		if (bytes[i])
			return -E2BIG;
	return 0;
}

void api_copy_out(void *dst, size_t dst_size, const void *src, size_t src_size)
{
	memcpy((char *)dst + sizeof(size_t), (const char *)src + sizeof(size_t),
	       min_u64(dst_size, src_size) - sizeof(size_t));
}

/* ---- creating and destroying ---- */

static void world_protections(struct mmsim *w)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(w->page_prot); i++)
		w->page_prot[i] = w->be->protection(i, &w->rules);
}

static int world_memory(struct mmsim *w, const struct world_spec *spec)
{
	struct page *zero;
	int rc;

	rc = phys_init(&w->phys, &w->host, w->be->page_shift,
		       w->be->hpage_shift - w->be->page_shift, spec->nodes,
		       spec->node_memory);
	if (rc)
		return rc;
	w->zero_pfn = phys_alloc(&w->phys, 0, 0);
	if (w->zero_pfn == PFN_NONE)
		return -ENOMEM;
	zero = pfn_to_page(&w->phys, w->zero_pfn);
	page_set(zero, PG_zero | PG_reserved);
	reclaim_set_watermarks(w);
	return 0;
}

/* CPUs are spread over the nodes in order. */
static void world_cpus(struct mmsim *w, const struct world_spec *spec)
{
	unsigned cpu;

	w->cpus = spec->cpus;
	for (cpu = 0; cpu < w->cpus; cpu++)
		w->cpu_node[cpu] = (u8)(cpu * spec->nodes / w->cpus);
}

static int world_init(struct mmsim *w, const struct world_spec *spec)
{
	int rc;

	w->arch = spec->arch;
	w->mmu = spec->mmu;
	w->kernel = spec->kernel;
	world_cpus(w, spec);
	w->features = spec->features;
	folio_batch_init(w);
	w->be = spec->be;
	w->access_rest = api_access_rest;
	linear_init(w);
	memcpy(w->knobs, spec->knobs, sizeof(w->knobs));
	world_knobs_changed(w);
	w->host.chunks = w->knobs[KNOB_HOST_MEMORY] == HOST_MEMORY_CHUNKS;
	w->own = spec->own;
	w->own_rules_user = spec->own_rules_user;
	LIST_INIT(&w->mms);
	LIST_INIT(&w->files);
	w->be->rules_init(&w->rules, &w->features, w->kernel);
	world_protections(w);
	w->tlb.geometry = spec->tlb;
	w->tlb.keep = spec->tlb_keep;
	tlb_shifts(w->tlb.shift, w->be);
	rc = tlb_init(w);
	return rc ? rc : world_memory(w, spec);
}

/* The world lies in memory of its own account. */
static void world_free(struct mmsim *w)
{
	struct host host;

	swap_destroy(w);
	ksm_destroy(w);
	lru_lists_end(w);
	poison_destroy(w);
	host_free(&w->host, w->pins.pin,
		  (size_t)w->pins.max * sizeof(*w->pins.pin));
	phys_destroy(&w->phys);
	tlb_destroy(w);
	vma_pool_destroy(w);
	linear_destroy(w);
	host = w->host;
	host_free(&host, w, sizeof(*w));
}

int mmsim_create_failing(const struct mmsim_config *config, uint64_t nth,
			 struct mmsim **world)
{
	struct host host = { .fail_in = nth };
	char error[CONFIG_ERROR_LEN];
	struct world_spec spec;
	struct mmsim *w;
	int rc;

	if (!world)
		return -EINVAL;
	*world = NULL;
	rc = world_spec_from_config(&spec, config, error);
	if (rc)
		return rc;
	w = host_alloc(&host, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->host = host;
	rc = world_init(w, &spec);
	if (rc) {
		world_free(w);
		return rc;
	}
	*world = w;
	return 0;
}

int mmsim_create(const struct mmsim_config *config, struct mmsim **world)
{
	return mmsim_create_failing(config, 0, world);
}

/* Everything that the world still has, piece by piece. */
static void world_take_down(struct mmsim *w)
{
	struct mmsim_file *file, *next;
	struct mmsim_mm *mm;

	while ((mm = LIST_FIRST(&w->mms)))
		mm_exit(mm);
	lru_add_drain_all(w);
	for (file = LIST_FIRST(&w->files); file; file = next) {
		next = LIST_NEXT(file, link);
		file_put(file);
	}
}

/* Nothing of a broken world is trusted: its memory goes as a whole. */
static void world_drop(struct mmsim *w)
{
	struct host host;

	phys_destroy(&w->phys);
	host = w->host;
	host_free_all(&host);
}

void mmsim_destroy(struct mmsim *w)
{
	if (!w)
		return;
	observe_listen(&w->obs, NULL, NULL);
	observe_record(&w->obs, NULL, 0);
	w->sched.fn = NULL;
	w->host.fail_in = 0;
	w->phys.fail_in = 0;
	if (w->obs.alert.broken) {
		world_drop(w);
		return;
	}
	world_take_down(w);
	world_free(w);
}

const char *mmsim_last_error(const struct mmsim *w)
{
	return w ? w->last_error : "";
}

int mmsim_set(struct mmsim *w, const char *knob, const char *value)
{
	int rc;

	if (!w || !knob || !value)
		return -EINVAL;
	rc = api_enter(w);
	if (rc)
		return rc;
	if (!strcmp(knob, knob_table[KNOB_HOST_MEMORY].name))
		return world_fail(w, -EBUSY,
				  "%.60s: it is read when the world is created",
				  knob);
	rc = world_knob_set(w, knob, strlen(knob), value, strlen(value));
	if (!rc) {
		reclaim_set_watermarks(w);
		return 0;
	}
	return world_fail(w, rc, "%.60s: %s", knob,
			  rc == -ENOENT ? "no such knob"
			  : rc == -EOPNOTSUPP
				  ? "this value is not supported yet"
				  : "a value it does not take");
}

static int swapon(struct mmsim *w, enum mmsim_swap_kind kind, u64 bytes,
		  int prio)
{
	static const enum swap_kind kinds[] = {
		[MMSIM_SWAP_ZRAM] = SWAP_ZRAM,
		[MMSIM_SWAP_DISK] = SWAP_DISK,
		[MMSIM_SWAP_SSD] = SWAP_SSD,
	};

	if ((unsigned)kind >= ARRAY_SIZE(kinds))
		return world_fail(w, -EINVAL, "swapon: no such kind, %d",
				  (int)kind);
	return do_swapon(w, kinds[kind], bytes, prio);
}

int mmsim_swapon(struct mmsim *w, enum mmsim_swap_kind kind, uint64_t bytes,
		 int prio)
{
	int rc;

	if (!w)
		return -EINVAL;
	rc = api_enter(w);
	return rc ? rc
		  : api_leave_unchanged(w, swapon(w, kind, bytes, prio),
					"swapon");
}

int mmsim_swapoff(struct mmsim *w, int device)
{
	int rc;

	if (!w || device < 0)
		return -EINVAL;
	rc = api_enter(w);
	return rc ? rc
		  : api_leave(w, do_swapoff(w, (unsigned)device), "swapoff");
}

int mmsim_reclaim(struct mmsim *w, uint64_t pages, uint64_t *freed)
{
	u64 nr = 0;
	int rc;

	if (freed)
		*freed = 0;
	if (!w)
		return -EINVAL;
	rc = api_enter(w);
	if (rc)
		return rc;
	rc = api_leave(w, do_reclaim(w, pages, &nr), "reclaim");
	if (freed)
		*freed = nr;
	return rc;
}

int mmsim_world_info(const struct mmsim *w, struct mmsim_world_info *info)
{
	if (!w || !info ||
	    api_check_struct(info, info->size, sizeof(size_t), sizeof(*info)))
		return -EINVAL;
	const struct mmsim_world_info ours = {
		.arch = (enum mmsim_arch)w->arch,
		.mmu = (enum mmsim_mmu)w->mmu,
		.kernel = w->kernel,
		.page_size = (uint32_t)world_page_size(w),
		.pmd_size = (u64)1 << w->be->pmd_shift,
		.task_size = w->be->task_size,
		.cpus = w->cpus,
		.nodes = w->phys.nr_nodes,
		.node_memory = w->phys.node_pages << w->phys.page_shift,
		.instance = w->be->name,
	};
	api_copy_out(info, info->size, &ours, sizeof(ours));
	return 0;
}

/* ---- configurations as words ---- */

int mmsim_config_parse(struct mmsim_config *config, const char *options)
{
	char error[CONFIG_ERROR_LEN];

	if (!config || !options ||
	    config->size < offsetof(struct mmsim_config, knobs))
		return -EINVAL;
	return config_parse(config, options, error);
}

int mmsim_config_error(const struct mmsim_config *config, const char *options,
		       char *buf, size_t len)
{
	struct mmsim_config copy = MMSIM_CONFIG_INIT;
	char error[CONFIG_ERROR_LEN];
	struct world_spec spec;
	int rc;

	if (options)
		rc = config_parse(&copy, options, error);
	else
		rc = world_spec_from_config(&spec, config, error);
	if (buf && len)
		(void)snprintf(buf, len, "%s", error);
	return rc;
}

/* ---- failures on purpose ---- */

int mmsim_fail_sim(struct mmsim *w, uint64_t nth)
{
	if (!w)
		return -EINVAL;
	w->phys.fail_in = nth;
	return 0;
}

int mmsim_fail_read(struct mmsim *w, uint64_t nth)
{
	if (!w)
		return -EINVAL;
	w->fail_read_in = nth;
	return 0;
}

int mmsim_fail_host(struct mmsim *w, uint64_t nth)
{
	if (!w)
		return -EINVAL;
	w->host.fail_in = nth;
	return 0;
}
