/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is LLVMFuzzerTestOneInput(): with
 * clang it is linked with libFuzzer, with any compiler with files.c, which
 * runs the files of a corpus.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <mmsim/mmsim.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * fuzz_world() - a small world; which one, a byte chooses.
 *
 * Never NULL: a world that cannot be made is a finding.
 */
struct mmsim *fuzz_world(uint8_t choice);

/** fuzz_options() - the options of the world that a byte chooses. */
const char *fuzz_options(uint8_t choice);

/**
 * fuzz_check() - all invariants.
 *
 * A broken one is printed, with @where, and ends the program.
 */
void fuzz_check(struct mmsim *world, const char *where);

/** fuzz_finding() - say what is wrong and end the program. */
__attribute__((noreturn)) void fuzz_finding(const char *where,
					    const char *what);

#endif
