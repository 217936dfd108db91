/* SPDX-License-Identifier: MIT */
/*
 * Traces: any bytes are refused with a line or replayed. The first byte
 * chooses the world; the rest is the file, through the whole command.
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "options.h"
#include "out.h"

/* What the command prints is not looked at here. */
static void quiet(void)
{
	static bool done;
	int null;

	if (done)
		return;
	done = true;
	null = open("/dev/null", O_WRONLY);
	if (null < 0)
		return;
	dup2(null, STDOUT_FILENO);
	close(null);
}

static void replay(const char *path, uint8_t choice)
{
	char *operand[] = { xstrdup(path) };
	struct options o = { .operands = { operand, 1 } };
	int status;

	o.json = choice & 128;
	if (world_list_with(&o.list, fuzz_options(choice & 127)))
		fuzz_finding("trace", "no world");
	status = cmd_replay(&o);
	if (status != STATUS_DONE && status != STATUS_USAGE)
		fuzz_finding("trace", "a status that replay does not have");
	world_list_free(&o.list);
	free(operand[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd;

	if (!size || size > 65536)
		return 0;
	quiet();
	fd = memfd_create("trace", 0);
	if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)size - 1)
		fuzz_finding("trace", "no file");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	replay(path, data[0]);
	close(fd);
	return 0;
}
