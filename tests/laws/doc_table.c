/* SPDX-License-Identifier: MIT */
/*
 * docs/arch-helpers.md against the code: every helper has a row with a law,
 * and every law there is a test that runs.
 *
 * A row is "| `helper`, `helper` | promise | `law`, `law` |". E_x stands for
 * pte_x and pmd_x, in helpers and in laws.
 */
#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAMES 512
#define NAME_LEN  80

struct names {
	char name[MAX_NAMES][NAME_LEN];
	unsigned nr;
};

struct table {
	struct names helpers, laws;
	unsigned rows;
};

static const char *root;

/* Where the helpers are defined. */
static const char *const headers[] = {
	"src/arch/x86/pgtable.h",     "src/arch/arm64/pgtable.h",
	"src/arch/powerpc/pgtable.h", "src/arch/fake/pgtable.h",
	"src/core/arch_leaf.h",	      "src/pte/swap_entry.h",
};

/* Where the laws are. */
static const char *const sources[] = {
	"tests/laws/leaf_laws.inc", "tests/laws/hw_laws.inc",
	"tests/laws/pte_laws.c",    "tests/laws/pmd_laws.c",
	"tests/laws/swap_laws.c",   "tests/laws/geometry_laws.c",
	"tests/laws/vectors.c",
};

/* Parts of helpers: nobody outside a format calls them. */
static const char *const internal[] = {
	"leaf_", "x86_",     "arm64_",	 "ppc_",
	"fake_", "hw_leaf_", "hw_right", "arch_swp_init",
};

static char *read_file(const char *path)
{
	char full[4096], *text;
	long len;
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "r");
	if (!f)
		fail_msg("cannot open %s", full);
	fseek(f, 0, SEEK_END);
	len = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)len + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)len, f), len);
	fclose(f);
	return text;
}

