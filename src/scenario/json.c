/* SPDX-License-Identifier: MIT */
#include "scenario/json.h"

#include <stdio.h>
#include <string.h>

void json_begin(struct json *j)
{
	j->len = 0;
	j->comma = false;
	j->failed = false;
}

void json_free(struct json *j)
{
	host_free(j->host, j->buf, j->max);
	j->buf = NULL;
	j->max = 0;
}

/* Room for len bytes and the closing zero. */
static bool json_room(struct json *j, size_t len)
{
	size_t max = j->max ? j->max : 256;
	char *buf;

	while (max < j->len + len + 1)
		max *= 2;
	if (max == j->max)
		return !j->failed;
	buf = host_realloc(j->host, j->buf, j->max, max);
	if (!buf) {
		j->failed = true;
		return false;
	}
	j->buf = buf;
	j->max = max;
	return !j->failed;
}

static void json_raw(struct json *j, const char *s, size_t len)
{
	if (!json_room(j, len))
		return;
	memcpy(j->buf + j->len, s, len);
	j->len += len;
	j->buf[j->len] = '\0';
}

static void json_sep(struct json *j)
{
	if (j->comma)
		json_raw(j, ",", 1);
	j->comma = true;
}

void json_open(struct json *j, char bracket)
{
	json_sep(j);
	json_raw(j, &bracket, 1);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	json_raw(j, &bracket, 1);
	j->comma = true;
}

static void json_quoted(struct json *j, const char *s, size_t len)
{
	char esc[8];
	size_t i;

	json_raw(j, "\"", 1);
	for (i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\') {
			esc[0] = '\\';
			esc[1] = s[i];
			json_raw(j, esc, 2);
		} else if ((unsigned char)s[i] < 0x20 ||
			   (unsigned char)s[i] >= 0x7f) {
			(void)snprintf(esc, sizeof(esc), "\\u%04x",
				       (unsigned char)s[i]);
			json_raw(j, esc, 6);
		} else {
			json_raw(j, &s[i], 1);
		}
	}
	json_raw(j, "\"", 1);
}

void json_key(struct json *j, const char *key)
{
	json_sep(j);
	json_quoted(j, key, strlen(key));
	json_raw(j, ":", 1);
	j->comma = false;
}

void json_string(struct json *j, const char *s, size_t len)
{
	json_sep(j);
	json_quoted(j, s, len);
}

void json_int(struct json *j, s64 value)
{
	char buf[24];
	int n = snprintf(buf, sizeof(buf), "%lld", (long long)value);

	json_sep(j);
	json_raw(j, buf, (size_t)n);
}

void json_hex(struct json *j, u64 value)
{
	char buf[24];
	int n = snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)value);

	json_string(j, buf, (size_t)n);
}

void json_key_string(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_string(j, s, strlen(s));
}

void json_key_int(struct json *j, const char *key, s64 value)
{
	json_key(j, key);
	json_int(j, value);
}
