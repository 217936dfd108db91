/* SPDX-License-Identifier: MIT */
#include "arch/powerpc/ppc64_radix_4k_pre6_7.h"

#include "core/instance.inc"
