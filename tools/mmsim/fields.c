/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include "out.h"

static int field_append(const struct mmsim_field *field, void *user)
{
	json_array_append_new(user, json_pack("{s:s,s:i,s:i,s:o,s:s?}", "name",
					      field->name, "hi", (int)field->hi,
					      "lo", (int)field->lo, "value",
					      out_u64(field->value), "what",
					      field->what));
	return 0;
}

json_t *fields_json(const struct mmsim_config *config, uint64_t raw,
		    unsigned shift)
{
	json_t *fields = json_array();

	mmsim_entry_fields(config, raw, shift, field_append, fields);
	return fields;
}

static int field_cells(const struct mmsim_field *field, void *user)
{
	struct table *table = user;

	table_cell(table, "%s", field->name);
	if (field->hi == field->lo)
		table_cell(table, "%u", field->hi);
	else
		table_cell(table, "%u..%u", field->hi, field->lo);
	table_cell(table, field->value > 9 ? "0x%llx" : "%llu",
		   (unsigned long long)field->value);
	table_cell(table, "%s", field->what ? field->what : "");
	return 0;
}

void fields_print(const struct mmsim_config *config, uint64_t raw,
		  unsigned shift, unsigned indent)
{
	struct table *table = table_new("lrrl");

	table_cell(table, "field");
	table_cell(table, "bits");
	table_cell(table, "value");
	table_cell(table, "meaning");
	mmsim_entry_fields(config, raw, shift, field_cells, table);
	table_print(table, indent);
}
