/* SPDX-License-Identifier: MIT */
/*
 * Writing one JSON object into a growing line.
 */
#ifndef SCENARIO_JSON_H
#define SCENARIO_JSON_H

#include "core/host.h"

struct json {
	struct host *host;
	char *buf;
	size_t len, max;
	bool comma;  /* the next value needs one before it */
	bool failed; /* the host had no memory: the line is void */
};

void json_begin(struct json *j);
void json_free(struct json *j);

/* Structure: '{', '}', '[' or ']'. */
void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);
void json_key(struct json *j, const char *key);

void json_string(struct json *j, const char *s, size_t len);
void json_int(struct json *j, s64 value);
void json_hex(struct json *j, u64 value); /* "0x1f" */

/* Key and value at once. */
void json_key_string(struct json *j, const char *key, const char *s);
void json_key_int(struct json *j, const char *key, s64 value);

#endif
