/* SPDX-License-Identifier: MIT */
#include <mmsim/access.h>

#include "api/api.h"
#include "core/backend.h"
#include "core/sched.h"

static int check_access(struct mmsim_mm *mm, unsigned cpu, unsigned kind,
			const struct mmsim_fault *fault)
{
	struct mmsim *w = mm->world;

	if (cpu >= w->cpus)
		return world_fail(w, -EINVAL, "access: CPU %u of %u", cpu,
				  w->cpus);
	if (kind > MMSIM_EXEC)
		return world_fail(w, -EINVAL, "access: kind %u", kind);
	if (fault && fault->size < sizeof(*fault))
		return world_fail(w, -EINVAL, "access: fault.size is wrong");
	return 0;
}

static void report_fault(const struct access *a, struct mmsim_fault *fault)
{
	if (!fault)
		return;
	fault->kind = (enum mmsim_fault_kind)a->fault_kind;
	fault->addr = a->addr;
	fault->minor = a->minor;
	fault->major = a->major;
}

/* An address that wraps is outside the user's space in any world. */
static bool wraps(uint64_t addr, uint64_t len)
{
	return len && addr + len - 1 < addr;
}

int mmsim_access(struct mmsim_mm *mm, unsigned cpu, uint64_t addr, size_t len,
		 enum mmsim_access kind, void *buf, struct mmsim_fault *fault)
{
	struct access a = {
		.kind = kind, .addr = addr, .len = len, .buf = buf
	};
	int rc;

	if (!mm)
		return -EINVAL;
	sched_run_on(mm->world, cpu);
	rc = api_enter(mm->world);
	if (!rc)
		rc = check_access(mm, cpu, kind, fault);
	if (rc)
		return rc;
	if (wraps(addr, len))
		return world_fail(mm->world, -EINVAL,
				  "access: the range wraps");
	mm->world->obs.cpu = cpu;
	rc = mm->world->be->access(mm, &a);
	report_fault(&a, fault);
	return api_leave(mm->world, rc, "access");
}

/* One reference; what it took is added to *sum. */
static int access_ref(struct mmsim_mm *mm, const struct mmsim_ref *ref,
		      struct access *sum)
{
	int rc;

	if (ref->kind > MMSIM_EXEC || wraps(ref->addr, ref->len))
		return -EINVAL;
	sum->kind = ref->kind;
	sum->addr = ref->addr;
	sum->len = ref->len;
	rc = mm->world->be->access(mm, sum);
	return rc;
}

int mmsim_access_many(struct mmsim_mm *mm, unsigned cpu,
		      const struct mmsim_ref *refs, size_t n, size_t *done,
		      struct mmsim_fault *fault)
{
	struct access sum = { 0 };
	size_t i;
	int rc;

	if (!mm || (!refs && n))
		return -EINVAL;
	sched_run_on(mm->world, cpu);
	rc = api_enter(mm->world);
	if (!rc)
		rc = check_access(mm, cpu, MMSIM_READ, fault);
	if (rc)
		return rc;
	mm->world->obs.cpu = cpu;
	for (i = 0; i < n; i++) {
		rc = access_ref(mm, &refs[i], &sum);
		if (rc || sum.fault_kind)
			break;
	}
	if (done)
		*done = i;
	report_fault(&sum, fault);
	return api_leave(mm->world, rc, "access_many");
}
