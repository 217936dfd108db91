/* SPDX-License-Identifier: MIT */
#include "input.h"

#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lzma.h>
#include <zlib.h>

#define RAW_BYTES (256u * 1024)

enum format { FORMAT_UNKNOWN, FORMAT_PLAIN, FORMAT_GZIP, FORMAT_XZ };

struct input {
	int fd;
	int stop[2]; /* a pipe whose other end is closed to stop; or -1, -1 */
	enum format format;
	bool raw_end, done, failed;
	char error[160];
	/* Bytes [pos, fill) of raw are read from the file and not used yet. */
	size_t pos, fill;
	unsigned char raw[RAW_BYTES];
	z_stream gz;
	bool gz_open, gz_ended;
	lzma_stream xz;
};

struct input *input_open(const char *path)
{
	struct input *in = xcalloc(1, sizeof(*in));
	bool standard = !strcmp(path, "-");

	in->stop[0] = in->stop[1] = -1;
	in->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0) {
		snprintf(in->error, sizeof(in->error),
			 "found %s, expected a file that can be read",
			 strerror(errno));
		in->failed = true;
	}
	return in;
}

const char *input_error(const struct input *in)
{
	return in->error;
}

static ssize_t input_fail(struct input *in, const char *why)
{
	snprintf(in->error, sizeof(in->error), "%s", why);
	in->failed = true;
	return -1;
}

/* A decoder's error: what it made before is given out first. */
static ssize_t decoder_fail(struct input *in, size_t made, const char *why)
{
	input_fail(in, why);
	return made ? (ssize_t)made : -1;
}

bool input_stoppable(struct input *in)
{
	return !pipe2(in->stop, O_CLOEXEC);
}

void input_stop(struct input *in)
{
	close(in->stop[1]);
	in->stop[1] = -1;
}

/* As read(2); the end if nobody wants more. */
static ssize_t read_or_stop(struct input *in, void *buf, size_t len)
{
	struct pollfd fds[2] = { { .fd = in->fd, .events = POLLIN },
				 { .fd = in->stop[0] } };

	if (in->stop[0] >= 0) {
		if (poll(fds, 2, -1) < 0)
			return -1;
		if (fds[1].revents)
			return 0;
	}
	return read(in->fd, buf, len);
}

/* One read(2); 0 or -1. */
static int raw_read(struct input *in)
{
	ssize_t n;

	if (in->pos == in->fill)
		in->pos = in->fill = 0;
	do {
		n = read_or_stop(in, in->raw + in->fill, RAW_BYTES - in->fill);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		snprintf(in->error, sizeof(in->error),
			 "found %s, expected data", strerror(errno));
		in->failed = true;
		return -1;
	}
	in->raw_end = n == 0;
	in->fill += (size_t)n;
	return 0;
}

static int raw_need(struct input *in)
{
	return in->pos < in->fill || in->raw_end ? 0 : raw_read(in);
}

#define MOST_MAGIC 6

static const struct magic {
	const char *bytes, *name;
	size_t len;
	enum format format; /* FORMAT_UNKNOWN: none that is unpacked here */
} magics[] = {
	{ "\x1f\x8b", "gzip", 2, FORMAT_GZIP },
	{ "\xfd"
	  "7zXZ\0",
	  "xz", 6, FORMAT_XZ },
	{ "PK\3\4", "zip", 4, FORMAT_UNKNOWN },
	{ "\x28\xb5\x2f\xfd", "zstd", 4, FORMAT_UNKNOWN },
	{ "BZh", "bzip2", 3, FORMAT_UNKNOWN },
	{ "\x04\x22\x4d\x18", "lz4", 4, FORMAT_UNKNOWN },
};

static const struct magic *magic_find(const struct input *in)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
		if (in->fill >= magics[i].len &&
		    !memcmp(in->raw, magics[i].bytes, magics[i].len))
			return &magics[i];
	return NULL;
}

static bool decoder_open(struct input *in)
{
	if (in->format == FORMAT_XZ)
		return lzma_stream_decoder(&in->xz, UINT64_MAX,
					   LZMA_CONCATENATED) == LZMA_OK;
	in->gz_open = inflateInit2(&in->gz, 15 + 16) == Z_OK;
	return in->gz_open;
}

/* Tell the format by its magic. */
static int input_sniff(struct input *in)
{
	const struct magic *magic;
	char text[96];

	while (in->fill < MOST_MAGIC && !in->raw_end)
		if (raw_read(in))
			return -1;
	in->format = FORMAT_PLAIN;
	magic = magic_find(in);
	if (!magic)
		return 0;
	if (magic->format == FORMAT_UNKNOWN) {
		snprintf(text, sizeof(text),
			 "found data packed by %s, expected gzip, xz or none",
			 magic->name);
		return (int)input_fail(in, text);
	}
	in->format = magic->format;
	return decoder_open(in) ? 0
				: (int)input_fail(in, "found no memory left");
}

