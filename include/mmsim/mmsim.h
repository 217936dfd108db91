/* SPDX-License-Identifier: MIT */
/*
 * mmsim/mmsim.h - the whole public interface of libmmsim.
 */
#ifndef MMSIM_MMSIM_H
#define MMSIM_MMSIM_H

#include <mmsim/access.h>
#include <mmsim/base.h>
#include <mmsim/entry.h>
#include <mmsim/event.h>
#include <mmsim/numa.h>
#include <mmsim/process.h>
#include <mmsim/rules.h>
#include <mmsim/scenario.h>
#include <mmsim/sys/fail.h>
#include <mmsim/sys/sched.h>
#include <mmsim/world.h>

#endif
