/* SPDX-License-Identifier: MIT */
#include "arch/powerpc/ppc64_radix_64k.h"

#include "core/instance.inc"
