/* SPDX-License-Identifier: MIT */
/*
 * mmsim - the command. It stands on the public interface of libmmsim alone.
 */
#include "options.h"
#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int cmd_help(struct options *options);

static const struct command commands[] = {
	{ "run", "SCENARIO...", "run scenarios and print what happens",
	  COMMAND_RUN, 1, SIZE_MAX, cmd_run },
	{ "check", "ROOT", "compare with recordings of real kernels",
	  COMMAND_CHECK, 1, 1, cmd_check },
	{ "replay", "TRACE", "replay what a tracer wrote of a program",
	  COMMAND_REPLAY, 1, 1, cmd_replay },
	{ "decode", "VALUE...", "decode page-table entries", COMMAND_DECODE, 1,
	  SIZE_MAX, cmd_decode },
	{ "walk", "SCENARIO[:LINE] NAME OFFSET",
	  "show the page-table walk of an address", COMMAND_WALK, 3, 3,
	  cmd_walk },
	{ "list", "archs|kernels|features|events|rules|knobs|invariants|schema",
	  "list what this build knows", COMMAND_LIST, 1, 1, cmd_list },
	{ "compare", "SCENARIO",
	  "run a scenario in several worlds side by side", COMMAND_COMPARE, 1,
	  1, cmd_compare },
	{ "oracle", "[SCENARIO...]", "record what the running kernel does",
	  COMMAND_ORACLE, 0, SIZE_MAX, cmd_oracle },
	{ "generate", "", "print a random program", COMMAND_GENERATE, 0, 0,
	  cmd_generate },
	{ "shrink", "SCENARIO",
	  "the shortest scenario in which kernel and simulator, or two worlds, "
	  "still differ",
	  COMMAND_SHRINK, 1, 1, cmd_shrink },
	{ "bench", "mprotect|hugezero|pageout|autonuma",
	  "what the mailing list claimed, counted", COMMAND_BENCH, 1, 1,
	  cmd_bench },
	{ "help", "[COMMAND]", "the options of a command", COMMAND_ANY, 0, 1,
	  cmd_help },
	{ NULL, NULL, NULL, 0, 0, 0, NULL },
};

static void help_all(void)
{
	struct table *table = table_new("lll");

	printf("usage: mmsim COMMAND [OPTION]... [OPERAND]...\n\ncommands:\n");
	for (const struct command *c = commands; c->name; c++) {
		table_cell(table, "%s", c->name);
		table_cell(table, "%s", c->operands);
		table_cell(table, "%s", c->what);
	}
	table_print(table, 2);
	printf("\noptions:\n");
	options_help(NULL);
	printf("\nexit status: 0 done; 1 an expectation or a comparison "
	       "failed; 2 usage or bad input\n");
}

static int help_for(const struct command *command)
{
	if (!command || command->run == cmd_help) {
		help_all();
		return STATUS_DONE;
	}
	printf("usage: mmsim %s [OPTION]... %s\n%s\n\noptions:\n",
	       command->name, command->operands, command->what);
	options_help(command);
	return STATUS_DONE;
}

static int cmd_help(struct options *options)
{
	const struct command *c = commands;

	if (!options->operands.nr)
		return help_for(NULL);
	for (; c->name; c++)
		if (!strcmp(c->name, options->operands.v[0]))
			return help_for(c);
	return out_error("help: found %s, expected a command of mmsim --help",
			 options->operands.v[0]);
}

static int dispatch(struct options *options)
{
	if (options->help)
		return help_for(options->command);
	if (options->version) {
		printf("mmsim %s\n", mmsim_version());
		return STATUS_DONE;
	}
	return options->command->run(options);
}

/* A full disk must not look like success. */
static int output_end(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	return out_error("standard output: found %s, expected room",
			 strerror(errno));
}

int main(int argc, char **argv)
{
	struct options options;
	int status = options_parse(&options, commands, argc, argv);

	if (status == STATUS_DONE)
		status = dispatch(&options);
	options_free(&options);
	return output_end(status);
}
