/* SPDX-License-Identifier: MIT */
/*
 * json_lines [KEY]... - standard input must be JSON objects, one a line and at
 * least one, and the last one must have every KEY ("faults.minor" looks into
 * an object).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const json_t *find(const json_t *object, char *key)
{
	char *state = NULL;

	for (char *part = strtok_r(key, ".", &state); part && object;
	     part = strtok_r(NULL, ".", &state))
		object = json_object_get(object, part);
	return object;
}

static json_t *read_last(void)
{
	char *line = NULL;
	size_t room = 0;
	json_t *last = NULL;
	unsigned nr = 0;

	while (getline(&line, &room, stdin) > 0) {
		json_error_t error;

		nr++;
		json_decref(last);
		last = json_loads(line, 0, &error);
		if (!json_is_object(last)) {
			printf("line %u is no object: %s\n", nr, line);
			exit(1);
		}
	}
	free(line);
	return last;
}

int main(int argc, char **argv)
{
	json_t *last = read_last();
	int status = last ? 0 : 1;

	for (int i = 1; i < argc && last; i++) {
		if (find(last, argv[i]))
			continue;
		printf("no %s in the last line\n", argv[i]);
		status = 1;
	}
	json_decref(last);
	return status;
}
