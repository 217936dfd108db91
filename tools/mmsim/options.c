/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_id {
	/* First come the world options, with the numbers of worlds.h. */
	OPTION_WITH = NR_WORLD_OPTIONS,
	OPTION_EVENTS,
	OPTION_CHECK,
	OPTION_CALLS,
	OPTION_WORLD,
	OPTION_SCENARIO,
	OPTION_LEVEL,
	OPTION_WHO,
	OPTION_OUTPUT,
	OPTION_CSV,
	OPTION_FORMAT,
	OPTION_BOOT,
	OPTION_MODULES,
	OPTION_QEMU,
	OPTION_APPEND,
	OPTION_TIMEOUT,
	OPTION_RANDOM,
	OPTION_SEED,
	OPTION_FAMILY,
	OPTION_OPS,
	OPTION_PAGES,
	OPTION_SYSTEM,
	OPTION_RECORDER,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION
};

struct option_row {
	const char *name, *value;
	unsigned commands;
	int id;
	const char *what;
};

#define WORLDLY                                                          \
	(COMMAND_RUN | COMMAND_CHECK | COMMAND_REPLAY | COMMAND_DECODE | \
	 COMMAND_WALK | COMMAND_LIST | COMMAND_COMPARE | COMMAND_BENCH | \
	 COMMAND_SHRINK)

static const struct option_row option_rows[] = {
	{ "--arch", "x86_64|arm64|ppc64", WORLDLY | COMMAND_ORACLE, WORLD_ARCH,
	  "architecture; x86_64 if not given" },
	{ "--page-size", "4k|16k|64k", WORLDLY, WORLD_PAGE_SIZE,
	  "page size, as far as the architecture has it" },
	{ "--mmu", "radix|hash", WORLDLY | COMMAND_ORACLE, WORLD_MMU,
	  "MMU of ppc64" },
	{ "--kernel", "X.Y", WORLDLY, WORLD_KERNEL,
	  "kernel release, 5.10 to 7.2" },
	{ "--feature", "+NAME,-NAME", WORLDLY | COMMAND_ORACLE, WORLD_FEATURE,
	  "switch features of the release; may be repeated" },
	{ "--nodes", "N", WORLDLY, WORLD_NODES, "NUMA nodes" },
	{ "--cpus", "N", WORLDLY, WORLD_CPUS, "CPUs" },
	{ "--mem", "SIZE", WORLDLY, WORLD_MEM, "memory of each node" },
	{ "--set", "KNOB=VALUE", WORLDLY, WORLD_SET,
	  "a kernel setting by the kernel's own name; may be repeated" },
	{ "--tlb", "GEOMETRY|keep", WORLDLY, WORLD_TLB,
	  "TLBs of each CPU: none or ENTRIESxWAYS[@SIZE/...]+..., and ,keep "
	  "to keep them between operations; docs/tlb.md" },
	{ "--with", "'WORLD OPTIONS'",
	  COMMAND_RUN | COMMAND_REPLAY | COMMAND_COMPARE | COMMAND_BENCH |
		  COMMAND_SHRINK,
	  OPTION_WITH,
	  "one more world side by side; may be repeated; world options "
	  "outside are its defaults" },
	{ "--events", NULL, COMMAND_RUN, OPTION_EVENTS,
	  "the events of each operation with their rules" },
	{ "--check", NULL, COMMAND_RUN, OPTION_CHECK,
	  "check all invariants after each operation; name the first line that "
	  "broke one" },
	{ "--calls", NULL, COMMAND_CHECK, OPTION_CALLS,
	  "compare function calls as well" },
	{ "--world", "W", COMMAND_CHECK, OPTION_WORLD,
	  "only recordings of worlds that match; may be repeated" },
	{ "--scenario", "GLOB", COMMAND_CHECK, OPTION_SCENARIO,
	  "only scenarios that match; may be repeated" },
	{ "--level", "pte|pmd|pud", COMMAND_DECODE, OPTION_LEVEL,
	  "level the value was found at; pte if not given" },
	{ "--who", "C", COMMAND_WALK, OPTION_WHO,
	  "the child process to look at; the parent P if not given" },
	{ "-o", "FOLDER|FILE.svg",
	  COMMAND_ORACLE | COMMAND_BENCH | COMMAND_REPLAY, OPTION_OUTPUT,
	  "oracle: write scenarios and recordings as mmsim check reads them; "
	  "bench: also draw a plot; replay: of faults, pages and TLB misses" },
	{ "--csv", NULL, COMMAND_REPLAY, OPTION_CSV,
	  "the worlds over time as comma-separated values" },
	{ "--format", "lackey|strace|perf|champsim|drmemtrace", COMMAND_REPLAY,
	  OPTION_FORMAT,
	  "what wrote the trace; champsim must be named, of the others the "
	  "first line tells" },
	{ "--system", NULL, COMMAND_ORACLE | COMMAND_SHRINK, OPTION_SYSTEM,
	  "let scenarios change settings of this machine; they are put back" },
	{ "--recorder", "FILE", COMMAND_ORACLE | COMMAND_SHRINK,
	  OPTION_RECORDER, "the program mmsim-record, if it lies elsewhere" },
	{ "--boot", "KERNEL", COMMAND_ORACLE, OPTION_BOOT,
	  "boot this kernel in QEMU and record there; needs -o" },
	{ "--modules", "FOLDER", COMMAND_ORACLE, OPTION_MODULES,
	  "the booted kernel's lib/modules/RELEASE" },
	{ "--qemu", "FILE", COMMAND_ORACLE, OPTION_QEMU,
	  "QEMU, if not the architecture's qemu-system" },
	{ "--append", "WORDS", COMMAND_ORACLE, OPTION_APPEND,
	  "more words on the booted kernel's command line" },
	{ "--timeout", "SECONDS", COMMAND_ORACLE, OPTION_TIMEOUT,
	  "how long the booted machine may take; 900 if not given" },
	{ "--random", "N", COMMAND_ORACLE, OPTION_RANDOM,
	  "N generated programs of each family against this kernel" },
	{ "--seed", "S", COMMAND_ORACLE | COMMAND_GENERATE, OPTION_SEED,
	  "seed of the first program; 0 if not given" },
	{ "--family", "F", COMMAND_ORACLE | COMMAND_GENERATE, OPTION_FAMILY,
	  "vma, cow, file, fork, mremap, anonvma, tiny, mixed, odd, locked, "
	  "track, uffd, guard, thp, mthp, swap, swap-mthp, swap-thp, uffdfile, "
	  "uffdsync, uffdthp, seal, refused, ksm, ksm-thp or numa; oracle: "
	  "may be repeated" },
	{ "--ops", "M", COMMAND_ORACLE | COMMAND_GENERATE, OPTION_OPS,
	  "operations of each program; the seed chooses if not given" },
	{ "--pages", "N", COMMAND_BENCH, OPTION_PAGES,
	  "autonuma: pages of each thread of the workloads; 256 if not given" },
	{ "--json", NULL, COMMAND_ANY, OPTION_JSON,
	  "JSON lines on standard output and nothing else" },
	{ "--help", NULL, COMMAND_ANY, OPTION_HELP, "this text" },
	{ "--version", NULL, COMMAND_ANY, OPTION_VERSION,
	  "the version of the library" },
};

