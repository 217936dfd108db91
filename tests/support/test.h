/* SPDX-License-Identifier: MIT */
/*
 * cmocka with what its header needs before it, and how a test program ends.
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Exit status of a program that could not test here; ctest shows a skip. */
#define TEST_SKIPPED 77

#endif
