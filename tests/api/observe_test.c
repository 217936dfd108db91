/* SPDX-License-Identifier: MIT */
/*
 * Looking at a world: entries, walks, mappings, counters, events; and
 * decoding values without one.
 */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- entries ---- */

static void entries_of_other_sizes(void **state)
{
	struct {
		struct mmsim_entry entry;
		uint64_t behind;
	} out = { .behind = 7 };
	struct fixture *f = *state;

	map_anon(f, BASE, 1);
	put_byte(f->mm, BASE, 1);
	assert_int_equal(mmsim_entry_get(f->mm, BASE, &out.entry), -EINVAL);
	out.entry.size = offsetof(struct mmsim_entry, shift);
	assert_int_equal(mmsim_entry_get(f->mm, BASE, &out.entry), 0);
	assert_true(out.entry.flags & MMSIM_E_PRESENT);
	assert_int_equal(out.entry.shift, 0);
	out.entry.size = sizeof(out.entry);
	assert_int_equal(mmsim_entry_get(f->mm, BASE, &out.entry), 0);
	assert_int_equal(1u << out.entry.shift, f->page);
	assert_int_equal(out.behind, 7);
	assert_int_equal(mmsim_entry_get(NULL, BASE, &out.entry), -EINVAL);
	assert_int_equal(mmsim_entry_get(f->mm, BASE, NULL), -EINVAL);
	assert_int_equal(mmsim_entry_get(f->mm, UINT64_MAX, &out.entry),
			 -EFAULT);
	assert_int_equal(mmsim_page_peek(f->mm, UINT64_MAX), -EFAULT);
	assert_int_equal(mmsim_page_peek(f->mm, BASE), 1);
	assert_int_equal(mmsim_page_peek(f->mm, BASE + f->page), -ENOENT);
}

/* Looking changes nothing: no fault, no accessed bit. */
static void looking_changes_nothing(void **state)
{
	struct mmsim_walk_step steps[5];
	struct fixture *f = *state;
	struct mmsim_entry before;
	unsigned i;
	int n;

	for (i = 0; i < 5; i++)
		steps[i].size = sizeof(*steps);
	map_anon(f, BASE, 2);
	put_byte(f->mm, BASE, 1);
	assert_int_equal(mmsim_madvise(f->mm, BASE, f->page, MMSIM_MADV_FREE),
			 0);
	before = entry_at(f->mm, BASE);
	assert_false(before.flags & MMSIM_E_YOUNG);
	assert_int_equal(mmsim_page_peek(f->mm, BASE), 1);
	n = mmsim_walk(f->mm, BASE, steps, 5);
	assert_true(n >= 3 && n <= 5);
	assert_string_equal(steps[0].level, "pgd");
	assert_string_equal(steps[n - 1].level, "pte");
	assert_int_equal(steps[n - 1].raw, before.raw);
	assert_int_equal(steps[n - 1].leaf, 1);
	assert_int_equal(entry_at(f->mm, BASE).raw, before.raw);
	assert_int_equal(mmsim_walk(f->mm, BASE, steps, 1), 1);
	assert_int_equal(mmsim_walk(f->mm, BASE, NULL, 1), -EINVAL);
	assert_int_equal(mmsim_walk(NULL, BASE, steps, 1), -EINVAL);
	assert_int_equal(mmsim_walk(f->mm, UINT64_MAX, steps, 1), -EFAULT);
	steps[0].size = 0;
	assert_int_equal(mmsim_walk(f->mm, BASE, steps, 5), -EINVAL);
}

