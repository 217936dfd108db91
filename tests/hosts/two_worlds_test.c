/* SPDX-License-Identifier: MIT */
/*
 * Distinct worlds in distinct threads: several run scenarios at the same time,
 * and each has to say what it says alone. For ThreadSanitizer, which sees what
 * they share; on any host a difference is found.
 */
#include <mmsim/mmsim.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NR_THREADS 4
#define NR_ROUNDS  12

static const char *const world_options[NR_THREADS] = {
	"--arch x86_64 --kernel 7.2 --mem 64M",
	"--arch arm64 --kernel 6.1 --mem 64M --cpus 2",
	"--arch ppc64 --mmu hash --page-size 64k --kernel 6.12 --mem 64M",
	/* The first once more: they share the code of one instance. */
	"--arch x86_64 --kernel 7.2 --mem 64M --set host.memory=chunks",
};

static const char scenario[] = "trace on\n"
			       "mmap A 64p rw private anon\n"
			       "write A 0 64p 7\n"
			       "fork C\n"
			       "write A 3p 20p 9\n"
			       "@C read A 0 64p\n"
			       "@C write A 10p 4p 5\n"
			       "mprotect A 8p 8p r\n"
			       "read A 0 64p\n"
			       "dump A\n"
			       "@C dump A\n"
			       "memfd F 16p\n"
			       "mmap B 16p rw shared memfd F 0\n"
			       "write B 0 16p 3\n"
			       "madvise A 16p 16p dontneed\n"
			       "mremap A 0 64p 64p E\n"
			       "exit C\n"
			       "write E 0 64p 1\n"
			       "dump E\n"
			       "maps\n"
			       "munmap E 5p 7p\n"
			       "maps\n";

struct run {
	const char *options;
	pthread_barrier_t *begin;
	uint64_t hash; /* of all that the world said */
	unsigned lines;
	int rc;
};

static void take_line(const char *line, void *user)
{
	struct run *run = user;

	for (; *line; line++)
		run->hash = (run->hash ^ (unsigned char)*line) * 0x100000001b3u;
	run->lines++;
}

static int run_once(struct run *run)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim *world;
	int rc = mmsim_config_parse(&config, run->options);

	if (!rc)
		rc = mmsim_create(&config, &world);
	if (rc)
		return rc;
	rc = mmsim_run_scenario(world, scenario, sizeof(scenario) - 1,
				take_line, run);
	mmsim_destroy(world);
	return rc;
}

static void *run_thread(void *user)
{
	struct run *run = user;
	unsigned i;

	pthread_barrier_wait(run->begin);
	for (i = 0; i < NR_ROUNDS && !run->rc; i++)
		run->rc = run_once(run);
	return NULL;
}

/* The same without anybody beside it. */
static void run_alone(struct run *run)
{
	unsigned i;

	for (i = 0; i < NR_ROUNDS && !run->rc; i++)
		run->rc = run_once(run);
}

/* A format that was not built has no world to be tested. */
static unsigned worlds_there(struct run *alone, struct run *beside)
{
	unsigned i, nr = 0;

	for (i = 0; i < NR_THREADS; i++) {
		alone[nr] = (struct run){ .options = world_options[i] };
		run_alone(&alone[nr]);
		if (alone[nr].rc == -EOPNOTSUPP)
			continue;
		beside[nr] = (struct run){ .options = world_options[i] };
		nr++;
	}
	return nr;
}

static bool start_all(struct run *beside, pthread_t *threads, unsigned nr)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, run_thread, &beside[i]))
			return false;
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	return true;
}

static bool agree(const struct run *alone, const struct run *beside)
{
	bool good = !alone->rc && !beside->rc && alone->lines &&
		    alone->lines == beside->lines &&
		    alone->hash == beside->hash;

	printf("%s: %u lines, %s%s\n", alone->options, alone->lines,
	       good ? "the same" : "DIFFERENT: ",
	       good	    ? ""
	       : alone->rc  ? mmsim_errname(alone->rc)
	       : beside->rc ? mmsim_errname(beside->rc)
			    : "other lines");
	return good;
}

int main(void)
{
	struct run alone[NR_THREADS], beside[NR_THREADS];
	unsigned i, nr = worlds_there(alone, beside);
	pthread_t threads[NR_THREADS];
	pthread_barrier_t begin;
	int failed = 0;

	if (nr < 2) {
		printf("skipped: fewer than two of the formats are built\n");
		return 77;
	}
	if (pthread_barrier_init(&begin, NULL, nr))
		return 1;
	for (i = 0; i < nr; i++)
		beside[i].begin = &begin;
	if (!start_all(beside, threads, nr)) {
		printf("no threads\n");
		return 1;
	}
	for (i = 0; i < nr; i++)
		failed += !agree(&alone[i], &beside[i]);
	pthread_barrier_destroy(&begin);
	return failed > 0;
}
