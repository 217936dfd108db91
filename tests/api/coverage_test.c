/* SPDX-License-Identifier: MIT */
/*
 * Every rule and every event occurs: all scenarios of a folder, run in several
 * worlds, and a few calls that no scenario can say.
 *
 *   api_coverage FOLDER
 */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IDS 256

struct coverage {
	const char *folder;
	bool rule[MAX_IDS], event[MAX_IDS];
	unsigned runs;
};

/* What does not occur here. */
static const char *const later[] = {
	/* Only a flush that was forgotten leads to it (unit.tlb). */
	"hw-tlb-stale",
	"hw_tlb_stale",
	/* After 65535 processes. */
	"asid_rollover",
};

static bool is_later(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(later); i++)
		if (!strcmp(later[i], name))
			return true;
	return false;
}

static void see_event(const struct mmsim_event *event, void *user)
{
	struct coverage *c = user;

	assert_true(event->type < MAX_IDS && event->rule < MAX_IDS);
	assert_string_not_equal(mmsim_event_name(event->type), "?");
	c->rule[event->rule] = true;
}

/* ---- runs ---- */

struct counting {
	struct coverage *c;
	struct mmsim *w;
	unsigned at;
};

static int see_counter(const struct mmsim_list_item *item, void *user)
{
	struct counting *n = user;
	uint64_t value = 0;

	assert_int_equal(mmsim_counter(n->w, item->name, &value), 0);
	if (value)
		n->c->event[n->at] = true;
	n->at++;
	return 0;
}

/* Some events are counted only: another one reports them. */
static void end_world(struct coverage *c, struct mmsim *w)
{
	struct counting n = { c, w, 0 };

	check_world_valid(w);
	assert_int_equal(mmsim_list("events", NULL, see_counter, &n), 0);
	assert_true(n.at && n.at < MAX_IDS);
	mmsim_destroy(w);
}

static struct mmsim *listening_world(struct coverage *c,
				     const struct mmsim_config *config)
{
	struct mmsim *w = NULL;

	assert_int_equal(mmsim_create(config, &w), 0);
	assert_int_equal(mmsim_on_event(w, see_event, c), 0);
	c->runs++;
	return w;
}

/* Expectations are of other worlds too: only mistakes count here. */
static void run_text(struct coverage *c, const struct mmsim_config *config,
		     const char *path, const char *text, size_t len)
{
	struct mmsim *w = listening_world(c, config);
	int rc = mmsim_run_scenario(w, text, len, NULL, NULL);

	if (rc && rc != -EPROTO && rc != -EOPNOTSUPP)
		fail_msg("%s: %s", path, mmsim_last_error(w));
	end_world(c, w);
}

static void run_file(struct coverage *c, const struct mmsim_config *configs,
		     size_t nr, const char *name)
{
	static char text[1 << 16];
	char path[1024];
	size_t len, i;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", c->folder, name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	for (i = 0; i < nr; i++)
		run_text(c, &configs[i], path, text, len);
}

static bool is_scenario(const char *name)
{
	size_t len = strlen(name);

	return len > 3 && !strcmp(name + len - 3, ".sc");
}

static void run_folder(struct coverage *c, const struct mmsim_config *configs,
		       size_t nr)
{
	struct dirent *entry;
	DIR *dir = opendir(c->folder);

	if (!dir)
		fail_msg("%s: %s", c->folder, strerror(errno));
	while ((entry = readdir(dir)))
		if (is_scenario(entry->d_name))
			run_file(c, configs, nr, entry->d_name);
	(void)closedir(dir);
}

/* ---- what scenarios cannot say ---- */

static int say_no(const struct mmsim_rule_ctx *ctx, void *user)
{
	(void)ctx;
	(void)user;
	return 0;
}

static int if_mapped_once(const struct mmsim_rule_ctx *ctx, void *user)
{
	(void)user;
	return ctx->mapcount == 1;
}