/* A value says the same with and without a world around it. */
static void values_decode_without_a_world(void **state)
{
	const uint32_t of_page =
		MMSIM_E_ANON | MMSIM_E_EXCLUSIVE | MMSIM_E_SWAPBACKED;
	struct mmsim_entry there, decoded = { .size = sizeof(decoded) };
	struct fixture *f = *state;
	struct mmsim_config config = config_of(f->c);

	map_anon(f, BASE, 1);
	put_byte(f->mm, BASE, 1);
	there = entry_at(f->mm, BASE);
	assert_int_equal(
		mmsim_entry_decode(&config, there.raw, there.shift, &decoded),
		0);
	assert_int_equal(decoded.flags, there.flags & ~of_page);
	assert_int_equal(decoded.pfn, there.pfn);
	assert_int_equal(decoded.raw, there.raw);
	assert_int_equal(mmsim_entry_decode(&config, 0, there.shift, &decoded),
			 0);
	assert_int_equal(decoded.flags, 0);
	assert_int_equal(mmsim_entry_decode(&config, 0, 13, &decoded), -EINVAL);
	assert_int_equal(mmsim_entry_decode(NULL, 0, 12, &decoded), -EINVAL);
	assert_int_equal(mmsim_entry_decode(&config, 0, there.shift, NULL),
			 -EINVAL);
	config.kernel = 1;
	assert_int_equal(mmsim_entry_decode(&config, 0, there.shift, &decoded),
			 -EINVAL);
}

struct fields {
	unsigned next, n, stop;
	uint64_t value;
};

/* From bit 63 down, no bit left out, none twice. */
static int see_field(const struct mmsim_field *field, void *user)
{
	struct fields *s = user;

	assert_int_equal(field->size, sizeof(*field));
	assert_int_equal(field->hi, s->next);
	assert_true(field->lo <= field->hi);
	assert_true(field->name && *field->name && field->what);
	s->value |= field->value << field->lo;
	s->next = field->lo - 1;
	return ++s->n == s->stop ? 9 : 0;
}

static void fields_make_up_the_value(void **state)
{
	struct fixture *f = *state;
	struct mmsim_config config = config_of(f->c);
	struct fields s = { .next = 63 };
	struct mmsim_entry e;

	map_anon(f, BASE, 1);
	put_byte(f->mm, BASE, 1);
	e = entry_at(f->mm, BASE);
	assert_int_equal(
		mmsim_entry_fields(&config, e.raw, e.shift, see_field, &s), 0);
	assert_int_equal(s.value, e.raw);
	assert_int_equal(s.next, (unsigned)-1);
	s = (struct fields){ .next = 63, .stop = 2 };
	assert_int_equal(
		mmsim_entry_fields(&config, e.raw, e.shift, see_field, &s), 9);
	assert_int_equal(s.n, 2);
	assert_int_equal(mmsim_entry_fields(&config, e.raw, 13, see_field, &s),
			 -EINVAL);
	assert_int_equal(mmsim_entry_fields(&config, e.raw, e.shift, NULL, &s),
			 -EINVAL);
	assert_int_equal(
		mmsim_entry_fields(NULL, e.raw, e.shift, see_field, &s),
		-EINVAL);
}

struct helpers {
	bool present, write, dirty, none;
};

static void see_helper(const char *name, void *user)
{
	struct helpers *h = user;

	h->present |= !strcmp(name, "pte_present");
	h->write |= !strcmp(name, "pte_write");
	h->dirty |= !strcmp(name, "pte_dirty");
	h->none |= !strcmp(name, "pte_none");
}

static void helpers_that_say_yes(void **state)
{
	struct fixture *f = *state;
	struct mmsim_config config = config_of(f->c);
	struct helpers h = { 0 };
	struct mmsim_entry e;

	map_anon(f, BASE, 2);
	(void)get_byte(f->mm, BASE);
	put_byte(f->mm, BASE + f->page, 1);
	e = entry_at(f->mm, BASE);
	assert_int_equal(
		mmsim_entry_helpers(&config, e.raw, e.shift, see_helper, &h),
		0);
	assert_true(h.present && !h.write && !h.dirty && !h.none);
	e = entry_at(f->mm, BASE + f->page);
	assert_int_equal(
		mmsim_entry_helpers(&config, e.raw, e.shift, see_helper, &h),
		0);
	assert_true(h.present && h.write && h.dirty && !h.none);
	h = (struct helpers){ 0 };
	assert_int_equal(
		mmsim_entry_helpers(&config, 0, e.shift, see_helper, &h), 0);
	assert_true(h.none && !h.present);
	assert_int_equal(mmsim_entry_helpers(&config, 0, e.shift, NULL, &h),
			 -EINVAL);
	assert_int_equal(mmsim_entry_helpers(NULL, 0, e.shift, see_helper, &h),
			 -EINVAL);
}

