/* SPDX-License-Identifier: MIT */
/*
 * A plot of a replay: a panel each for faults, pages in use and, where they
 * are counted, TLB misses; a line per world.
 */
#include "replay.h"

#include "out.h"
#include "svg.h"

#include <stdio.h>

#define LEFT   90
#define WIDTH  640
#define TOP    60
#define HEIGHT 160
#define PITCH  (HEIGHT + 50)
#define ROW    16

static const char *const colors[] = { "#36c", "#c30", "#393", "#a3a",
				      "#c80", "#088", "#666", "#000" };

#define NR_COLORS (sizeof(colors) / sizeof(*colors))

static uint64_t faults_of(const struct sample *sample)
{
	return sample->value[SERIES_MINOR] + sample->value[SERIES_MAJOR];
}

static uint64_t pages_of(const struct sample *sample)
{
	return sample->value[SERIES_PAGES];
}

static uint64_t misses_of(const struct sample *sample)
{
	return sample->value[SERIES_TLB_MISSES];
}

static const struct panel {
	const char *title;
	uint64_t (*value)(const struct sample *sample);
} panels[] = {
	{ "faults so far", faults_of },
	{ "pages in use", pages_of },
	{ "TLB misses so far", misses_of },
};

static int panels_nr(const struct replay *replay)
{
	const struct layout *l = &replay->replicas[0].layout;

	return layout_counter_known(l, COUNTER_TLB_MISSES) ? 3 : 2;
}

/* The time of a sample: references, or calls if the trace has no others. */
static uint64_t time_of(const struct replay *replay, const struct sample *s)
{
	return replay->refs ? s->refs : s->calls;
}

/* What a panel's edges stand for. */
struct scale {
	double x, y;
	double top; /* of the panel */
};

static struct scale scale_of(const struct replay *replay,
			     const struct panel *panel, int row)
{
	struct scale scale = { .x = 1, .y = 1, .top = TOP + PITCH * row };
	const struct samples *s = &replay->samples;

	for (size_t i = 0; i < s->nr * replay->nr; i++) {
		double y = (double)panel->value(&s->v[i]);
		double x = (double)time_of(replay, &s->v[i]);

		scale.x = x > scale.x ? x : scale.x;
		scale.y = y > scale.y ? y : scale.y;
	}
	return scale;
}

static void number_text(char *text, size_t size, double value)
{
	static const struct {
		double least, unit;
		const char *name;
	} units[] = { { 1e9, 1e9, "G" },
		      { 1e6, 1e6, "M" },
		      { 1e4, 1e3, "k" },
		      { 0, 1, "" } };
	size_t i = 0;

	while (value < units[i].least)
		i++;
	snprintf(text, size, "%.4g%s", value / units[i].unit, units[i].name);
}

static void axes_write(FILE *out, const struct scale *scale,
		       const struct panel *panel)
{
	double bottom = scale->top + HEIGHT;
	char text[32];

	svg_text(out, LEFT, scale->top - 5, "start", panel->title);
	for (int i = 0; i <= 4; i++) {
		double x = LEFT + WIDTH * i / 4.0;
		double y = bottom - HEIGHT * i / 4.0;

		svg_rule(out, LEFT, y, LEFT + WIDTH, y);
		number_text(text, sizeof(text), scale->y * i / 4);
		svg_text(out, LEFT - 6, y + 4, "end", text);
		svg_rule(out, x, scale->top, x, bottom);
		number_text(text, sizeof(text), scale->x * i / 4);
		svg_text(out, x, bottom + 14, "middle", text);
	}
}

/* A value holds until the next sample: steps. */
static void line_write(FILE *out, const struct replay *replay, size_t world,
		       const struct panel *panel, const struct scale *scale)
{
	const struct samples *s = &replay->samples;

	fprintf(out, "<path fill=\"none\" stroke=\"%s\" d=\"",
		colors[world % NR_COLORS]);
	for (size_t i = 0; i < s->nr; i++) {
		const struct sample *at = &s->v[i * replay->nr + world];
		double x = (double)time_of(replay, at) / scale->x;
		double y = (double)panel->value(at) / scale->y;

		fprintf(out, i ? "H%.1fV%.1f" : "M%.1f %.1f", LEFT + WIDTH * x,
			scale->top + HEIGHT * (1 - y));
	}
	fprintf(out, "\"/>\n");
}

static void names_write(FILE *out, const struct replay *replay, double top)
{
	for (size_t i = 0; i < replay->nr; i++) {
		double y = top + ROW * (double)i;

		fprintf(out,
			"<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" "
			"stroke=\"%s\" stroke-width=\"2\"/>\n",
			LEFT, y - 4, LEFT + 20, y - 4, colors[i % NR_COLORS]);
		svg_text(out, LEFT + 26, y, "start",
			 replay->replicas[i].spec->label);
	}
}

int samples_plot(const struct replay *replay, const char *path)
{
	int nr = panels_nr(replay), names = TOP + PITCH * nr;
	FILE *out = svg_open(path, LEFT + WIDTH + 40,
			     names + ROW * (int)replay->nr, replay->path,
			     replay->refs ? "over references"
					  : "over system calls");

	if (!out)
		return STATUS_USAGE;
	for (int row = 0; row < nr; row++) {
		struct scale scale = scale_of(replay, &panels[row], row);

		axes_write(out, &scale, &panels[row]);
		for (size_t i = 0; i < replay->nr; i++)
			line_write(out, replay, i, &panels[row], &scale);
	}
	names_write(out, replay, names);
	return svg_close(out, path);
}