#define NR_OPTION_ROWS (sizeof(option_rows) / sizeof(*option_rows))

static void texts_add(struct texts *texts, const char *text)
{
	texts->v = xrealloc(texts->v, texts->nr + 1, sizeof(*texts->v));
	texts->v[texts->nr++] = xstrdup(text);
}

static void texts_free(struct texts *texts)
{
	for (size_t i = 0; i < texts->nr; i++)
		free(texts->v[i]);
	free(texts->v);
}

static const struct option_row *option_find(const char *name, size_t len)
{
	for (size_t i = 0; i < NR_OPTION_ROWS; i++)
		if (strlen(option_rows[i].name) == len &&
		    !memcmp(option_rows[i].name, name, len))
			return &option_rows[i];
	return NULL;
}

/* A decimal number of @least or more. */
static int number_read(const char *name, const char *text, uint64_t least,
		       uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || *value < least)
		return out_error("%s: found %s, expected a number from %llu",
				 name, text, (unsigned long long)least);
	return STATUS_DONE;
}

static int option_take(struct options *o, int id, const char *value)
{
	if (id < NR_WORLD_OPTIONS)
		return world_option_add(&o->list.common, id, value);
	switch ((enum option_id)id) {
	case OPTION_WITH:
		return world_list_with(&o->list, value);
	case OPTION_WORLD:
		texts_add(&o->worlds, value);
		break;
	case OPTION_SCENARIO:
		texts_add(&o->scenarios, value);
		break;
	case OPTION_LEVEL:
		o->level = value;
		break;
	case OPTION_WHO:
		o->who = value;
		break;
	case OPTION_OUTPUT:
		o->output = value;
		break;
	case OPTION_FORMAT:
		o->format = value;
		break;
	case OPTION_RECORDER:
		o->recorder = value;
		break;
	case OPTION_SYSTEM:
		o->system = true;
		break;
	case OPTION_FAMILY:
		texts_add(&o->families, value);
		break;
	case OPTION_BOOT:
		o->boot = value;
		break;
	case OPTION_MODULES:
		o->modules = value;
		break;
	case OPTION_QEMU:
		o->qemu = value;
		break;
	case OPTION_APPEND:
		o->append = value;
		break;
	case OPTION_TIMEOUT:
		return number_read("--timeout", value, 1, &o->timeout);
	case OPTION_RANDOM:
		return number_read("--random", value, 1, &o->random);
	case OPTION_SEED:
		return number_read("--seed", value, 0, &o->seed);
	case OPTION_OPS:
		return number_read("--ops", value, 1, &o->ops);
	case OPTION_PAGES:
		return number_read("--pages", value, 1, &o->pages);
	case OPTION_EVENTS:
		o->events = true;
		break;
	case OPTION_CHECK:
		o->check = true;
		break;
	case OPTION_CALLS:
		o->calls = true;
		break;
	case OPTION_CSV:
		o->csv = true;
		break;
	case OPTION_JSON:
		o->json = true;
		break;
	case OPTION_HELP:
		o->help = true;
		break;
	case OPTION_VERSION:
		o->version = true;
		break;
	}
	return STATUS_DONE;
}