/* ---- mappings, counters ---- */

static void mappings_in_order(void **state)
{
	struct mmsim_vma vma = { .size = sizeof(vma) };
	struct fixture *f = *state;
	struct mmsim_file *file;
	char words[64];

	assert_int_equal(mmsim_vma_next(f->mm, 0, &vma), -ENOENT);
	assert_int_equal(mmsim_file_create(f->w, 8 * f->page, 0, &file), 0);
	map_anon(f, BASE, 2);
	map_at(f, f->mm, BASE + f->pmd, 2, RO, SHARED | FIXED, file,
	       3 * f->page);
	assert_int_equal(mmsim_vma_next(f->mm, 0, &vma), 0);
	assert_int_equal(vma.start, BASE);
	assert_int_equal(vma.offset, 0);
	assert_int_equal(mmsim_vma_flags(vma.flags, words, sizeof(words)), 0);
	assert_non_null(strstr(words, "rd wr mr mw me ac"));
	assert_int_equal(mmsim_vma_next(f->mm, BASE + 2 * f->page, &vma), 0);
	assert_int_equal(vma.start, BASE + f->pmd);
	assert_int_equal(vma.offset, 3 * f->page);
	assert_int_equal(mmsim_vma_flags(vma.flags, words, 12), -E2BIG);
	assert_int_equal(mmsim_vma_flags(vma.flags, NULL, 12), -EINVAL);
	assert_int_equal(mmsim_vma_flags(0, words, 1), 0);
	assert_string_equal(words, "");
	assert_int_equal(mmsim_vma_next(f->mm, vma.end, &vma), -ENOENT);
	vma.size = 0;
	assert_int_equal(mmsim_vma_next(f->mm, 0, &vma), -EINVAL);
	assert_int_equal(mmsim_vma_next(NULL, 0, &vma), -EINVAL);
	assert_int_equal(mmsim_vma_next(f->mm, 0, NULL), -EINVAL);
	mmsim_file_put(file);
}

static void counters_and_status(void **state)
{
	struct mmsim_status status = { .size = sizeof(status) };
	struct fixture *f = *state;
	uint64_t before, after;

	assert_int_equal(mmsim_counter(f->w, "pgfault", &before), 0);
	map_anon(f, BASE, 5);
	put_byte(f->mm, BASE, 1);
	(void)get_byte(f->mm, BASE + f->page);
	map_at(f, f->mm, BASE + f->pmd, 1, RW,
	       SHARED | MMSIM_MAP_ANONYMOUS | FIXED, NULL, 0);
	put_byte(f->mm, BASE + f->pmd, 1);
	assert_int_equal(mmsim_counter(f->w, "pgfault", &after), 0);
	assert_int_equal(after - before, 3);
	assert_int_equal(mmsim_status(f->mm, &status), 0);
	assert_int_equal(status.rss_anon, 1);
	assert_int_equal(status.rss_shmem, 1);
	assert_int_equal(status.rss_file, 0);
	assert_int_equal(status.swap, 0);
	assert_int_equal(status.total_vm, 6);
	assert_true(mmsim_swapon(f->w, MMSIM_SWAP_SSD, 16 * f->page, 0) >= 0);
	assert_int_equal(mmsim_madvise(f->mm, BASE, f->page,
				       MMSIM_MADV_PAGEOUT),
			 0);
	assert_int_equal(mmsim_status(f->mm, &status), 0);
	assert_int_equal(status.rss_anon, 0);
	assert_int_equal(status.swap, 1);
	assert_int_equal(mmsim_counter(f->w, "no_such", &after), -ENOENT);
	assert_non_null(strstr(mmsim_last_error(f->w), "no_such"));
	assert_int_equal(mmsim_counter(f->w, NULL, &after), -EINVAL);
	assert_int_equal(mmsim_counter(f->w, "pgfault", NULL), -EINVAL);
	assert_int_equal(mmsim_counter(NULL, "pgfault", &after), -EINVAL);
	status.size = 0;
	assert_int_equal(mmsim_status(f->mm, &status), -EINVAL);
	assert_int_equal(mmsim_status(NULL, &status), -EINVAL);
}

