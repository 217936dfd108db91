/* SPDX-License-Identifier: MIT */
/*
 * mmsim list - what this build knows, and what the commands print as JSON.
 */
#include "options.h"
#include "out.h"
#include "releases.h"

#include <stdio.h>
#include <string.h>

/* The JSON objects of each command; tests hold them to what is printed. */
static const struct schema_row {
	const char *command, *object;
} schema_rows[] = {
	{ "run", "one per operation: {\"n\",\"who\",\"op\",\"ret\",\"err\","
		 "\"min\",\"maj\",\"sig\",\"done\",\"hash\",\"uffd\",\"n0\","
		 "\"n1\",\"absent\",\"st0\",\"vmas\":[{\"start\",\"end\","
		 "\"perm\",\"off\",\"flags\"}],\"calls\",\"seq\",\"pages\":"
		 "[{\"i\":[first,last],\"pm\",\"mc\",\"kpf\",\"b\",\"pte\" or "
		 "\"swp\",\"fl\",\"lvl\"}]}; absent keys are 0 or none" },
	{ "run", "of some operations also: status {\"VmPTE\",\"RssAnon\","
		 "\"RssFile\",\"RssShmem\",\"VmSwap\"}, vmstat and mstat "
		 "{the names asked for}, several nodes {\"n2\" and so on}, an "
		 "expect that failed {\"expected\",\"where\",\"found\"}" },
	{ "run --events", "after the operation, one per event: {\"n\","
			  "\"event\",\"rule\",\"first\",\"until\",\"pid\","
			  "\"cpu\",\"addr\",\"old\",\"new\",\"op\",\"seq\"};"
			  " first and until are absent at open ends" },
	{ "check", "one per scenario and world: {\"world\",\"scenario\","
		   "\"result\":\"matched|differing|not run\",\"fields\","
		   "\"first\":{\"n\",\"who\",\"op\",\"page\",\"field\","
		   "\"want\",\"got\"}}" },
	{ "check", "last: {\"matched\",\"differing\",\"not_run\"}" },
	{ "replay", "one per world: {\"world\",\"refs\",\"faults\":{\"minor\","
		    "\"major\",\"by kind\"},\"tlb\":{\"hits\",\"misses\","
		    "\"walks\"},\"tables\",\"pages\","
		    "\"pte_writes\",\"flushes\",\"rounded\",\"truncated\","
		    "\"signals\",\"skipped\",\"seconds\","
		    "\"refs_per_second\"}" },
	{ "replay --csv", "no JSON: refs,calls,world,minor,major,pages,tables,"
			  "pte_writes,flushes,tlb_misses" },
	{ "compare", "one per operation: {\"n\",\"who\",\"op\",\"differs\","
		     "\"differences\":[{\"field\",\"pages\":[first,last],"
		     "\"values\":[one per world]}],\"worlds\":[{\"world\" and "
		     "the keys of run but n, who and op}]}; pages only for "
		     "fields of pages" },
	{ "bench", "one per cell: {\"bench\",\"world\",\"features\","
		   "\"case\":{...},\"phase\",\"pages\",\"faults\",\"copies\","
		   "\"pte_reads\",\"pte_writes\",\"splits\",\"flushes\","
		   "\"tables\",\"fallbacks\",\"rss\",\"maps\":{kind:pages},"
		   "\"modelled_ratio\",\"modelled_ratio_interval\":"
		   "[low,high],\"modelled_ns\",\"modelled_interval_ns\":"
		   "[low,high],\"published_ns\",\"error\",\"not_run\"}; keys "
		   "without a value are left out" },
	{ "oracle", "the lines of run, of the running kernel" },
	{ "oracle --random", "one per family: {\"kernel\",\"family\","
			     "\"seeds\",\"programs\",\"operations\","
			     "\"skipped\",\"differences\",\"date\"}" },
	{ "generate", "{\"family\",\"seed\",\"scenario\"}" },
	{ "shrink", "{\"differs\",\"difference\",\"scenario\"}; only "
		    "differs if they do not" },
	{ "decode", "one per value: {\"value\",\"level\",\"fields\":"
		    "[{\"name\",\"hi\",\"lo\",\"value\",\"what\"}],"
		    "\"helpers\":[...]}" },
	{ "walk", "{\"scenario\",\"line\",\"who\",\"name\",\"addr\",\"steps\":"
		  "[{\"level\",\"shift\",\"index\",\"table\",\"raw\",\"leaf\","
		  "\"fields\"}],\"would\":{\"read|write|exec\":{\"faults\","
		  "\"signal\",\"action\",\"rule\"}}}" },
	{ "list", "one per item: {\"name\",\"what\",\"first\",\"until\","
		  "\"sheet\",\"on\"}; keys without a value are left out" },
	{ "list schema", "one per kind of object: {\"command\",\"object\"}" },
};

struct list {
	bool json, on, releases; /* which columns there are */
	struct table *table;
};

static void item_json(const struct mmsim_list_item *item)
{
	json_t *value = json_pack("{s:s,s:s}", "name", item->name, "what",
				  item->what ? item->what : "");

	releases_json(value, item->first, item->until);
	if (item->sheet)
		json_object_set_new(value, "sheet", json_string(item->sheet));
	if (item->on >= 0)
		json_object_set_new(value, "on", json_boolean(item->on));
	out_json(value);
}

static int item_take(const struct mmsim_list_item *item, void *user)
{
	struct list *list = user;
	char text[RELEASES_TEXT];

	if (list->json) {
		item_json(item);
		return 0;
	}
	table_cell(list->table, "%s", item->name);
	if (list->on)
		table_cell(list->table, "%s", item->on > 0 ? "on" : "off");
	if (list->releases) {
		table_cell(list->table, "%s",
			   releases_text(text, sizeof(text), item->first,
					 item->until));
		table_cell(list->table, "%s", item->sheet ? item->sheet : "");
	}
	table_cell(list->table, "%s", item->what ? item->what : "");
	return 0;
}

static int list_schema(bool json)
{
	struct table *table = json ? NULL : table_new("ll");

	for (size_t i = 0; i < sizeof(schema_rows) / sizeof(*schema_rows);
	     i++) {
		const struct schema_row *row = &schema_rows[i];

		if (json) {
			out_json(json_pack("{s:s,s:s}", "command", row->command,
					   "object", row->object));
			continue;
		}
		table_cell(table, "%s", row->command);
		table_cell(table, "%s", row->object);
	}
	if (table)
		table_print(table, 0);
	return STATUS_DONE;
}

int cmd_list(struct options *o)
{
	const char *kind = o->operands.v[0];
	bool features = !strcmp(kind, "features");
	struct list list = { .json = o->json,
			     .on = features,
			     .releases = features || !strcmp(kind, "rules") };
	int rc;

	if (!strcmp(kind, "schema"))
		return list_schema(o->json);
	rc = world_list_build(&o->list);
	if (rc)
		return rc;
	if (!o->json)
		list.table = table_new(list.on	       ? "lllll"
				       : list.releases ? "llll"
						       : "ll");
	rc = mmsim_list(kind, &o->list.v[0].config, item_take, &list);
	if (list.table)
		table_print(list.table, 0);
	if (rc)
		return out_error("list: found %s, expected archs, kernels, "
				 "features, events, rules, knobs, invariants "
				 "or schema",
				 kind);
	return STATUS_DONE;
}