/* userfaultfd's fork event. */
static void watch_fork(struct coverage *c)
{
	struct fixture f = { .page = 4096, .pmd = 2 << 20 };
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim_mm *child;

	f.w = listening_world(c, &config);
	assert_int_equal(mmsim_mm_create(f.w, &f.mm), 0);
	assert_int_equal(
		mmsim_uffd_open(f.mm, MMSIM_UFFD_FEATURE_EVENT_FORK |
					      MMSIM_UFFD_FEATURE_WP_ASYNC),
		0);
	map_at(&f, f.mm, BASE, 1, RW, ANON | FIXED, NULL, 0);
	assert_int_equal(mmsim_uffd_register(f.mm, BASE, f.page,
					     MMSIM_UFFD_REGISTER_MODE_WP),
			 0);
	assert_int_equal(
		mmsim_uffd_writeprotect(f.mm, BASE, f.page,
					MMSIM_UFFD_WRITEPROTECT_MODE_WP),
		0);
	assert_int_equal(mmsim_fork(f.mm, &child), 0);
	(void)touch(child, BASE, MMSIM_WRITE);
	end_world(c, f.w);
}

/* A growing stack, a refused fetch, a caller's own rules. */
static void calls(struct coverage *c)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	const struct mmsim_rules rules = {
		.size = sizeof(rules),
		.can_change_pte_writable = say_no,
		.can_reuse_anon_page = if_mapped_once,
	};
	struct fixture f = { .page = 4096, .pmd = 2 << 20 };
	struct mmsim_mm *child;

	config.rules = &rules;
	f.w = listening_world(c, &config);
	assert_int_equal(mmsim_mm_create(f.w, &f.mm), 0);
	map_at(&f, f.mm, BASE, 1, RW, ANON | FIXED | MMSIM_MAP_GROWSDOWN, NULL,
	       0);
	(void)touch(f.mm, BASE - 1, MMSIM_WRITE);
	(void)touch(f.mm, BASE, MMSIM_WRITE);
	(void)touch(f.mm, BASE, MMSIM_EXEC);
	assert_int_equal(mmsim_mprotect(f.mm, BASE, f.page, RO), 0);
	assert_int_equal(mmsim_mprotect(f.mm, BASE, f.page, RW), 0);
	assert_int_equal(mmsim_fork(f.mm, &child), 0);
	(void)touch(f.mm, BASE, MMSIM_WRITE);
	(void)touch(child, BASE, MMSIM_WRITE);
	end_world(c, f.w);
	watch_fork(c);
}

static void touch_on(struct mmsim_mm *mm, unsigned cpu, enum mmsim_access kind)
{
	struct mmsim_fault fault = MMSIM_FAULT_INIT;

	assert_int_equal(mmsim_access(mm, cpu, BASE, 1, kind, NULL, &fault), 0);
}

/* What one CPU's TLB has when another one changes the entry. */
static void two_cpus(struct coverage *c, enum mmsim_arch arch)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct fixture f = { .page = 4096, .pmd = 2 << 20 };
	struct mmsim_mm *child, *other;

	config.arch = arch;
	config.page_size = 4096;
	config.cpus = 2;
	if (mmsim_config_error(&config, NULL, NULL, 0))
		return;
	f.w = listening_world(c, &config);
	assert_int_equal(mmsim_mm_create(f.w, &f.mm), 0);
	assert_int_equal(mmsim_mm_create(f.w, &other), 0);
	map_at(&f, f.mm, BASE, 1, RW, ANON | FIXED, NULL, 0);
	map_at(&f, other, BASE, 1, RW, ANON | FIXED, NULL, 0);
	touch_on(f.mm, 0, MMSIM_WRITE);
	assert_int_equal(mmsim_mprotect(f.mm, BASE, f.page, RO), 0);
	touch_on(f.mm, 1, MMSIM_READ);
	assert_int_equal(mmsim_mprotect(f.mm, BASE, f.page, RW), 0);
	/* Reuse on one CPU; the other's refusal is spurious. */
	assert_int_equal(mmsim_fork(f.mm, &child), 0);
	mmsim_mm_exit(child);
	touch_on(f.mm, 1, MMSIM_READ);
	touch_on(f.mm, 0, MMSIM_WRITE);
	touch_on(f.mm, 1, MMSIM_WRITE);
	/* A flush while the other CPU is away. */
	touch_on(other, 1, MMSIM_WRITE);
	touch_on(f.mm, 0, MMSIM_WRITE);
	assert_int_equal(mmsim_mprotect(f.mm, BASE, f.page, RO), 0);
	touch_on(f.mm, 1, MMSIM_READ);
	end_world(c, f.w);
}

