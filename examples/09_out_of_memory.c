/* SPDX-License-Identifier: MIT */
/*
 * 09 - no memory left.
 *
 * Two kinds of shortage are never mixed. If the simulated machine has no free
 * page, the simulated kernel does what a kernel does then, and the world goes
 * on. If the host that runs the simulation has no memory, that is no part of
 * the model: the call either changed nothing, or the world is lost.
 */
#include "example.h"

#include <mmsim/sys/fail.h>

static int nr_broken(struct mmsim *world)
{
	int broken = mmsim_check(world, NULL, NULL);

	must(broken, "check");
	return broken;
}

/* The next simulated allocation fails: twice something must have room. */
static void simulated(void)
{
	struct mmsim *world = make_world("--kernel 7.2");
	struct mmsim_mm *mm, *child;
	struct mmsim_fault fault;
	uint64_t addr;
	int rc;

	must(mmsim_mm_create(world, &mm), "mm_create");
	addr = map_anon(mm, 2 * PAGE);
	touch(mm, addr, MMSIM_WRITE, NULL);

	must(mmsim_fail_sim(world, 1), "fail_sim");
	fault = touch(mm, addr + PAGE, MMSIM_WRITE, NULL);
	printf("write: %s\n", fault.kind == MMSIM_FAULT_OOM
				      ? "out of memory, a kernel would kill"
				      : "done");
	fault = touch(mm, addr + PAGE, MMSIM_WRITE, NULL);
	printf("write again: %s\n", fault.kind ? "failed" : "done");

	must(mmsim_fail_sim(world, 1), "fail_sim");
	rc = mmsim_fork(mm, &child);
	printf("fork: %s\n", mmsim_errname(rc));
	must(mmsim_fork(mm, &child), "fork");
	printf("fork again: 0, invariants broken: %d\n", nr_broken(world));
	mmsim_destroy(world);
}

/* The next host allocation fails. */
static void host(void)
{
	struct mmsim *world = make_world("--kernel 7.2");
	struct mmsim_mm *mm;
	int rc;

	must(mmsim_fail_host(world, 1), "fail_host");
	rc = mmsim_mm_create(world, &mm);
	printf("mm_create: %s (%s)\n", mmsim_errname(rc),
	       mmsim_last_error(world));
	must(mmsim_mm_create(world, &mm), "mm_create");
	printf("mm_create again: 0, invariants broken: %d\n", nr_broken(world));
	mmsim_destroy(world);
}

int main(void)
{
	simulated();
	host();
	return 0;
}
