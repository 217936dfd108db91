/* SPDX-License-Identifier: MIT */
/*
 * A program with names of its own that the library has inside as well: with
 * the static library they must not meet.
 */
#include <mmsim/mmsim.h>

#include <stdio.h>
#include <string.h>

int find_vma(int x);
int handle_mm_fault(int x);

int find_vma(int x)
{
	return x + 1;
}

int handle_mm_fault(int x)
{
	return x + 2;
}

int main(void)
{
	char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", MMSIM_VERSION_MAJOR,
		 MMSIM_VERSION_MINOR, MMSIM_VERSION_PATCH);
	printf("header %s, library %s\n", version, mmsim_version());
	return strcmp(version, mmsim_version()) || find_vma(1) != 2 ||
	       handle_mm_fault(1) != 3;
}
