/* SPDX-License-Identifier: MIT */
/*
 * Drawings: a file with a title, and its end.
 */
#ifndef TOOLS_SVG_H
#define TOOLS_SVG_H

#include <stdio.h>

/**
 * svg_open() - begin a drawing.
 * @title, @legend: two lines of text above it.
 *
 * Return: NULL after one line on standard error.
 */
FILE *svg_open(const char *path, int width, int height, const char *title,
	       const char *legend);

/**
 * svg_possible() - whether a drawing can be written there, before the work for
 * it is done; 0, or STATUS_USAGE after one line on standard error.
 */
int svg_possible(const char *path);

/** svg_close() - 0, or STATUS_USAGE after one line on standard error. */
int svg_close(FILE *out, const char *path);

/** svg_text() - text at a place; @anchor: start, middle or end. */
void svg_text(FILE *out, double x, double y, const char *anchor,
	      const char *text);

/** svg_rule() - a thin line of an axis. */
void svg_rule(FILE *out, double x1, double y1, double x2, double y2);

#endif