/* ---- events ---- */

struct listener {
	struct fixture *f;
	uint64_t last_seq, last_op;
	unsigned n, busy, other;
	bool wp, exit;
};

static void note(struct listener *l, int rc)
{
	if (rc == -EBUSY)
		l->busy++;
	else
		l->other++;
}

/* What would change the world, asked for inside a callback. */
static void listen(const struct mmsim_event *event, void *user)
{
	struct mmsim_mmap_args args = { .size = sizeof(args),
					.len = 1,
					.flags = ANON };
	struct listener *l = user;
	struct mmsim_mm *mm = l->f->mm, *child;
	uint64_t out = 0;

	assert_int_equal(event->size, sizeof(*event));
	assert_true(!l->n || event->seq == l->last_seq + 1);
	assert_true(event->op >= l->last_op);
	l->last_seq = event->seq;
	l->last_op = event->op;
	l->wp |= !strcmp(mmsim_event_name(event->type), "do_wp_page") &&
		 !strcmp(mmsim_rule_name(event->rule), "wp-copy-zero-page");
	if (l->n++)
		return;
	note(l, mmsim_mmap(mm, &args, &out));
	note(l, mmsim_munmap(mm, BASE, 1));
	note(l, mmsim_mprotect(mm, BASE, 1, RO));
	note(l, mmsim_madvise(mm, BASE, 1, MMSIM_MADV_DONTNEED));
	note(l, mmsim_mremap(mm, BASE, 1, 1, 0, &out));
	note(l, mmsim_brk(mm, 0, &out));
	note(l, mmsim_mlock(mm, BASE, 1, 1));
	note(l, mmsim_fork(mm, &child));
	note(l, mmsim_mm_create(l->f->w, &child));
	note(l, mmsim_access(mm, 0, BASE, 1, MMSIM_READ, NULL, NULL));
	note(l, mmsim_set(l->f->w, "vm.overcommit_memory", "1"));
	note(l, mmsim_on_event(l->f->w, NULL, NULL));
	note(l, mmsim_record_events(l->f->w, NULL, 0));
	note(l, mmsim_run_scenario(l->f->w, "", 0, NULL, NULL));
	mmsim_mm_exit(mm);
}

static void callbacks_must_not_change_the_world(void **state)
{
	struct fixture *f = *state;
	struct listener l = { .f = f };
	unsigned n;

	map_anon(f, BASE, 1);
	(void)get_byte(f->mm, BASE);
	assert_int_equal(mmsim_on_event(f->w, listen, &l), 0);
	put_byte(f->mm, BASE, 1);
	assert_true(l.n >= 5);
	assert_true(l.wp);
	assert_int_equal(l.busy, 14);
	assert_int_equal(l.other, 0);
	n = l.n;
	assert_int_equal(mmsim_on_event(f->w, NULL, NULL), 0);
	put_byte(f->mm, BASE, 2);
	assert_int_equal(mmsim_munmap(f->mm, BASE, f->page), 0);
	assert_int_equal(l.n, n);
	assert_int_equal(mmsim_on_event(NULL, listen, &l), -EINVAL);
	assert_string_equal(mmsim_event_name(UINT32_MAX), "?");
	assert_string_equal(mmsim_rule_name(UINT32_MAX), "?");
	assert_int_equal(mmsim_check(NULL, NULL, NULL), -EINVAL);
}

