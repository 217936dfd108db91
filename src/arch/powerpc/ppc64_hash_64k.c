/* SPDX-License-Identifier: MIT */
#include "arch/powerpc/ppc64_hash_64k.h"

#include "core/instance.inc"
