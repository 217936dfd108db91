/* SPDX-License-Identifier: MIT */
/*
 * mmsim/sys/fail.h - failures on purpose. Less stable than the rest.
 */
#ifndef MMSIM_SYS_FAIL_H
#define MMSIM_SYS_FAIL_H

#include <mmsim/base.h>
#include <mmsim/world.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mmsim_fail_sim() - the @nth simulated page allocation from now fails, as if
 * memory were short: the kernel falls back or kills, the world stays valid.
 * @world: the world.
 * @nth: 0: off.
 */
MMSIM_API int mmsim_fail_sim(struct mmsim *world, uint64_t nth);

/**
 * mmsim_fail_host() - the @nth host allocation or commit from now fails: the
 * call changed nothing and returned -ENOMEM, or returned -ENOTRECOVERABLE and
 * the world accepts only mmsim_destroy().
 * @world: the world.
 * @nth: 0: off.
 */
MMSIM_API int mmsim_fail_host(struct mmsim *world, uint64_t nth);

/**
 * mmsim_fail_read() - the @nth read of a swap device from now that a fault on
 * anonymous memory asks for fails: SIGBUS, the page stays where it is, and the
 * next access reads again.
 * @world: the world.
 * @nth: 0: off.
 */
MMSIM_API int mmsim_fail_read(struct mmsim *world, uint64_t nth);

/**
 * mmsim_create_failing() - mmsim_create() whose @nth host allocation fails.
 * @config, @world: as for mmsim_create().
 * @nth: 0: none.
 */
MMSIM_API int mmsim_create_failing(const struct mmsim_config *config,
				   uint64_t nth, struct mmsim **world);

#ifdef __cplusplus
}
#endif
#endif
