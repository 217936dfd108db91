/* SPDX-License-Identifier: MIT */
#include "arch/arm64/arm64_64k.h"

#include "core/instance.inc"
