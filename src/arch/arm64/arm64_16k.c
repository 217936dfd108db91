/* SPDX-License-Identifier: MIT */
#include "arch/arm64/arm64_16k.h"

#include "core/instance.inc"