static bool has(const struct names *names, const char *name)
{
	unsigned i;

	for (i = 0; i < names->nr; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

static void add(struct names *names, const char *name, size_t len)
{
	char buf[NAME_LEN] = "";

	assert_true(len < NAME_LEN);
	memcpy(buf, name, len);
	if (has(names, buf))
		return;
	assert_true(names->nr < MAX_NAMES);
	strcpy(names->name[names->nr++], buf);
}

/* The words in `backquotes` of [p, end). */
static unsigned add_quoted(struct names *names, const char *p, const char *end)
{
	const char *close;
	unsigned nr = 0;

	while ((p = memchr(p, '`', (size_t)(end - p)))) {
		close = memchr(p + 1, '`', (size_t)(end - p - 1));
		if (!close)
			fail_msg("unbalanced ` in the table");
		add(names, p + 1, (size_t)(close - p - 1));
		nr++;
		p = close + 1;
	}
	return nr;
}

static void parse_row(struct table *t, const char *line, const char *end)
{
	const char *promise = memchr(line + 1, '|', (size_t)(end - line - 1));
	const char *laws;

	assert_non_null(promise);
	laws = memchr(promise + 1, '|', (size_t)(end - promise - 1));
	assert_non_null(laws);
	if (!add_quoted(&t->helpers, line, promise))
		return; /* the head of a table */
	t->rows++;
	if (!add_quoted(&t->laws, laws, end))
		fail_msg("a helper without a law: %.*s", (int)(end - line),
			 line);
}

static void parse_table(struct table *t)
{
	char *text = read_file("docs/arch-helpers.md"), *p = text, *end;

	for (; *p; p = end + 1) {
		end = strchr(p, '\n');
		assert_non_null(end);
		if (*p == '|')
			parse_row(t, p, end);
	}
	free(text);
}

static int setup(void **state)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return -1;
	parse_table(t);
	*state = t;
	return t->rows ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* ---- helpers ---- */

static bool is_internal(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(internal) / sizeof(internal[0]); i++)
		if (!strncmp(name, internal[i], strlen(internal[i])))
			return true;
	return false;
}

/* pte_x and pmd_x also go by E_x. */
static bool has_either_form(const struct names *names, const char *name)
{
	char both[NAME_LEN];

	if (has(names, name))
		return true;
	if (strncmp(name, "pte_", 4) && strncmp(name, "pmd_", 4))
		return false;
	snprintf(both, sizeof(both), "E_%.*s", NAME_LEN - 3, name + 4);
	return has(names, both);
}

/* The name of the function that a definition's first lines declare. */
static void function_name(const char *line, char name[NAME_LEN])
{
	const char *open = strchr(line, '('), *p = open;

	assert_non_null(open);
	while (p[-1] != ' ' && p[-1] != '*' && p[-1] != '\n')
		p--;
	assert_true(open - p < NAME_LEN);
	memcpy(name, p, (size_t)(open - p));
	name[open - p] = '\0';
}

static unsigned check_header(const struct table *t, const char *path)
{
	char *text = read_file(path), *p = text, name[NAME_LEN];
	unsigned nr = 0;

	while ((p = strstr(p, "\nstatic inline "))) {
		p++;
		function_name(p, name);
		if (is_internal(name))
			continue;
		nr++;
		if (!has_either_form(&t->helpers, name))
			fail_msg("%s of %s is not in docs/arch-helpers.md",
				 name, path);
	}
	free(text);
	return nr;
}

static void every_helper_is_in_the_table(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (check_header(*state, headers[i]) < 20)
			fail_msg("hardly a helper found in %s", headers[i]);
}

/* A row for a helper that is gone promises nothing. */
static void every_row_is_a_helper(void **state)
{
	const struct table *t = *state;
	char *text[sizeof(headers) / sizeof(headers[0])], want[NAME_LEN + 8];
	unsigned n, found;
	size_t i, nr = sizeof(headers) / sizeof(headers[0]);

	for (i = 0; i < nr; i++)
		text[i] = read_file(headers[i]);
	for (n = 0; n < t->helpers.nr; n++) {
		const char *name = t->helpers.name[n];

		snprintf(want, sizeof(want), "%s%s(",
			 strncmp(name, "E_", 2) ? "" : "pte_",
			 strncmp(name, "E_", 2) ? name : name + 2);
		found = 0;
		for (i = 0; i < nr; i++)
			found += !!strstr(text[i], want);
		if (!found)
			fail_msg("no helper %s", name);
	}
	for (i = 0; i < nr; i++)
		free(text[i]);
}

/* ---- laws ---- */

/* Defined as a test function, and listed in a group. */
static bool law_runs(const char *text, const char *name)
{
	bool both = !strncmp(name, "E_", 2);
	char def[2 * NAME_LEN], run[2][2 * NAME_LEN], *p;

	snprintf(def, sizeof(def), both ? "LAW(%s)(void **" : "%s(void **",
		 both ? name + 2 : name);
	snprintf(run[0], sizeof(run[0]),
		 both ? "LAW_TEST(%s)" : "cmocka_unit_test(%s)",
		 both ? name + 2 : name);
	snprintf(run[1], sizeof(run[1]), "cmocka_unit_test(LAW(%s))", name + 2);
	if (!strstr(text, def))
		return false;
	if (strstr(text, run[0]) || (both && strstr(text, run[1])))
		return true;
	/* a name that did not fit the line of its cmocka_unit_test() */
	p = strstr(text, "cmocka_unit_test(\n");
	for (; p; p = strstr(p + 1, "cmocka_unit_test(\n"))
		if (!strncmp(p + strspn(p, "cmocka_unit_test(\n\t"), name,
			     strlen(name)))
			return true;
	return false;
}

static void every_law_in_the_table_runs(void **state)
{
	const struct table *t = *state;
	char *text[sizeof(sources) / sizeof(sources[0])];
	size_t i, nr = sizeof(sources) / sizeof(sources[0]);
	unsigned n;
	bool runs;

	for (i = 0; i < nr; i++)
		text[i] = read_file(sources[i]);
	for (n = 0; n < t->laws.nr; n++) {
		runs = false;
		for (i = 0; i < nr; i++)
			runs = runs || law_runs(text[i], t->laws.name[n]);
		if (!runs)
			fail_msg("no law %s", t->laws.name[n]);
	}
	for (i = 0; i < nr; i++)
		free(text[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_helper_is_in_the_table),
		cmocka_unit_test(every_row_is_a_helper),
		cmocka_unit_test(every_law_in_the_table_runs),
	};

	root = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, setup, teardown);
}
