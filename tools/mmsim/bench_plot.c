/* SPDX-License-Identifier: MIT */
/*
 * A plot of modelled against published times: one row per cell, on a
 * logarithmic axis.
 */
#include "bench.h"

#include "out.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW   18
#define LEFT  330
#define WIDTH 520
#define TOP   60

static bool is_plotted(const struct bench_cell *cell)
{
	return cell->modelled > 0 && cell->published > 0;
}

struct axis {
	int first, last; /* powers of ten */
};

static struct axis axis_of(const struct bench *bench)
{
	struct axis axis = { 99, -99 };

	for (size_t i = 0; i < bench->nr; i++) {
		const struct bench_cell *cell = &bench->cell[i];

		if (!is_plotted(cell))
			continue;
		axis.first = (int)fmin(
			axis.first,
			floor(log10(fmin(cell->low, cell->published))));
		axis.last = (int)fmax(
			axis.last,
			ceil(log10(fmax(cell->high, cell->published))));
	}
	if (axis.first == axis.last)
		axis.last++;
	return axis;
}

static double place(const struct axis *axis, double ns)
{
	return LEFT +
	       WIDTH * (log10(ns) - axis->first) / (axis->last - axis->first);
}

static void head_write(FILE *out, const struct axis *axis, const char *title,
		       int height)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"10\" y=\"20\" font-size=\"14\">%s</text>\n"
		"<text x=\"10\" y=\"38\" fill=\"#555\">line and dot: modelled "
		"with its interval (filled: fitted); ring: published</text>\n",
		LEFT + WIDTH + 40, height, title);
	for (int p = axis->first; p <= axis->last; p++) {
		double x = place(axis, pow(10, p));

		fprintf(out,
			"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" "
			"stroke=\"#ddd\"/>\n<text x=\"%.1f\" y=\"%d\" "
			"text-anchor=\"middle\">%g ns</text>\n",
			x, TOP - 6, x, height - 24, x, height - 8, pow(10, p));
	}
}

static void name_write(FILE *out, const struct bench_cell *cell, int y)
{
	fprintf(out, "<text x=\"10\" y=\"%d\">", y + 4);
	for (int i = 0; i < BENCH_KEYS && cell->key[i].name; i++) {
		if (cell->key[i].word)
			fprintf(out, "%s ", cell->key[i].word);
		else
			fprintf(out, "%llu ",
				(unsigned long long)cell->key[i].number);
	}
	fprintf(out, "%s</text>\n", cell->phase);
}

static void cell_write(FILE *out, const struct axis *axis,
		       const struct bench_cell *cell, int y)
{
	name_write(out, cell, y);
	fprintf(out,
		"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" "
		"stroke=\"#36c\" stroke-width=\"3\" opacity=\"0.4\"/>\n"
		"<circle cx=\"%.1f\" cy=\"%d\" r=\"3.5\" fill=\"%s\" "
		"stroke=\"#36c\"/>\n"
		"<circle cx=\"%.1f\" cy=\"%d\" r=\"5\" fill=\"none\" "
		"stroke=\"#c30\" stroke-width=\"1.5\"/>\n",
		place(axis, cell->low), y, place(axis, cell->high), y,
		place(axis, cell->modelled), y, cell->fitted ? "#36c" : "white",
		place(axis, cell->published), y);
}

static void plot_write(FILE *out, const struct bench *bench, const char *title)
{
	struct axis axis = axis_of(bench);
	int rows = 0, row = 0;

	for (size_t i = 0; i < bench->nr; i++)
		rows += is_plotted(&bench->cell[i]);
	head_write(out, &axis, title, TOP + ROW * rows + 30);
	for (size_t i = 0; i < bench->nr; i++)
		if (is_plotted(&bench->cell[i]))
			cell_write(out, &axis, &bench->cell[i],
				   TOP + ROW * row++);
	fprintf(out, "</svg>\n");
}

int bench_plot(const struct bench *bench, const char *title, const char *path)
{
	bool any = false;
	FILE *out;

	for (size_t i = 0; i < bench->nr; i++)
		any = any || is_plotted(&bench->cell[i]);
	if (!any)
		return out_error("%s: found no published time for these "
				 "worlds, expected one to plot",
				 path);
	out = fopen(path, "w");
	if (!out)
		return out_error("%s: found %s, expected to write there", path,
				 strerror(errno));
	plot_write(out, bench, title);
	if (ferror(out) | fclose(out))
		return out_error("%s: found %s, expected room", path,
				 strerror(errno));
	return 0;
}
