/* SPDX-License-Identifier: MIT */
/*
 * mmsim oracle --boot: a machine like the recordings', QEMU's, with the kernel
 * to be recorded and the recorder as its only program.
 */
#include "boot.h"

#include "input.h"
#include "out.h"
#include "recorded.h"
#include "recorder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_LINES 8

/* Modules that scenarios may need; those that they depend on come with them. */
static const char *const wanted_modules[] = { "zram", "virtio_pci",
					      "virtio_blk" };

/* Tables of four levels, as the recordings have them: no LA57, no LPA2. And no
 * protection keys, by which mappings to execute only would be that. */
static const struct machine {
	const char *arch, *qemu, *console;
	const char *args[8];
} machines[] = {
	{ "x86_64",
	  "qemu-system-x86_64",
	  "ttyS0",
	  { "-machine", "q35", "-cpu", "max,la57=off,pku=off", NULL } },
	{ "arm64",
	  "qemu-system-aarch64",
	  "ttyAMA0",
	  { "-machine", "virt", "-cpu", "max,lpa2=off", NULL } },
	{ "ppc64",
	  "qemu-system-ppc64",
	  "hvc0",
	  { "-machine", "pseries,cap-hpt-max-page-size=16m", "-cpu", "POWER9",
	    NULL } },
};

/*
 * From 6.12 on a kernel may refuse to show through /proc/PID/mem what a
 * process may not read itself; the contents of such pages are recorded too.
 * DAMON's statistics, on from 6.17 where a kernel has them, make pages old
 * that they have sampled: whichever, and whenever.
 */
#define KERNEL_WORDS                         \
	"quiet loglevel=1 panic=-1 nokaslr " \
	"proc_mem.force_override=always damon_stat.enabled=N"

struct boot {
	const struct options *options;
	const struct machine *machine;
	char *initramfs, *disk;
	pid_t pid;
	FILE *from;
	char *last[LAST_LINES]; /* of its console */
	unsigned nr_last;

	/* The recording at hand. */
	struct recording_folder *folder;
	char *name, *lines;
	size_t recorded, skipped, failed;
	bool done;
};

/* ---- the initramfs ---- */

static int add_file(struct initramfs *fs, const char *path, const char *name,
		    unsigned mode)
{
	size_t len;
	char *data = input_slurp_raw(path, &len);

	if (!data)
		return STATUS_USAGE;
	initramfs_file(fs, name, mode, data, len);
	free(data);
	return 0;
}

static int add_scenarios(struct initramfs *fs, const struct texts *paths)
{
	int rc = 0;

	for (size_t i = 0; i < paths->nr && !rc; i++) {
		char *name = recording_name(paths->v[i]);
		char *to = xasprintf("scenarios/%s.sc", name);

		rc = add_file(fs, paths->v[i], to, 0644);
		free(to);
		free(name);
	}
	return rc;
}

/* The line of modules.dep for a module: "path: dependencies". */
static char *module_line(const char *dep, const char *module)
{
	size_t len = strlen(module);

	while (*dep) {
		size_t line = strcspn(dep, "\n");
		const char *colon = memchr(dep, ':', line), *slash = colon;

		while (slash && slash > dep && slash[-1] != '/')
			slash--;
		if (colon && !strncmp(slash, module, len) && slash[len] == '.')
			return xasprintf("%.*s", (int)line, dep);
		dep += line + (dep[line] == '\n');
	}
	return NULL;
}

/* The last word first: what is depended on stands behind. */
static int add_module_words(struct initramfs *fs, const char *folder,
			    char *line, int *nr)
{
	int rc = 0;

	while (*line && !rc) {
		char *word = strrchr(line, ' ');
		const char *base;
		char *from, *to;

		word = word ? word + 1 : line;
		if (*word && word[strlen(word) - 1] == ':')
			word[strlen(word) - 1] = 0;
		base = strrchr(word, '/');
		from = xasprintf("%s/%s", folder, word);
		to = xasprintf("modules/%03d-%s", ++*nr,
			       base ? base + 1 : word);
		if (*word)
			rc = add_file(fs, from, to, 0644);
		free(from);
		free(to);
		if (word == line)
			break;
		word[-1] = 0;
	}
	return rc;
}

static int add_modules(struct initramfs *fs, const char *folder)
{
	char *path = xasprintf("%s/modules.dep", folder), *dep;
	int nr = 0, rc = 0;
	size_t len;

	dep = input_slurp(path, &len);
	free(path);
	if (!dep)
		return STATUS_USAGE;
	for (size_t i = 0;
	     i < sizeof(wanted_modules) / sizeof(*wanted_modules) && !rc; i++) {
		char *line = module_line(dep, wanted_modules[i]);

		if (line)
			rc = add_module_words(fs, folder, line, &nr);
		free(line);
	}
	free(dep);
	return rc;
}

