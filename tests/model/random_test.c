/* SPDX-License-Identifier: MIT */
/*
 * Random programs against the naive model, in worlds of every format and of
 * each release that changed a rule.
 *
 *   model_random [--ops N] [--seed S] [--world TEXT] [--json] [--break FEATURES]
 *
 * N operations in each world, in programs of 250; --world: only worlds whose
 * name has TEXT in it. A difference is printed with the shortest program that
 * still shows it. --break forces features that the model does not know of: then
 * differences are wanted, and none is a failure.
 */
#include "model.h"

#include <stdarg.h>
#include <time.h>

#define PROGRAM_OPS 250

static const char *const formats[] = {
	"--arch x86_64",
	"--arch arm64 --page-size 4k",
	"--arch arm64 --page-size 16k",
	"--arch arm64 --page-size 64k",
	"--arch ppc64 --mmu radix --page-size 4k",
	"--arch ppc64 --mmu radix --page-size 64k",
	"--arch ppc64 --mmu hash --page-size 4k",
	"--arch ppc64 --mmu hash --page-size 64k",
};

static const char *const kernels[] = { "5.10", "5.14", "5.18", "5.19", "6.0",
				       "6.1",  "6.2",  "6.6",  "6.7",  "6.12",
				       "6.17", "6.18", "7.0",  "7.2" };

/* ---- chance ---- */

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

unsigned pick(struct run *r, unsigned n)
{
	r->random += 0x9e3779b97f4a7c15u;
	return (unsigned)((mix(r->random) >> 20) % n);
}

void say(struct run *r, const char *fmt, ...)
{
	va_list ap;

	if (!r->print)
		return;
	fprintf(stderr, "  %u: process ", r->op);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void differ(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->what, sizeof(r->what), fmt, ap);
	va_end(ap);
	longjmp(r->differs, DIFFERS);
}

void end_here(struct run *r)
{
	longjmp(r->differs, ENDED);
}

/* ---- one program ---- */

static void report(const char *line, void *user)
{
	differ(user, "%s", line);
}

/* The hash MMU has no huge pages of 4K ones. Those of 512 MiB take their time:
 * only of some releases. */
static bool has_huge(const struct mmsim_world_info *info)
{
	if (info->mmu == MMSIM_MMU_HASH && info->page_size == 4096)
		return false;
	return info->pmd_size < (uint64_t)1 << 29 ||
	       info->kernel == MMSIM_KERNEL(5, 10) ||
	       info->kernel == MMSIM_KERNEL(6, 1) ||
	       info->kernel == MMSIM_KERNEL(6, 12) ||
	       info->kernel == MMSIM_KERNEL(6, 18) ||
	       info->kernel == MMSIM_KERNEL(7, 2);
}

/*
 * Large folios of shared memory change neither contents nor rights, as long as
 * they end with their files. What they do that wait for a swap device is not
 * modelled.
 */
bool shares_large(const struct run *r)
{
	return !(r->seed / NR_KINDS % 2) &&
	       (r->kind != SWAPPING || swaps_to_zram(r));
}

static void begin_shmem(struct run *r)
{
	static const char *const sizes[] = { "8", "16", "32", "64", "128" };
	char name[80];
	size_t i;

	if (!shares_large(r))
		return;
	(void)mmsim_set(r->w, "transparent_hugepage/shmem_enabled",
			"within_size");
	/* Not all are there, in all worlds. */
	for (i = 0; i < NR(sizes); i++) {
		snprintf(name, sizeof(name),
			 "transparent_hugepage/hugepages-%skB/shmem_enabled",
			 sizes[i]);
		(void)mmsim_set(r->w, name, "within_size");
	}
}

static void begin(struct run *r, const struct mmsim_config *config)
{
	struct mmsim_world_info info = { .size = sizeof(info) };
	unsigned i;

	r->w = NULL;
	r->cpu = 0;
	r->filler = NULL;
	r->swaps = r->large = false;
	r->nr_files = r->next_page = r->ksm_turns = 0;
	memset(r->procs, 0, sizeof(r->procs));
	memset(r->files, 0, sizeof(r->files));
	if (mmsim_create(config, &r->w))
		differ(r, "no world");
	mmsim_world_info(r->w, &info);
	r->kernel = info.kernel;
	r->page_size = info.page_size;
	r->kind = (enum program)(r->seed % NR_KINDS);
	if (r->kind == LARGE && !has_huge(&info))
		r->kind = ALL;
	r->arm64 = info.arch == MMSIM_ARCH_ARM64;
	r->x86 = info.arch == MMSIM_ARCH_X86_64;
	r->soft_dirty = !r->arm64;
	r->uffd_bit = r->x86 || (r->arm64 && from_kernel(r, 6, 11));
	/* Half of the pages below a table's boundary, half above. */
	r->nr_pages = NR_PAGES;
	r->base = BASE + info.pmd_size - r->nr_pages / 2 * r->page_size;
	if (r->kind == LARGE)
		begin_large(r, info.pmd_size);
	begin_shmem(r);
	EXPECT(r, mmsim_mm_create(r->w, &r->procs[0].mm), 0, "mm_create");
	for (i = 0; i < 3; i++) {
		r->files[i].size = (i + 1) * 4 * r->page_size;
		EXPECT(r,
		       mmsim_file_create(r->w, r->files[i].size,
					 MMSIM_FILE_MEMFD, &r->files[i].file),
		       0, "file_create");
	}
	r->nr_files = 3;
	if (r->kind == SWAPPING)
		begin_swap(r);
}

