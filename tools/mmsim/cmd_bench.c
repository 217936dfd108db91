/* SPDX-License-Identifier: MIT */
/*
 * mmsim bench - what the kernel's mailing list claimed, counted.
 */
#include "bench.h"
#include "options.h"
#include "out.h"

#include <stdlib.h>
#include <string.h>

static const struct bench_row {
	const char *name, *title;
	int (*run)(struct bench *bench, struct world_list *list);
	void (*text)(const struct bench *bench);
	const struct bench_plot *plot;
} rows[] = {
	{ "mprotect", "mmsim bench mprotect: the posted rule on x86-64",
	  bench_mprotect, bench_mprotect_text, &bench_plot_times },
	{ "pageout", "mmsim bench pageout: MADV_PAGEOUT of 256 MiB",
	  bench_pageout, bench_pageout_text, &bench_plot_times },
	{ "autonuma", "mmsim bench autonuma: the write after a hinting fault",
	  bench_autonuma, bench_autonuma_text, &bench_plot_autonuma },
	{ "hugezero", "mmsim bench hugezero: faults of a huge page",
	  bench_hugezero, bench_hugezero_text, &bench_plot_hugezero },
};

#define NR_ROWS (sizeof(rows) / sizeof(*rows))

static char *names(void)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < NR_ROWS; i++) {
		char *longer =
			xasprintf("%s%s%s", text, i ? ", " : "", rows[i].name);

		free(text);
		text = longer;
	}
	return text;
}

static const struct bench_row *row_find(const char *name)
{
	char *all;

	for (size_t i = 0; i < NR_ROWS; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	all = names();
	out_error("bench: found %s, expected one of %s", name, all);
	free(all);
	return NULL;
}

int cmd_bench(struct options *o)
{
	const struct bench_row *row = row_find(o->operands.v[0]);
	struct bench bench = { .pages = o->pages };
	int status;

	if (!row)
		return STATUS_USAGE;
	status = row->run(&bench, &o->list);
	if (!status) {
		bench_model(&bench);
		if (o->json)
			bench_json(&bench);
		else
			row->text(&bench);
		if (o->output)
			status = bench_plot(&bench, row->plot, row->title,
					    o->output);
	}
	bench_free(&bench);
	return status;
}