static ssize_t plain_read(struct input *in, char *buf, size_t len)
{
	size_t n;

	if (raw_need(in))
		return -1;
	n = in->fill - in->pos;
	n = n < len ? n : len;
	memcpy(buf, in->raw + in->pos, n);
	in->pos += n;
	in->done = n == 0;
	return (ssize_t)n;
}

/* After one gzip member: another one may follow, as cat makes them. */
static ssize_t gzip_next_member(struct input *in)
{
	if (raw_need(in))
		return -1;
	if (in->pos == in->fill) {
		in->done = true;
		return 0;
	}
	if (inflateReset(&in->gz) != Z_OK)
		return input_fail(in, "found a damaged gzip stream");
	return 0;
}

static ssize_t gzip_read(struct input *in, char *buf, size_t len)
{
	in->gz.next_out = (unsigned char *)buf;
	in->gz.avail_out = (unsigned)len;
	while (in->gz.avail_out == len) {
		int rc;

		if (in->gz_ended && gzip_next_member(in) < 0)
			return -1;
		if (in->done)
			break;
		if (raw_need(in))
			return -1;
		if (in->pos == in->fill)
			return input_fail(in, "found a gzip stream that stops "
					      "early, expected its end");
		in->gz.next_in = in->raw + in->pos;
		in->gz.avail_in = (unsigned)(in->fill - in->pos);
		rc = inflate(&in->gz, Z_NO_FLUSH);
		in->pos = in->fill - in->gz.avail_in;
		/* Whether another one follows may take a pipe long to say. */
		in->gz_ended = rc == Z_STREAM_END;
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return decoder_fail(in, len - in->gz.avail_out,
					    "found a damaged gzip stream, "
					    "expected a whole one");
	}
	return (ssize_t)(len - in->gz.avail_out);
}

static ssize_t xz_read(struct input *in, char *buf, size_t len)
{
	in->xz.next_out = (uint8_t *)buf;
	in->xz.avail_out = len;
	while (in->xz.avail_out == len && !in->done) {
		lzma_ret rc;

		if (raw_need(in))
			return -1;
		in->xz.next_in = in->raw + in->pos;
		in->xz.avail_in = in->fill - in->pos;
		rc = lzma_code(&in->xz, in->raw_end ? LZMA_FINISH : LZMA_RUN);
		in->pos = in->fill - in->xz.avail_in;
		if (rc == LZMA_STREAM_END)
			in->done = true;
		else if (rc == LZMA_BUF_ERROR)
			return input_fail(in, "found an xz stream that stops "
					      "early, expected its end");
		else if (rc != LZMA_OK)
			return decoder_fail(in, len - in->xz.avail_out,
					    "found a damaged xz stream, "
					    "expected a whole one");
	}
	return (ssize_t)(len - in->xz.avail_out);
}

/* false: the input failed. */
static bool format_known(struct input *in)
{
	return !in->failed &&
	       (in->format != FORMAT_UNKNOWN || !input_sniff(in));
}

bool input_packed(struct input *in)
{
	return format_known(in) && in->format != FORMAT_PLAIN;
}

ssize_t input_read(struct input *in, char *buf, size_t len)
{
	if (!format_known(in))
		return -1;
	if (in->done || !len)
		return 0;
	if (in->format == FORMAT_GZIP)
		return gzip_read(in, buf, len);
	if (in->format == FORMAT_XZ)
		return xz_read(in, buf, len);
	return plain_read(in, buf, len);
}

void input_close(struct input *in)
{
	if (in->gz_open)
		inflateEnd(&in->gz);
	lzma_end(&in->xz);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	for (unsigned i = 0; i < 2; i++)
		if (in->stop[i] >= 0)
			close(in->stop[i]);
	free(in);
}

static char *slurp(struct input *in, const char *path, size_t *len)
{
	size_t room = 0, fill = 0;
	char *text = NULL;
	ssize_t n;

	do {
		if (fill + 1 >= room) {
			room = room ? 2 * room : 65536;
			text = xrealloc(text, room, 1);
		}
		n = input_read(in, text + fill, room - fill - 1);
		fill += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	if (n < 0) {
		out_error("%s: %s", path, input_error(in));
		free(text);
		text = NULL;
	} else {
		text[fill] = 0;
	}
	input_close(in);
	*len = fill;
	return text;
}

char *input_slurp(const char *path, size_t *len)
{
	return slurp(input_open(path), path, len);
}

char *input_slurp_raw(const char *path, size_t *len)
{
	struct input *in = input_open(path);

	in->format = FORMAT_PLAIN;
	return slurp(in, path, len);
}

char *input_slurp_any(const char *path, size_t *len, char **found)
{
	static const char *const endings[] = { "", ".gz", ".xz" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		*found = xasprintf("%s%s", path, endings[i]);
		if (!access(*found, F_OK))
			return input_slurp(*found, len);
		free(*found);
	}
	*found = NULL;
	return NULL;
}
