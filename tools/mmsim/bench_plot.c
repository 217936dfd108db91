/* SPDX-License-Identifier: MIT */
/*
 * A plot of one row per cell, on a logarithmic axis.
 */
#include "bench.h"

#include "out.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW   18
#define LEFT  430
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

static void axis_write(FILE *out, const struct axis *axis,
		       const struct bench_plot *plot, int height)
{
	for (int p = axis->first; p <= axis->last; p++) {
		double x = place(axis, pow(10, p));
		char text[32];

		snprintf(text, sizeof(text), "%g %s", pow(10, p), plot->unit);
		svg_rule(out, x, TOP - 6, x, height - 24);
		svg_text(out, x, height - 8, "middle", text);
	}
}

static void point_write(FILE *out, const struct axis *axis,
			const struct bench_point *point, int y)
{
	svg_text(out, 10, y + 4, "start", point->name);
	fprintf(out,
		"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" "
		"stroke=\"#36c\" stroke-width=\"3\" opacity=\"0.4\"/>\n"
		"<circle cx=\"%.1f\" cy=\"%d\" r=\"3.5\" fill=\"%s\" "
		"stroke=\"#36c\"/>\n",
		place(axis, point->low), y, place(axis, point->high), y,
		place(axis, point->value), y, point->filled ? "#36c" : "white");
	if (point->ring > 0)
		fprintf(out,
			"<circle cx=\"%.1f\" cy=\"%d\" r=\"5\" fill=\"none\" "
			"stroke=\"#c30\" stroke-width=\"1.5\"/>\n",
			place(axis, point->ring), y);
}

static void rows_write(FILE *out, const struct bench *bench,
		       const struct bench_plot *plot, const struct axis *axis)
{
	struct bench_point point;
	int row = 0;

	for (size_t i = 0; i < bench->nr; i++)
		if (plot->point(&bench->cell[i], &point))
			point_write(out, axis, &point, TOP + ROW * row++);
}

int bench_plot(const struct bench *bench, const struct bench_plot *plot,
	       const char *title, const char *path)
{
	struct bench_point point;
	int rows = 0, height;
	struct axis axis;
	FILE *out;

	for (size_t i = 0; i < bench->nr; i++)
		rows += plot->point(&bench->cell[i], &point);
	if (!rows)
		return out_error("%s: found no %s for these worlds, expected "
				 "one to plot",
				 path, plot->missing);
	height = TOP + ROW * rows + 30;
	out = svg_open(path, LEFT + WIDTH + 40, height, title, plot->legend);
	if (!out)
		return STATUS_USAGE;
	axis = axis_of(bench, plot);
	axis_write(out, &axis, plot, height);
	rows_write(out, bench, plot, &axis);
	return svg_close(out, path);
}

/* ---- modelled against published times ---- */

static bool times_point(const struct bench_cell *cell,
			struct bench_point *point)
{
	char text[32];

	if (cell->modelled <= 0 || cell->published <= 0)
		return false;
	*point = (struct bench_point){ .low = cell->low,
				       .value = cell->modelled,
				       .high = cell->high,
				       .ring = cell->published,
				       .filled = cell->fitted };
	bench_case_text(cell, text, sizeof(text));
	snprintf(point->name, sizeof(point->name), "%s %s%s", cell->spec->label,
		 text, cell->phase);
	return true;
}

const struct bench_plot bench_plot_times = {
	.legend = "line and dot: modelled with its interval (filled: fitted); "
		  "ring: published",
	.unit = "ns",
	.missing = "published time",
	.point = times_point,
};