/* ---- events in a ring ---- */

#define RING	   64
#define MOST_HEARD 2048

struct heard {
	const struct mmsim_event_record *ring; /* or NULL */
	struct mmsim_event_record events[MOST_HEARD];
	size_t n;
};

static void same_record(const struct mmsim_event_record *a,
			const struct mmsim_event_record *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->rule, b->rule);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->cpu, b->cpu);
	assert_int_equal(a->op, b->op);
	assert_int_equal(a->addr, b->addr);
	assert_int_equal(a->old_value, b->old_value);
	assert_int_equal(a->new_value, b->new_value);
}

/* What the listener is told has been written to the ring. */
static void hear(const struct mmsim_event *event, void *user)
{
	struct heard *h = user;
	const struct mmsim_event_record r = {
		.type = (uint16_t)event->type,
		.rule = (uint16_t)event->rule,
		.pid = event->pid,
		.cpu = event->cpu,
		.op = (uint32_t)event->op,
		.addr = event->addr,
		.old_value = event->old_value,
		.new_value = event->new_value,
	};

	assert_true(h->n < MOST_HEARD);
	if (h->ring)
		same_record(&h->ring[event->seq % RING], &r);
	h->events[h->n++] = r;
}

/* First faults, others in between, batches that go, and pages freed. */
static void operate(struct fixture *f)
{
	struct mmsim_mm *child;
	uint64_t i;

	map_anon(f, BASE, 40);
	for (i = 0; i < 40; i++)
		put_byte(f->mm, BASE + i * f->page + i, 1);
	assert_int_equal(
		mmsim_madvise(f->mm, BASE, 20 * f->page, MMSIM_MADV_DONTNEED),
		0);
	for (i = 0; i < 20; i++)
		if (i % 3)
			put_byte(f->mm, BASE + i * f->page, 1);
		else
			(void)get_byte(f->mm, BASE + i * f->page);
	assert_int_equal(mmsim_fork(f->mm, &child), 0);
	for (i = 0; i < 40; i += 5)
		put_byte(child, BASE + i * f->page, 2);
	mmsim_mm_exit(child);
	for (i = 0; i < 20; i++)
		put_byte(f->mm, BASE + i * f->page, 3);
	/* By walks alone, after the fork's flush. */
	for (i = 0; i < 40; i++)
		assert_int_equal(mmsim_access(f->mm, 0, BASE + i * f->page, 1,
					      MMSIM_READ, NULL, NULL),
				 0);
	assert_int_equal(mmsim_munmap(f->mm, BASE, 40 * f->page), 0);
}

/* All that in a new world: the next event's number. */
static uint64_t fill_ring(const struct fixture *f0,
			  struct mmsim_event_record *ring, size_t nr,
			  struct heard *h)
{
	struct mmsim_config config = config_of(f0->c);
	struct fixture f = { .c = f0->c, .page = f0->page };
	uint64_t seq;

	assert_int_equal(mmsim_create(&config, &f.w), 0);
	assert_int_equal(mmsim_on_event(f.w, h ? hear : NULL, h), 0);
	assert_int_equal(mmsim_record_events(f.w, ring, nr), 0);
	assert_int_equal(mmsim_mm_create(f.w, &f.mm), 0);
	operate(&f);
	seq = mmsim_event_seq(f.w);
	mmsim_destroy(f.w);
	return seq;
}

static void a_ring_keeps_what_a_listener_hears(void **state)
{
	struct fixture *f = *state;
	struct mmsim_event_record ring[RING];
	struct heard *h = calloc(1, sizeof(*h));
	uint64_t seq;

	assert_non_null(h);
	h->ring = ring;
	seq = fill_ring(f, ring, RING, h);
	assert_int_equal(seq, h->n);
	assert_true(h->n > 4 * RING);
	free(h);
}

