/* SPDX-License-Identifier: MIT */
/*
 * Programs in the scenario language: parsed whole, then run line by line.
 */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include "core/world.h"
#include "scenario/json.h"

#include <mmsim/entry.h>
#include <mmsim/scenario.h>

#define SCENARIO_BASE	   ((vaddr_t)0x100000000000)
#define SCENARIO_NAME_LEN  32
#define SCENARIO_MAX_WORDS 24
#define SCENARIO_MAX_LINE  512
#define SCENARIO_MAX_CALLS 40

/* A word of a line; not zero-terminated. */
struct word {
	const char *s;
	size_t len;
};

/* One operation: its line cut into words. words[0] names it. */
struct line {
	unsigned n;
	struct word who;  /* len 0: the first process */
	struct word text; /* without who and comment */
	unsigned nr;
	struct word words[SCENARIO_MAX_WORDS];
};

/* What a process calls a mapping or a file. */
struct name {
	char name[SCENARIO_NAME_LEN];
	vaddr_t base; /* 0: its mmap or mremap failed */
	u64 len;
	struct mmsim_file *file; /* a file's name; NULL: a mapping's */
};

struct process {
	char name[SCENARIO_NAME_LEN];
	struct mmsim_mm *mm; /* NULL: it has ended */
	u64 slot;	     /* number of the next mmap or mremap */
	unsigned cpu;
	struct name *names;
	unsigned nr_names, max_names;
	u32 uffd;	 /* pid of the process whose userfaultfd it has
				 * open; 0: none */
	u64 status[5];	 /* as the last `status` saw it */
	bool has_status; /* there was one */
};

/* What an operation reports. */
struct result {
	int ret;	 /* 0 or a negative errno */
	const char *sig; /* "SEGV", "BUS" or NULL */
	u64 min, maj, done, uffd;
	u32 hash;
	bool has_done, has_hash;
	int st0; /* of move_pages' first page */
	u64 nodes[PHYS_MAX_NODES], absent;
	bool has_st0, has_nodes;
};

/* A counter as the last vmstat or mstat saw it. */
#define COUNTER_KEY_LEN 64
struct counter_seen {
	char key[COUNTER_KEY_LEN];
	u64 value;
};

struct mmsim_scenario {
	struct mmsim *w;
	char *text;
	size_t len, pos;
	unsigned n; /* lines read so far */
	mmsim_report_fn fn;
	void *user;
	struct json json;
	struct process *procs;
	unsigned nr_procs, max_procs;
	struct mmsim_file **files; /* one reference for each made */
	unsigned nr_files, max_files;
	struct line line;
	struct process *proc; /* that runs the line */
	struct result last;   /* for expect */
	bool expect_failed;
	bool trace;		       /* lines have `calls` */
	u64 calls[SCENARIO_MAX_CALLS]; /* as the operation began */
	struct counter_seen *seen;     /* by vmstat and mstat */
	unsigned nr_seen, max_seen;
	int swap_prio; /* of the next device: below those before it */
};

/* ---- scenario/parse.c ---- */

/**
 * next_line() - cut the next operation into words.
 *
 * Return: true; false at the end. A line that is too long or has a byte that
 * no scenario has is handed out with nr == 0 and text set.
 */
bool next_line(struct mmsim_scenario *s, struct line *line);

bool word_is(struct word w, const char *text);

/* "found ..., expected ..." for the current line: returns -EINVAL. */
int bad_word(struct mmsim_scenario *s, struct word found, const char *expected);

/* N, Np, Nh, Nk, NM as bytes. */
int parse_size_word(struct mmsim_scenario *s, struct word w, u64 *bytes);
int parse_prot(struct mmsim_scenario *s, struct word w, int *prot);
int parse_uint(struct mmsim_scenario *s, struct word w, u64 max, u64 *value);
int parse_advice(struct mmsim_scenario *s, struct word w, int *advice);

/* Check every line's operation and number of words before anything runs:
 * 0, -EINVAL or -EOPNOTSUPP. */
int check_text(struct mmsim_scenario *s);

/* ---- scenario/ops.c ---- */

struct op {
	const char *name;
	unsigned min_words, max_words;	      /* behind the name */
	int (*run)(struct mmsim_scenario *s); /* NULL: not supported yet */
	const char *usage;
};

const struct op *find_op(struct word name);

/* The name a word stands for; a negative errno if the process has none. */
int find_name(struct mmsim_scenario *s, struct word w, struct name **name);

/* NAME OFF LEN at word i of the line. */
int parse_range(struct mmsim_scenario *s, unsigned i, vaddr_t *addr, u64 *len);

/* ---- scenario/ops_numa.c ---- */

int op_mbind(struct mmsim_scenario *s);
int op_set_mempolicy(struct mmsim_scenario *s);
int op_migrate_pages(struct mmsim_scenario *s);
int op_move_pages(struct mmsim_scenario *s);
int op_node(struct mmsim_scenario *s);
int op_numa_scan(struct mmsim_scenario *s);
int op_time(struct mmsim_scenario *s);

/* ---- scenario/dump.c ---- */

int op_dump(struct mmsim_scenario *s);
int op_maps(struct mmsim_scenario *s);
int op_status(struct mmsim_scenario *s);

/* What pagemap says of a page, as letters; "" for nothing. */
#define PAGEMAP_LETTERS 8
void pagemap_letters(struct mmsim_mm *mm, vaddr_t addr,
		     char pm[PAGEMAP_LETTERS]);

/* ---- scenario/calls.c ---- */

int op_trace(struct mmsim_scenario *s);

/* An operation begins. */
void calls_begin(struct mmsim_scenario *s);

/* Write the member `calls`, if the scenario traces and there were any. */
void put_calls(struct mmsim_scenario *s);

/* ---- scenario/expect.c ---- */

int op_expect(struct mmsim_scenario *s);

#endif
