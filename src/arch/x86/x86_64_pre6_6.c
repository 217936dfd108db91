/* SPDX-License-Identifier: MIT */
#include "arch/x86/x86_64_pre6_6.h"

#include "core/instance.inc"
