/* SPDX-License-Identifier: MIT */
/*
 * The fields of an entry, as a table or as JSON.
 */
#ifndef TOOLS_FIELDS_H
#define TOOLS_FIELDS_H

#include <jansson.h>
#include <mmsim/mmsim.h>

/** fields_json() - [{"name","hi","lo","value","what"}], highest bit first. */
json_t *fields_json(const struct mmsim_config *config, uint64_t raw,
		    unsigned shift);

/** fields_print() - the same as a table. */
void fields_print(const struct mmsim_config *config, uint64_t raw,
		  unsigned shift, unsigned indent);

#endif