/* The events of the last records are the last ones, none left out. */
static void compare_ring(const struct fixture *f,
			 const struct mmsim_event_record *ring, size_t nr,
			 uint64_t seq, const struct heard *h)
{
	struct mmsim_event_record part[MMSIM_EVENT_EXPANDED];
	size_t i, n, at = h->n;

	for (i = 0; i < nr && i < seq; i++) {
		n = mmsim_event_expand(f->w, &ring[(seq - 1 - i) % nr], part);
		assert_in_range(n, 1, MMSIM_EVENT_EXPANDED);
		assert_true(n <= at);
		while (n)
			same_record(&part[--n], &h->events[--at]);
	}
	assert_true(seq > nr || !at);
}

static void a_ring_alone_keeps_the_same(void **state)
{
	struct fixture *f = *state;
	struct mmsim_event_record *ring = calloc(MOST_HEARD, sizeof(*ring));
	struct heard *h = calloc(1, sizeof(*h));
	size_t nr;
	uint64_t seq;

	assert_non_null(ring);
	assert_non_null(h);
	fill_ring(f, NULL, 0, h);
	for (nr = 1; nr <= MOST_HEARD; nr *= 2) {
		seq = fill_ring(f, ring, nr, NULL);
		/* First faults are one record each. */
		assert_in_range(seq, h->n / 4, h->n - 100);
		compare_ring(f, ring, nr, seq, h);
	}
	assert_int_equal(mmsim_event_expand(NULL, ring, ring), 0);
	assert_int_equal(mmsim_event_expand(f->w, NULL, ring), 0);
	assert_int_equal(mmsim_event_expand(f->w, ring, NULL), 0);
	assert_string_equal(mmsim_event_name(MMSIM_EVENT_SEVERAL), "several");
	free(ring);
	free(h);
}

static void a_ring_is_a_power_of_two(void **state)
{
	struct fixture *f = *state;
	struct mmsim_event_record ring[3];
	uint64_t seq = mmsim_event_seq(f->w);

	assert_int_equal(mmsim_record_events(f->w, ring, 3), -EINVAL);
	assert_int_equal(mmsim_record_events(f->w, ring, 0), -EINVAL);
	assert_int_equal(mmsim_record_events(f->w, NULL, 2), -EINVAL);
	assert_int_equal(mmsim_record_events(NULL, ring, 2), -EINVAL);
	map_anon(f, BASE, 1);
	assert_int_equal(mmsim_event_seq(f->w), seq);
	assert_int_equal(mmsim_event_seq(NULL), 0);
	/* One record alone is overwritten by each. */
	assert_int_equal(mmsim_record_events(f->w, ring, 1), 0);
	put_byte(f->mm, BASE, 1);
	assert_true(mmsim_event_seq(f->w) > seq + 1);
	assert_int_equal(mmsim_record_events(f->w, NULL, 0), 0);
	assert_int_equal(mmsim_munmap(f->mm, BASE, f->page), 0);
}

/* ---- a caller's own rules ---- */

struct own {
	struct mmsim *w;
	int answer, busy;
	unsigned asked;
};

static int own_rule(const struct mmsim_rule_ctx *ctx, void *user)
{
	struct own *own = user;

	assert_int_equal(ctx->size, sizeof(*ctx));
	assert_true(ctx->entry & MMSIM_E_PRESENT);
	own->asked++;
	own->busy = mmsim_set(own->w, "vm.overcommit_memory", "1");
	return own->answer;
}