static void program(struct run *r, const struct mmsim_config *config)
{
	begin(r, config);
	for (r->op = 0; r->op < PROGRAM_OPS; r->op++) {
		/* What others do does not change what this one does. */
		r->random = mix(r->seed * PROGRAM_OPS + r->op);
		if (r->skip && r->skip[r->op])
			continue;
		one_operation(r);
		EXPECT(r, mmsim_check(r->w, report, r), 0, "invariants");
		compare_all(r, r->op % (r->swaps ? 64u : 16u) == 15);
	}
	compare_all(r, true);
}

/* Whether it differs. */
static bool program_differs(struct run *r, const struct mmsim_config *config)
{
	volatile bool differs = false;

	switch (setjmp(r->differs)) {
	case 0:
		program(r, config);
		break;
	case DIFFERS:
		differs = true;
		break;
	}
	mmsim_scenario_close(r->filler);
	mmsim_destroy(r->w);
	return differs;
}

/* Leave out whatever the difference does not need, and print the rest. */
static void shrink(struct run *r, const struct mmsim_config *config)
{
	static bool skip[PROGRAM_OPS];
	unsigned nr, at, i;

	memset(skip, 0, sizeof(skip));
	r->skip = skip;
	for (nr = PROGRAM_OPS / 2; nr; nr /= 2) {
		for (at = 0; at < PROGRAM_OPS; at += nr) {
			bool before[PROGRAM_OPS];

			memcpy(before, skip, sizeof(skip));
			for (i = at; i < at + nr && i < PROGRAM_OPS; i++)
				skip[i] = true;
			if (!program_differs(r, config))
				memcpy(skip, before, sizeof(skip));
		}
	}
	r->print = true;
	if (program_differs(r, config))
		fprintf(stderr, "  %s\n", r->what);
	r->print = false;
	r->skip = NULL;
}

/* ---- all worlds ---- */

struct amount {
	uint64_t ops, seed;
	const char *world, *features;
	bool json;
};

static unsigned world_run(struct run *r, const struct amount *amount,
			  const char *name, const struct mmsim_config *config)
{
	uint64_t programs = (amount->ops + PROGRAM_OPS - 1) / PROGRAM_OPS;
	time_t now = time(NULL);
	uint64_t i, operations = 0;
	unsigned found = 0;

	for (i = 0; i < programs && !found; i++) {
		r->seed = amount->seed + i;
		if (!program_differs(r, config)) {
			operations += r->op;
			continue;
		}
		found++;
		fprintf(stderr, "%s, seed %llu: %s\n", name,
			(unsigned long long)r->seed, r->what);
		shrink(r, config);
	}
	if (amount->json) {
		char date[16];

		strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
		printf("{\"world\":\"%s\",\"seeds\":\"%llu-%llu\","
		       "\"operations\":%llu,\"differences\":%u,"
		       "\"date\":\"%s\"}\n",
		       name, (unsigned long long)amount->seed,
		       (unsigned long long)(amount->seed + programs - 1),
		       (unsigned long long)operations, found, date);
	}
	return found;
}

static void name_of(char *name, size_t len, const char *format,
		    const char *kernel)
{
	char *at = name;

	snprintf(name, len, "%s", format + strlen("--arch "));
	/* "arm64 --page-size 4k": "arm64-4k". */
	while ((at = strstr(at, " --"))) {
		char *value = strchr(at + 1, ' ');

		*at = '-';
		memmove(at + 1, value + 1, strlen(value));
	}
	snprintf(name + strlen(name), len - strlen(name), "-%s", kernel);
}

static unsigned worlds_run(const struct amount *amount, unsigned *nr)
{
	struct run *r = calloc(1, sizeof(*r));
	char name[64], options[256];
	unsigned found = 0;
	size_t f, k;

	for (f = 0; r && f < NR(formats); f++)
		for (k = 0; k < NR(kernels); k++) {
			struct mmsim_config config = MMSIM_CONFIG_INIT;

			name_of(name, sizeof(name), formats[f], kernels[k]);
			snprintf(options, sizeof(options),
				 "%s --kernel %s --cpus 2 --mem 64G%s%s",
				 formats[f], kernels[k],
				 amount->features ? " --feature " : "",
				 amount->features ? amount->features : "");
			if ((amount->world && !strstr(name, amount->world)) ||
			    mmsim_config_parse(&config, options) ||
			    mmsim_config_error(&config, NULL, NULL, 0))
				continue;
			found += world_run(r, amount, name, &config);
			++*nr;
		}
	if (r)
		free(r->mapped);
	free(r);
	return found;
}

int main(int argc, char **argv)
{
	struct amount amount = { .ops = 250, .seed = 1 };
	unsigned nr = 0, found;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			amount.json = true;
		else if (i + 1 < argc && !strcmp(argv[i], "--ops"))
			amount.ops = strtoull(argv[++i], NULL, 0);
		else if (i + 1 < argc && !strcmp(argv[i], "--seed"))
			amount.seed = strtoull(argv[++i], NULL, 0);
		else if (i + 1 < argc && !strcmp(argv[i], "--world"))
			amount.world = argv[++i];
		else if (i + 1 < argc && !strcmp(argv[i], "--break"))
			amount.features = argv[++i];
		else
			return 2;
	}
	found = worlds_run(&amount, &nr);
	fprintf(stderr, "%u worlds, %u differing\n", nr, found);
	if (!nr)
		return 2;
	return amount.features ? !found : found > 0;
}
