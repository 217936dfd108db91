/* SPDX-License-Identifier: MIT */
/*
 * The recorder: runs scenarios on the kernel that it runs on, each process of
 * a scenario a real one, and writes what happened as lines of a recording.
 *
 * A program of its own, linked statically and with the C library alone: its
 * pages are few and all brought in before a measurement, so the faults counted
 * are the operation's; and it can be the only program of a virtual machine.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MOST_WORDS     16
#define MOST_NAMES     128
#define MOST_PROCESSES 48
#define NAME_LEN       32
#define TEXT_LEN       512

/* Where slot k of the language lies: BASE + k * stride. */
#define BASE 0x100000000000ull

/* ---- record_program.c: what is to be run ---- */

struct line {
	unsigned n;
	char who[NAME_LEN]; /* "P": the first process */
	char text[TEXT_LEN];
	char words_text[TEXT_LEN];
	char *word[MOST_WORDS];
	int nr;
};

/** program_next() - cut the next operation of @text; NULL at the end. */
const char *program_next(const char *text, unsigned *n, struct line *line);

/** words_cut() - make the words of a line anew from its text. */
void words_cut(struct line *line);

/** size_of() - N, Np, Nh, Nk, NM in bytes. */
uint64_t size_of(const char *word);

/* ---- record_out.c: lines of output ---- */

void out(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_text(const char *text); /* as a JSON string */

/** out_flush() - write it; false, now and later, if nobody reads. */
bool out_flush(void);

/* What each line begins with: "@@ " on a console. */
extern const char *out_prefix;

/* ---- record_host.c: this kernel and these rights ---- */

struct host {
	uint64_t page, pmd, stride;
	bool system;		    /* settings may be changed */
	int kpageflags, kpagecount; /* descriptors, or -1 */
	struct raw_reader *raw;	    /* or NULL */
};

extern struct host host;

void host_find(bool system);

/** host_info() - info.json of the world that this kernel is. */
void host_info(const char *world);

/** host_gaps() - what cannot be shown here, one line each, on stderr. */
void host_gaps(void);

/** host_file() - the start of a file; NULL if it cannot be read. */
const char *host_file(const char *path);

/* ---- record_op.c: operations of one process ---- */

struct name {
	char name[NAME_LEN];
	bool file;
	int fd;
	uint64_t base, len; /* base 0: its mmap failed */
};

struct result {
	long ret;
	int err, sig;
	long min, maj, done;
	uint32_t hash;
	bool has_done, has_hash;
	unsigned resolved; /* userfaultfd events */
	char more[2048];   /* further keys, ",\"key\":value" */
	bool maps, pages;  /* to be looked at */
	uint64_t addr, nr; /* the pages of a dump */
	const char *skip;  /* why the scenario cannot be run here */
};

/** op_run() - run one operation in this process. */
void op_run(const struct line *line, struct result *result);

/** name_find() - what this process knows by a name, or NULL. */
struct name *name_find(const char *name, bool file);

/** prefault() - bring in whatever a measurement itself touches. */
void prefault(void);

/* ---- record_main.c, record_init.c ---- */

/** program_run() - record one scenario, and say how it ended. */
void program_run(const char *text);

/** init_run() - the life of process 1. */
void init_run(void);

/* ---- record_uffd.c, record_pin.c ---- */

const char *uffd_open(bool sync, struct result *result);
const char *uffd_range(uint64_t addr, uint64_t len, const char *what,
		       struct result *result);
unsigned uffd_resolved(void); /* events since the last call */
const char *pin_range(uint64_t addr, uint64_t len, struct result *result);
const char *pin_drop(struct result *result);

/* ---- record_look.c: maps, pages, counters ---- */

void look_maps(void);
void look_pages(uint64_t addr, uint64_t nr);
void look_status(struct result *result);
const char *look_nodes(uint64_t addr, uint64_t len, struct result *result);
void look_vmstat(const struct line *line, struct result *result);
const char *look_mstat(const struct line *line, struct result *result);

/* ---- record_system.c: settings of the machine ---- */

/**
 * system_op() - an operation that changes the machine.
 *
 * Return: NULL, or why it cannot be done here.
 */
const char *system_op(const struct line *line, struct result *result);
bool system_is_op(const char *name);

/**
 * system_lock() - one recorder alone changes settings of a machine; the lock
 * lasts as long as this program and what it starts.
 *
 * Return: false after one line on standard error: another one has it.
 */
bool system_lock(void);

/** system_begin() - before the first process: all share what is kept. */
void system_begin(void);

/** system_restore() - put back what was set; async-signal-safe. */
void system_restore(void);

#endif