/* More pages than memory and device have. */
static void no_memory(struct coverage *c)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct fixture f = { .page = 4096, .pmd = 2 << 20 };
	uint64_t page, pages = 3 << 8;

	config.node_memory = f.pmd;
	f.w = listening_world(c, &config);
	assert_int_equal(mmsim_mm_create(f.w, &f.mm), 0);
	assert_int_equal(mmsim_swapon(f.w, MMSIM_SWAP_SSD, f.page << 7, 0), 0);
	map_at(&f, f.mm, BASE, pages / 2, RW, ANON | FIXED, NULL, 0);
	map_at(&f, f.mm, BASE + pages / 2 * f.page, pages / 2, RW, ANON | FIXED,
	       NULL, 0);
	for (page = 0; page < pages; page++)
		(void)touch(f.mm, BASE + page * f.page, MMSIM_WRITE);
	end_world(c, f.w);
}

/* ---- the lists ---- */

struct missing {
	const struct coverage *c;
	unsigned nr, at;
};

static int check_rule(const struct mmsim_list_item *item, void *user)
{
	struct missing *m = user;
	uint32_t id;

	for (id = 0; id < MAX_IDS; id++)
		if (!strcmp(mmsim_rule_name(id), item->name))
			break;
	if (id == MAX_IDS)
		fail_msg("rule %s has no number", item->name);
	if (m->c->rule[id] == is_later(item->name)) {
		print_error("rule %s: %s\n", item->name,
			    m->c->rule[id] ? "does occur" : "nothing emits it");
		m->nr++;
	}
	return 0;
}

static int check_event(const struct mmsim_list_item *item, void *user)
{
	struct missing *m = user;

	if (!m->c->event[m->at++] && !is_later(item->name)) {
		print_error("event %s: never\n", item->name);
		m->nr++;
	}
	return 0;
}

static void every_rule_and_event_occurs(void **state)
{
	struct mmsim_config configs[8], plain = MMSIM_CONFIG_INIT;
	struct coverage *c = *state;
	struct missing m = { c, 0, 0 };
	size_t nr = 0;

	/* Scenarios of NUMA need a second node with a CPU of its own. */
	plain.cpus = 2;
	plain.nodes = 2;
	configs[nr] = plain;
	configs[nr++].kernel = KERNEL(5, 10);
	configs[nr] = plain;
	configs[nr++].kernel = KERNEL(6, 1);
	configs[nr] = plain;
	configs[nr++].kernel = KERNEL(6, 12);
	configs[nr++] = plain;
	configs[nr] = plain;
	configs[nr].arch = MMSIM_ARCH_ARM64;
	configs[nr++].features = "-arm64-hafdbs";
	configs[nr] = plain;
	configs[nr].arch = MMSIM_ARCH_PPC64;
	configs[nr++].mmu = MMSIM_MMU_HASH;
	if (mmsim_config_error(&configs[4], NULL, NULL, 0) ||
	    mmsim_config_error(&configs[5], NULL, NULL, 0) ||
	    mmsim_config_error(&configs[0], NULL, NULL, 0))
		skip();
	run_folder(c, configs, nr);
	calls(c);
	no_memory(c);
	two_cpus(c, MMSIM_ARCH_X86_64);
	two_cpus(c, MMSIM_ARCH_ARM64);
	two_cpus(c, MMSIM_ARCH_PPC64);
	assert_true(c->runs > 100);
	assert_int_equal(mmsim_list("rules", NULL, check_rule, &m), 0);
	assert_int_equal(mmsim_list("events", NULL, check_event, &m), 0);
	assert_int_equal(m.nr, 0);
}

int main(int argc, char **argv)
{
	struct coverage *c = calloc(1, sizeof(*c));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(every_rule_and_event_occurs, c),
	};
	int rc;

	if (!c || argc != 2)
		return 2;
	c->folder = argv[1];
	rc = cmocka_run_group_tests_name("coverage", tests, NULL, NULL);
	free(c);
	return rc;
}