static void own_rules_decide(void **state)
{
	const struct mmsim_rules rules = { .size = sizeof(rules),
					   .can_change_pte_writable =
						   own_rule };
	struct fixture *f = *state, own = *f;
	struct mmsim_config config = config_of(f->c);
	struct own user = { .answer = 0 };

	if (!from_kernel(f, 6, 0))
		return;
	config.rules = &rules;
	config.rules_user = &user;
	assert_int_equal(mmsim_create(&config, &own.w), 0);
	assert_int_equal(mmsim_mm_create(own.w, &own.mm), 0);
	user.w = own.w;
	map_anon(&own, BASE, 1);
	put_byte(own.mm, BASE, 1);
	assert_int_equal(mmsim_mprotect(own.mm, BASE, f->page, RO), 0);
	assert_int_equal(mmsim_mprotect(own.mm, BASE, f->page, RW), 0);
	assert_true(user.asked > 0);
	assert_int_equal(user.busy, -EBUSY);
	assert_int_equal(touch(own.mm, BASE, MMSIM_WRITE).minor, 1);
	user.answer = 1;
	assert_int_equal(mmsim_mprotect(own.mm, BASE, f->page, RO), 0);
	assert_int_equal(mmsim_mprotect(own.mm, BASE, f->page, RW), 0);
	assert_int_equal(touch(own.mm, BASE, MMSIM_WRITE).minor, 0);
	mmsim_destroy(own.w);
}

/* ---- scenarios ---- */

struct lines {
	unsigned n;
	char last[1024];
};

static void see_line(const char *line, void *user)
{
	struct lines *l = user;

	l->n++;
	(void)strncpy(l->last, line, sizeof(l->last) - 1);
}

static int run_text(struct fixture *f, const char *text, struct lines *l)
{
	return mmsim_run_scenario(f->w, text, strlen(text), see_line, l);
}

static void scenario_results(void **state)
{
	struct fixture *f = *state;
	struct lines l = { 0 };

	assert_int_equal(run_text(f,
				  "mmap A 1p rw private anon\n"
				  "write A 0 1p 7 # comment\n\n",
				  &l),
			 0);
	assert_int_equal(l.n, 2);
	assert_non_null(strstr(l.last, "\"n\":2,\"who\":\"P\""));
	assert_non_null(strstr(l.last, "\"min\":1,\"done\":1"));
	/* No expectation holds: all lines are run all the same. */
	l.n = 0;
	assert_int_equal(run_text(f,
				  "mmap A 1p rw private anon\n"
				  "expect ret=-1\n"
				  "write A 0 1p 7\n",
				  &l),
			 -EPROTO);
	assert_non_null(strstr(mmsim_last_error(f->w), "line 2"));
	assert_int_equal(l.n, 3);
}

/* A mistake anywhere is found before anything runs. */
static void scenario_mistakes(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *says;
	} wrong[] = {
		{ "drain\nfrobnicate A\n", -EINVAL, "line 2" },
		{ "mmap A\n", -EINVAL, "line 1" },
		{ "read A 0 1p extra\n", -EINVAL, "line 1" },
		{ "@C\n", -EINVAL, "line 1" },
		{ "drain\ncat x\n", -EOPNOTSUPP, "cat" },
		{ "read \001A 0 1p\n", -EINVAL, "line 1" },
	};
	struct fixture *f = *state;
	struct lines l = { 0 };
	struct mmsim_scenario *s;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(run_text(f, wrong[i].text, &l), wrong[i].rc);
		assert_non_null(strstr(mmsim_last_error(f->w), wrong[i].says));
		assert_int_equal(l.n, 0);
	}
	assert_int_equal(mmsim_run_scenario(f->w, NULL, 1, NULL, NULL),
			 -EINVAL);
	assert_int_equal(mmsim_run_scenario(NULL, "", 0, NULL, NULL), -EINVAL);
	assert_int_equal(mmsim_scenario_open(f->w, "", 0, NULL, NULL, NULL),
			 -EINVAL);
	assert_int_equal(mmsim_scenario_open(f->w, NULL, 0, NULL, NULL, &s), 0);
	assert_int_equal(mmsim_scenario_step(s), 0);
	mmsim_scenario_close(s);
	mmsim_scenario_close(NULL);
	assert_int_equal(mmsim_scenario_step(NULL), -EINVAL);
}

