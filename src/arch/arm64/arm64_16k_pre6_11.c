/* SPDX-License-Identifier: MIT */
#include "arch/arm64/arm64_16k_pre6_11.h"

#include "core/instance.inc"
