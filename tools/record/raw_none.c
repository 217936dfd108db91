/* SPDX-License-Identifier: MIT */
/*
 * Where raw entries cannot be read.
 */
#include <stdio.h>

#include "raw.h"

struct raw_reader *raw_open(char *why, size_t n)
{
	snprintf(why, n, "this recorder was built without a reader for them");
	return NULL;
}

int raw_entry(struct raw_reader *raw, pid_t pid, uint64_t addr, uint64_t *value,
	      unsigned *shift)
{
	(void)raw;
	(void)pid;
	(void)addr;
	(void)value;
	(void)shift;
	return -1;
}

void raw_text(struct raw_reader *raw, uint64_t value, unsigned shift,
	      bool present, char *buf, size_t len)
{
	(void)raw;
	(void)value;
	(void)shift;
	(void)present;
	if (len)
		*buf = 0;
}
