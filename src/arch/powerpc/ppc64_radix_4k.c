/* SPDX-License-Identifier: MIT */
#include "arch/powerpc/ppc64_radix_4k.h"

#include "core/instance.inc"
