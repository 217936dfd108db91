/* SPDX-License-Identifier: MIT */
/*
 * Raw page-table entries of a process, through /proc/kcore.
 */
#ifndef RECORD_RAW_H
#define RECORD_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct raw_reader;

/**
 * raw_open() - find the tables of this kernel.
 * @why: receives the reason if that cannot be done.
 */
struct raw_reader *raw_open(char *why, size_t n);

/**
 * raw_entry() - the entry that maps an address, or stands in its place.
 * @shift: of the level at which it was found.
 *
 * Return: 0, or -1 if there is no table.
 */
int raw_entry(struct raw_reader *raw, pid_t pid, uint64_t addr, uint64_t *value,
	      unsigned *shift);

/** raw_byte() - what memory holds at a physical address; -1: not known. */
int raw_byte(struct raw_reader *raw, uint64_t paddr, unsigned char *byte);

/** raw_text() - ",\"pte\":...,\"fl\":...,\"lvl\":..." of an entry. */
void raw_text(struct raw_reader *raw, uint64_t value, unsigned shift,
	      bool present, char *buf, size_t len);

#endif
