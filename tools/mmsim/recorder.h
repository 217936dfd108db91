/* SPDX-License-Identifier: MIT */
/*
 * The recorder, a program of its own (tools/record), as the command uses it.
 */
#ifndef TOOLS_RECORDER_H
#define TOOLS_RECORDER_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct recorder;

/**
 * recorder_open() - start the recorder.
 * @path: its program; NULL: mmsim-record beside the command, or where it is
 *	installed.
 * @system: whether scenarios may change settings of the machine.
 *
 * Return: NULL after one line on standard error.
 */
struct recorder *recorder_open(const char *path, bool system);

enum recorded { RECORDED_DONE, RECORDED_SKIPPED, RECORDED_FAILED };

/**
 * recorder_run() - run a scenario on this kernel.
 * @lines: receives the text of the recording; valid until the next call.
 * @why: receives why it was skipped or failed.
 */
enum recorded recorder_run(struct recorder *r, const char *text, size_t len,
			   const char **lines, const char **why);

/** recorder_program() - where the recorder lies; NULL after one line. */
char *recorder_program(const char *path);

/** recorder_info() - this kernel as the text of an info.json; free() it. */
char *recorder_info(const char *path, const char *world);

/** recorder_gaps() - what cannot be recorded here, on standard error. */
void recorder_gaps(const char *path);

void recorder_close(struct recorder *r);

/** lines_parse() - the text of a recording as an array of objects. */
json_t *lines_parse(const char *text);

#endif
