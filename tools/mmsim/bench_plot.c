/* SPDX-License-Identifier: MIT */
/*
 * A plot of one row per cell, on a logarithmic axis.
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

struct axis {
	int first, last; /* powers of ten */
};

static struct axis axis_of(const struct bench *bench,
			   const struct bench_plot *plot)
{
	struct axis axis = { 99, -99 };
	struct bench_point point;

	for (size_t i = 0; i < bench->nr; i++) {
		double low, high;

		if (!plot->point(&bench->cell[i], &point))
			continue;
		low = point.ring > 0 ? fmin(point.low, point.ring) : point.low;
		high = fmax(point.high, point.ring);
		axis.first = (int)fmin(axis.first, floor(log10(low)));
		axis.last = (int)fmax(axis.last, ceil(log10(high)));
	}
	if (axis.first == axis.last)
		axis.last++;
	return axis;
}

static double place(const struct axis *axis, double value)
{
	return LEFT + WIDTH * (log10(value) - axis->first) /
			      (axis->last - axis->first);
}

static void head_write(FILE *out, const struct axis *axis,
		       const struct bench_plot *plot, const char *title,
		       int height)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"10\" y=\"20\" font-size=\"14\">%s</text>\n"
		"<text x=\"10\" y=\"38\" fill=\"#555\">%s</text>\n",
		LEFT + WIDTH + 40, height, title, plot->legend);
	for (int p = axis->first; p <= axis->last; p++) {
		double x = place(axis, pow(10, p));

		fprintf(out,
			"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" "
			"stroke=\"#ddd\"/>\n<text x=\"%.1f\" y=\"%d\" "
			"text-anchor=\"middle\">%g %s</text>\n",
			x, TOP - 6, x, height - 24, x, height - 8, pow(10, p),
			plot->unit);
	}
}

static void point_write(FILE *out, const struct axis *axis,
			const struct bench_point *point, int y)
{
	fprintf(out,
		"<text x=\"10\" y=\"%d\">%s</text>\n"
		"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" "
		"stroke=\"#36c\" stroke-width=\"3\" opacity=\"0.4\"/>\n"
		"<circle cx=\"%.1f\" cy=\"%d\" r=\"3.5\" fill=\"%s\" "
		"stroke=\"#36c\"/>\n",
		y + 4, point->name, place(axis, point->low), y,
		place(axis, point->high), y, place(axis, point->value), y,
		point->filled ? "#36c" : "white");
	if (point->ring > 0)
		fprintf(out,
			"<circle cx=\"%.1f\" cy=\"%d\" r=\"5\" fill=\"none\" "
			"stroke=\"#c30\" stroke-width=\"1.5\"/>\n",
			place(axis, point->ring), y);
}

static void plot_write(FILE *out, const struct bench *bench,
		       const struct bench_plot *plot, const char *title,
		       int rows)
{
	struct axis axis = axis_of(bench, plot);
	struct bench_point point;
	int row = 0;

	head_write(out, &axis, plot, title, TOP + ROW * rows + 30);
	for (size_t i = 0; i < bench->nr; i++)
		if (plot->point(&bench->cell[i], &point))
			point_write(out, &axis, &point, TOP + ROW * row++);
	fprintf(out, "</svg>\n");
}

int bench_plot(const struct bench *bench, const struct bench_plot *plot,
	       const char *title, const char *path)
{
	struct bench_point point;
	int rows = 0;
	FILE *out;

	for (size_t i = 0; i < bench->nr; i++)
		rows += plot->point(&bench->cell[i], &point);
	if (!rows)
		return out_error("%s: found no %s for these worlds, expected "
				 "one to plot",
				 path, plot->missing);
	out = fopen(path, "w");
	if (!out)
		return out_error("%s: found %s, expected to write there", path,
				 strerror(errno));
	plot_write(out, bench, plot, title, rows);
	if (ferror(out) | fclose(out))
		return out_error("%s: found %s, expected room", path,
				 strerror(errno));
	return 0;
}

/* ---- modelled against published times ---- */

static bool times_point(const struct bench_cell *cell,
			struct bench_point *point)
{
	char text[64];

	if (cell->modelled <= 0 || cell->published <= 0)
		return false;
	*point = (struct bench_point){ .low = cell->low,
				       .value = cell->modelled,
				       .high = cell->high,
				       .ring = cell->published,
				       .filled = cell->fitted };
	bench_case_text(cell, text, sizeof(text));
	snprintf(point->name, sizeof(point->name), "%s%s", text, cell->phase);
	return true;
}

const struct bench_plot bench_plot_times = {
	.legend = "line and dot: modelled with its interval (filled: fitted); "
		  "ring: published",
	.unit = "ns",
	.missing = "published time",
	.point = times_point,
};
