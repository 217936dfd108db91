/* SPDX-License-Identifier: MIT */
#include "arch/fake/fake.h"

#include "core/instance.inc"