/* What only running shows: names, processes, words. */
static void scenario_mistakes_while_running(void **state)
{
	static const char *const wrong[] = {
		"drain\nread A 0 1p\n",
		"drain\n@C drain\n",
		"mmap A 1p rw private anon\nread A 0 1z\n",
		"mmap A 1p rq private anon\n\n",
		"fork C\nfork C\n",
		"drain\nexit C\n",
		"drain\ncpu 9\n",
		"mmap A 1p rw private anon\nmadvise A 0 1p sometimes\n",
		"mmap A 1p rw private anon\nwrite A 0 1p 256\n",
		"drain\nexpect frob=1\n",
		"drain\nexpect counter frob=1\n",
		"mmap A 1p rw private memfd M 0\n\n",
		"drain\nmemfd M 99999999999999999999\n",
	};
	struct fixture *f = *state;
	struct lines l = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(run_text(f, wrong[i], &l), -EINVAL);
		assert_non_null(strstr(mmsim_last_error(f->w), "expected"));
		check_world_valid(f->w);
	}
}

static void scenario_steps_and_names(void **state)
{
	static const char text[] = "mmap A 2p rw private anon\n"
				   "write A 0 2p 5\n"
				   "# nothing\n"
				   "fork C\n"
				   "@C munmap A 0 1p\n";
	struct fixture *f = *state;
	struct mmsim_scenario *s;
	struct mmsim_mm *p, *c;
	uint64_t addr, len;

	assert_int_equal(mmsim_scenario_open(f->w, text, sizeof(text) - 1, NULL,
					     NULL, &s),
			 0);
	assert_int_equal(mmsim_scenario_find(s, "P", "A", &p, &addr, &len),
			 -ENOENT);
	assert_int_equal(mmsim_scenario_step(s), 1);
	assert_int_equal(mmsim_scenario_find(s, "P", "A", &p, &addr, &len), 0);
	assert_int_equal(len, 2 * f->page);
	assert_int_equal(mmsim_scenario_step(s), 2);
	assert_int_equal(get_byte(p, addr + f->page), 5);
	assert_int_equal(mmsim_scenario_step(s), 4);
	assert_int_equal(mmsim_scenario_find(s, "C", "A", &c, NULL, NULL), 0);
	assert_true(c != p);
	assert_int_equal(mmsim_scenario_step(s), 5);
	assert_int_equal(touch(c, addr, MMSIM_READ).kind,
			 MMSIM_FAULT_SEGV_MAPERR);
	assert_int_equal(mmsim_scenario_step(s), 0);
	assert_int_equal(mmsim_scenario_find(s, "D", "A", NULL, NULL, NULL),
			 -ENOENT);
	assert_int_equal(mmsim_scenario_find(s, "P", NULL, NULL, NULL, NULL),
			 -EINVAL);
	mmsim_scenario_close(s);
}

int main(void)
{
	static const struct fixture_test tests[] = {
		TEST(entries_of_other_sizes),
		TEST(looking_changes_nothing),
		TEST(values_decode_without_a_world),
		TEST(fields_make_up_the_value),
		TEST(helpers_that_say_yes),
		TEST(mappings_in_order),
		TEST(counters_and_status),
		TEST(callbacks_must_not_change_the_world),
		TEST(a_ring_keeps_what_a_listener_hears),
		TEST(a_ring_alone_keeps_the_same),
		TEST(a_ring_is_a_power_of_two),
		TEST(own_rules_decide),
		TEST(scenario_results),
		TEST(scenario_mistakes),
		TEST(scenario_mistakes_while_running),
		TEST(scenario_steps_and_names),
	};

	return run_in_all_worlds("observe", tests, ARRAY_SIZE(tests));
}