static int initramfs_make(struct boot *b)
{
	static const char *const folders[] = { "dev", "proc",	   "sys",
					       "tmp", "scenarios", "modules" };
	const struct options *o = b->options;
	char *recorder = recorder_program(o->recorder);
	struct initramfs *fs;
	int rc = STATUS_USAGE;

	b->initramfs = xasprintf("%s/initramfs.cpio", o->output);
	fs = recorder ? initramfs_new(b->initramfs) : NULL;
	if (fs) {
		for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
			initramfs_folder(fs, folders[i]);
		initramfs_console(fs);
		rc = add_file(fs, recorder, "init", 0755);
		if (!rc)
			rc = add_scenarios(fs, &o->operands);
		if (!rc && o->modules)
			rc = add_modules(fs, o->modules);
		if (initramfs_end(fs) && !rc)
			rc = out_error("%s: found no room, expected some",
				       b->initramfs);
	} else if (recorder) {
		out_error("%s: found %s, expected to write there", b->initramfs,
			  strerror(errno));
	}
	free(recorder);
	return rc;
}

/*
 * The disk to swap to, of the size that the recorded worlds have: the recorder
 * knows it by its serial number.
 */
#define DISK_BYTES (128ll << 20)

static int disk_make(struct boot *b)
{
	FILE *f;
	int rc;

	b->disk = xasprintf("%s/swap.img", b->options->output);
	f = fopen(b->disk, "w");
	rc = f ? ftruncate(fileno(f), DISK_BYTES) : -1;
	if (f)
		fclose(f);
	return rc ? out_error("%s: found %s, expected to write there", b->disk,
			      strerror(errno))
		  : 0;
}

/* ---- the machine ---- */

static const struct machine *machine_find(const struct options *o)
{
	const char *arch = o->list.common.value[WORLD_ARCH];

	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		if (!strcmp(arch ? arch : "x86_64", machines[i].arch))
			return &machines[i];
	return NULL;
}

static void args_add(struct texts *args, const char *text)
{
	args->v = xrealloc(args->v, args->nr + 2, sizeof(*args->v));
	args->v[args->nr++] = xstrdup(text);
	args->v[args->nr] = NULL;
}

/* Two nodes of 512 MiB with a CPU each, as the recordings' machine. */
static struct texts machine_args(const struct boot *b)
{
	static const char *const rest[] = {
		"-smp",	      "2",
		"-m",	      "1024",
		"-object",    "memory-backend-ram,id=m0,size=512M",
		"-object",    "memory-backend-ram,id=m1,size=512M",
		"-numa",      "node,nodeid=0,memdev=m0,cpus=0",
		"-numa",      "node,nodeid=1,memdev=m1,cpus=1",
		"-nographic", "-no-reboot",
		"-device",    "virtio-blk-pci,drive=d,serial=mmsim-swap",
		"-drive",
	};
	const struct options *o = b->options;
	const char *mmu = o->list.common.value[WORLD_MMU];
	struct texts args = { NULL, 0 };
	char *append, *drive;

	args_add(&args, o->qemu ? o->qemu : b->machine->qemu);
	for (size_t i = 0; b->machine->args[i]; i++)
		args_add(&args, b->machine->args[i]);
	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++)
		args_add(&args, rest[i]);
	drive = xasprintf("if=none,id=d,format=raw,cache=unsafe,file=%s",
			  b->disk);
	args_add(&args, drive);
	free(drive);
	append = xasprintf("console=%s " KERNEL_WORDS "%s%s%s",
			   b->machine->console,
			   mmu && !strcmp(mmu, "hash") ? " disable_radix" : "",
			   o->append ? " " : "", o->append ? o->append : "");
	args_add(&args, "-kernel");
	args_add(&args, o->boot);
	args_add(&args, "-initrd");
	args_add(&args, b->initramfs);
	args_add(&args, "-append");
	args_add(&args, append);
	free(append);
	return args;
}

static int machine_start(struct boot *b)
{
	struct texts args = machine_args(b);
	int out[2];

	if (pipe(out))
		return out_error("pipe: found %s, expected one",
				 strerror(errno));
	b->pid = fork();
	if (!b->pid) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		if (!freopen("/dev/null", "r", stdin))
			_exit(127);
		execvp(args.v[0], args.v);
		_exit(127);
	}
	close(out[1]);
	b->from = fdopen(out[0], "r");
	for (size_t i = 0; i < args.nr; i++)
		free(args.v[i]);
	free(args.v);
	return b->pid > 0 && b->from ? 0
				     : out_error("fork: found %s, expected a "
						 "process",
						 strerror(errno));
}

/* ---- what it says ---- */

static void last_add(struct boot *b, const char *line)
{
	char **at = &b->last[b->nr_last++ % LAST_LINES];

	free(*at);
	*at = out_printable(line, strcspn(line, "\r\n"));
}

static void last_print(const struct boot *b)
{
	unsigned from = b->nr_last > LAST_LINES ? b->nr_last - LAST_LINES : 0;

	for (unsigned i = from; i < b->nr_last; i++)
		fprintf(stderr, "  console: %s\n", b->last[i % LAST_LINES]);
}