/* The options that were met, to judge them once the command is known. */
struct met {
	const struct option_row **rows;
	size_t nr;
};

static int option_read(struct options *o, char **argv, int argc, int *i,
		       struct met *met)
{
	const char *arg = argv[*i], *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value - arg) : strlen(arg);
	const struct option_row *row = option_find(arg, len);

	if (!row)
		return out_error("found %s, expected an option of mmsim --help",
				 arg);
	if (value && !row->value)
		return out_error("found %s, expected %s without a value", arg,
				 row->name);
	if (value)
		value++;
	else if (row->value && *i + 1 < argc)
		value = argv[++*i];
	if (row->value && !value)
		return out_error("found %s at the end, expected %s %s", arg,
				 row->name, row->value);
	met->rows[met->nr++] = row;
	return option_take(o, row->id, value);
}

static const struct command *command_find(const struct command *commands,
					  const char *name)
{
	for (; commands->name; commands++)
		if (!strcmp(commands->name, name))
			return commands;
	return NULL;
}

static int operand_read(struct options *o, const struct command *commands,
			const char *arg)
{
	if (o->command) {
		texts_add(&o->operands, arg);
		return STATUS_DONE;
	}
	o->command = command_find(commands, arg);
	if (!o->command)
		return out_error("found %s, expected a command of mmsim --help",
				 arg);
	return STATUS_DONE;
}

static int met_judge(const struct options *o, const struct met *met)
{
	for (size_t i = 0; o->command && i < met->nr; i++)
		if (!(met->rows[i]->commands & o->command->bit))
			return out_error("found %s, expected an option of "
					 "mmsim %s --help",
					 met->rows[i]->name, o->command->name);
	return STATUS_DONE;
}

static int operands_judge(const struct options *o)
{
	const struct command *command = o->command;

	if (!command)
		return out_error("found no command, expected one of "
				 "mmsim --help");
	if (o->operands.nr < command->least)
		return out_error("%s: found %zu operands, expected %s",
				 command->name, o->operands.nr,
				 command->operands);
	if (o->operands.nr > command->most)
		return out_error("%s: found %s, expected %s", command->name,
				 o->operands.v[command->most],
				 *command->operands ? command->operands
						    : "no operand");
	return STATUS_DONE;
}

int options_parse(struct options *o, const struct command *commands, int argc,
		  char **argv)
{
	struct met met = { .rows = xcalloc((size_t)argc, sizeof(*met.rows)) };
	bool only_operands = false;
	int rc = STATUS_DONE;

	memset(o, 0, sizeof(*o));
	for (int i = 1; i < argc && !rc; i++) {
		if (!only_operands && !strcmp(argv[i], "--"))
			only_operands = true;
		else if (!only_operands && argv[i][0] == '-' && argv[i][1])
			rc = option_read(o, argv, argc, &i, &met);
		else
			rc = operand_read(o, commands, argv[i]);
	}
	if (!rc)
		rc = met_judge(o, &met);
	if (!rc && !o->help && !o->version)
		rc = operands_judge(o);
	free(met.rows);
	return rc;
}

void options_free(struct options *o)
{
	texts_free(&o->operands);
	texts_free(&o->worlds);
	texts_free(&o->scenarios);
	texts_free(&o->families);
	world_list_free(&o->list);
}

void options_help(const struct command *command)
{
	struct table *table = table_new("ll");

	for (size_t i = 0; i < NR_OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if (command && !(row->commands & command->bit))
			continue;
		table_cell(table, "%s%s%s", row->name, row->value ? " " : "",
			   row->value ? row->value : "");
		table_cell(table, "%s", row->what);
	}
	table_print(table, 2);
}
