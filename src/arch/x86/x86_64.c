/* SPDX-License-Identifier: MIT */
#include "arch/x86/x86_64.h"

#include "core/instance.inc"
