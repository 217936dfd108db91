/* SPDX-License-Identifier: MIT */
#include "ahead.h"

#include "input.h"
#include "out.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)1 << 18)
#define NR_CHUNKS   4

/* What one read of the input gave. */
struct chunk {
	ssize_t bytes;
	size_t pos;
	char data[CHUNK_BYTES];
};

/*
 * A ring: the thread fills chunk[filled % NR_CHUNKS], the reader empties
 * chunk[emptied % NR_CHUNKS]. The lock guards both numbers and @stop; a chunk
 * belongs to the one whose number it has.
 */
struct ahead {
	struct input *in;
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	size_t filled, emptied;
	bool stop;
	struct chunk chunk[NR_CHUNKS];
};

/* Wait for a free chunk; NULL: nobody wants another one. */
static struct chunk *chunk_to_fill(struct ahead *ahead)
{
	bool stop;

	pthread_mutex_lock(&ahead->lock);
	while (!ahead->stop && ahead->filled - ahead->emptied == NR_CHUNKS)
		pthread_cond_wait(&ahead->moved, &ahead->lock);
	stop = ahead->stop;
	pthread_mutex_unlock(&ahead->lock);
	return stop ? NULL : &ahead->chunk[ahead->filled % NR_CHUNKS];
}

static void number_move(struct ahead *ahead, size_t *number)
{
	pthread_mutex_lock(&ahead->lock);
	++*number;
	pthread_cond_signal(&ahead->moved);
	pthread_mutex_unlock(&ahead->lock);
}

/* The end and an error are chunks, too: the last ones. */
static void *unpack(void *user)
{
	struct ahead *ahead = user;
	struct chunk *chunk;
	ssize_t bytes;

	do {
		chunk = chunk_to_fill(ahead);
		if (!chunk)
			return NULL;
		bytes = input_read(ahead->in, chunk->data, CHUNK_BYTES);
		chunk->bytes = bytes;
		chunk->pos = 0;
		number_move(ahead, &ahead->filled);
	} while (bytes > 0);
	return NULL;
}

struct ahead *ahead_open(const char *path)
{
	struct ahead *ahead = xcalloc(1, sizeof(*ahead));

	ahead->in = input_open(path);
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->moved, NULL);
	/* Without a thread it is slower, not wrong. */
	ahead->threaded = input_packed(ahead->in) &&
			  input_stoppable(ahead->in) &&
			  !pthread_create(&ahead->thread, NULL, unpack, ahead);
	return ahead;
}

static struct chunk *chunk_to_empty(struct ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	while (ahead->filled == ahead->emptied)
		pthread_cond_wait(&ahead->moved, &ahead->lock);
	pthread_mutex_unlock(&ahead->lock);
	return &ahead->chunk[ahead->emptied % NR_CHUNKS];
}

ssize_t ahead_read(struct ahead *ahead, char *buf, size_t len)
{
	struct chunk *chunk;
	size_t nr;

	if (!ahead->threaded)
		return input_read(ahead->in, buf, len);
	chunk = chunk_to_empty(ahead);
	/* The last one stays, whoever asks again. */
	if (chunk->bytes <= 0)
		return chunk->bytes;
	nr = (size_t)chunk->bytes - chunk->pos;
	nr = nr < len ? nr : len;
	memcpy(buf, chunk->data + chunk->pos, nr);
	chunk->pos += nr;
	if (chunk->pos == (size_t)chunk->bytes)
		number_move(ahead, &ahead->emptied);
	return (ssize_t)nr;
}

const char *ahead_error(const struct ahead *ahead)
{
	return input_error(ahead->in);
}

static void thread_end(struct ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	ahead->stop = true;
	pthread_cond_signal(&ahead->moved);
	pthread_mutex_unlock(&ahead->lock);
	/* A pipe may be silent for ever. */
	input_stop(ahead->in);
	pthread_join(ahead->thread, NULL);
}

void ahead_close(struct ahead *ahead)
{
	if (ahead->threaded)
		thread_end(ahead);
	pthread_cond_destroy(&ahead->moved);
	pthread_mutex_destroy(&ahead->lock);
	input_close(ahead->in);
	free(ahead);
}
