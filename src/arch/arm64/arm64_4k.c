/* SPDX-License-Identifier: MIT */
#include "arch/arm64/arm64_4k.h"

#include "core/instance.inc"