static void scenario_begin(struct boot *b, const char *file)
{
	free(b->name);
	free(b->lines);
	b->name = recording_name(file);
	b->lines = xstrdup("");
	out_progress("%s", b->name);
}

static int scenario_end(struct boot *b, const char *line)
{
	json_t *end = json_loads(line, 0, NULL);
	const char *how = json_string_value(json_object_get(end, "end"));
	const char *why = json_string_value(json_object_get(end, "why"));
	int rc = 0;

	if (how && !strcmp(how, "done")) {
		rc = recording_write(b->folder, b->name, b->lines);
		b->recorded++;
	} else {
		out_progress("%s", "");
		fprintf(stderr, "%s: %s: %s\n", how ? how : "failed",
			b->name ? b->name : "?", why ? why : "?");
		if (how && !strcmp(how, "skipped"))
			b->skipped++;
		else
			b->failed++;
	}
	json_decref(end);
	return rc;
}

/* "@@ {...}": a line of a recording, its end, or what the kernel is. */
static int record_line(struct boot *b, const char *line)
{
	char *longer;

	if (!strncmp(line, "{\"end\":", 7))
		return scenario_end(b, line);
	if (!strncmp(line, "{\"world\":", 9)) {
		b->folder = recording_folder(b->options->output, line);
		return b->folder ? 0 : STATUS_USAGE;
	}
	if (!b->lines)
		return 0;
	longer = xasprintf("%s%s\n", b->lines, line);
	free(b->lines);
	b->lines = longer;
	return 0;
}

static int console_line(struct boot *b, char *line)
{
	line[strcspn(line, "\r\n")] = 0;
	if (!strncmp(line, "@@ ", 3))
		return record_line(b, line + 3);
	if (!strncmp(line, "@@scenario ", 11))
		scenario_begin(b, line + 11);
	else if (!strncmp(line, "@@note ", 7))
		fprintf(stderr, "the machine does not have %s\n", line + 7);
	else if (!strncmp(line, "not shown: ", 11))
		fprintf(stderr, "%s\n", line);
	else if (!strncmp(line, "@@done", 6))
		b->done = true;
	else if (*line)
		last_add(b, line);
	return 0;
}

static volatile pid_t running;

static void timed_out(int sig)
{
	(void)sig;
	if (running > 0)
		kill(running, SIGKILL);
}

static int machine_run(struct boot *b)
{
	struct sigaction sa = { .sa_handler = timed_out };
	char *line = NULL;
	size_t room = 0;
	int rc = 0;

	running = b->pid;
	sigaction(SIGALRM, &sa, NULL);
	alarm(b->options->timeout ? (unsigned)b->options->timeout : 900);
	while (!rc && !b->done && getline(&line, &room, b->from) > 0)
		rc = console_line(b, line);
	alarm(0);
	kill(b->pid, SIGTERM);
	fclose(b->from);
	waitpid(b->pid, NULL, 0);
	free(line);
	out_progress("%s", "");
	if (!rc && !b->done) {
		rc = out_error("%s: found an end before all was recorded, "
			       "expected %zu scenarios",
			       b->options->boot, b->options->operands.nr);
		last_print(b);
	}
	return rc;
}

static int sources_copy(const struct boot *b)
{
	const struct texts *paths = &b->options->operands;
	int rc = 0;

	for (size_t i = 0; i < paths->nr && !rc; i++)
		rc = recording_scenario(b->folder, paths->v[i]);
	return rc;
}

int boot_record(const struct options *o)
{
	struct boot b = { .options = o, .machine = machine_find(o) };
	int rc;

	if (!b.machine)
		return out_error("--arch: found %s, expected x86_64, arm64 or "
				 "ppc64",
				 o->list.common.value[WORLD_ARCH]);
	if (!o->output || !o->operands.nr)
		return out_error("--boot: found no %s, expected some",
				 o->output ? "scenario" : "-o FOLDER");
	rc = recording_root(o->output);
	if (!rc)
		rc = initramfs_make(&b);
	if (!rc)
		rc = disk_make(&b);
	if (!rc)
		rc = machine_start(&b);
	if (!rc)
		rc = machine_run(&b);
	if (!rc)
		rc = sources_copy(&b);
	if (!rc)
		fprintf(stderr, "recorded %zu, skipped %zu, failed %zu: %s\n",
			b.recorded, b.skipped, b.failed,
			recording_folder_world(b.folder));
	if (b.initramfs)
		unlink(b.initramfs);
	if (b.disk)
		unlink(b.disk);
	recording_folder_free(b.folder);
	for (int i = 0; i < LAST_LINES; i++)
		free(b.last[i]);
	free(b.initramfs);
	free(b.disk);
	free(b.name);
	free(b.lines);
	return rc ? rc : b.recorded && !b.failed ? STATUS_DONE : STATUS_FAILED;
}
