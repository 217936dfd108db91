/* SPDX-License-Identifier: MIT */
#include "arch/powerpc/ppc64_hash_4k.h"

#include "core/instance.inc"
