/* SPDX-License-Identifier: MIT */
/*
 * The command line: which command, which operands, which options.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worlds.h"

struct options;

struct command {
	const char *name, *operands, *what;
	unsigned bit;	    /* of the option table */
	size_t least, most; /* operands */
	int (*run)(struct options *options);
};

/* A list of texts in the order given. */
struct texts {
	char **v;
	size_t nr;
};

struct options {
	const struct command *command;
	struct texts operands;
	bool json, events, check, calls, help, version;
	bool system, csv;
	const char *who, *level, *output, *recorder;
	const char *boot, *modules, *qemu, *append;
	const char *format;
	uint64_t random, seed, ops, timeout, pages;
	struct texts families;	/* --family */
	struct texts worlds;	/* --world */
	struct texts scenarios; /* --scenario */
	struct world_list list; /* the worlds described by all options */
};

/**
 * options_parse() - read a command line.
 * @commands: ends with a row without a name.
 *
 * Return: STATUS_DONE, or STATUS_USAGE after one line on standard error.
 * options_free() in either case.
 */
int options_parse(struct options *options, const struct command *commands,
		  int argc, char **argv);
void options_free(struct options *options);

/** options_help() - the options of one command; NULL: of all. */
void options_help(const struct command *command);

#define COMMAND_RUN	 0x01u
#define COMMAND_CHECK	 0x02u
#define COMMAND_REPLAY	 0x04u
#define COMMAND_DECODE	 0x08u
#define COMMAND_WALK	 0x10u
#define COMMAND_LIST	 0x20u
#define COMMAND_COMPARE	 0x40u
#define COMMAND_BENCH	 0x80u
#define COMMAND_ORACLE	 0x100u
#define COMMAND_GENERATE 0x200u
#define COMMAND_SHRINK	 0x400u
#define COMMAND_ANY	 0xfffu

int cmd_run(struct options *options);
int cmd_check(struct options *options);
int cmd_replay(struct options *options);
int cmd_decode(struct options *options);
int cmd_walk(struct options *options);
int cmd_list(struct options *options);
int cmd_compare(struct options *options);
int cmd_bench(struct options *options);
int cmd_oracle(struct options *options);
int cmd_generate(struct options *options);
int cmd_shrink(struct options *options);

#endif
