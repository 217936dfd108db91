/* SPDX-License-Identifier: MIT */
/*
 * In the place of libFuzzer: run each file named, and each file of a folder.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static unsigned long nr_run;

static int run_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, n;

	if (!in) {
		perror(path);
		return 2;
	}
	do {
		data = realloc(data, size + 65536);
		if (!data)
			abort();
		n = fread(data + size, 1, 65536, in);
		size += n;
	} while (n);
	fclose(in);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	nr_run++;
	return 0;
}

static int run_path(const char *path)
{
	struct stat st;
	struct dirent *entry;
	char name[4096];
	int rc = 0;
	DIR *dir;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return run_file(path);
	dir = opendir(path);
	if (!dir) {
		perror(path);
		return 2;
	}
	while (!rc && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		rc = run_file(name);
	}
	closedir(dir);
	return rc;
}

int main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc && !rc; i++)
		rc = run_path(argv[i]);
	fprintf(stderr, "%lu inputs\n", nr_run);
	/* A test that ran nothing must not pass. */
	return rc ? rc : nr_run ? 0 : 2;
}
