/* SPDX-License-Identifier: MIT */
/*
 * Operations of nodes and memory policies.
 */
#include <errno.h>
#include <limits.h>
#include <mmsim/numa.h>
#include <string.h>

#include "mm/mm.h"
#include "scenario/scenario.h"

/* ---- words ---- */

/* The part of a word up to a letter; the rest, behind it, stays in *w. */
static struct word cut_at(struct word *w, char letter)
{
	const char *at = w->len ? memchr(w->s, letter, w->len) : NULL;
	struct word head = { w->s, at ? (size_t)(at - w->s) : w->len };
	size_t used = at ? head.len + 1 : head.len;

	w->s += used;
	w->len -= used;
	return head;
}

/* N or N-N. */
static int parse_node_range(struct mmsim_scenario *s, struct word w, u64 *nodes)
{
	struct word last, first = cut_at(&w, '-');
	bool range = first.s + first.len != w.s;
	u64 from, to;
	int rc;

	last = range ? w : first;
	rc = parse_uint(s, first, 63, &from);
	if (!rc)
		rc = parse_uint(s, last, 63, &to);
	if (rc)
		return rc;
	if (to < from)
		return bad_word(s, last, "nodes in ascending order");
	*nodes |= (~(u64)0 >> (63 - (to - from))) << from;
	return 0;
}

/* Nodes as 0,2-3: a set. */
static int parse_nodes(struct mmsim_scenario *s, struct word w, u64 *nodes)
{
	int rc = 0;

	*nodes = 0;
	while (w.len && !rc)
		rc = parse_node_range(s, cut_at(&w, ','), nodes);
	return rc;
}

static const struct {
	const char *word;
	int mode;
} modes[] = {
	{ "default", MMSIM_MPOL_DEFAULT },
	{ "preferred", MMSIM_MPOL_PREFERRED },
	{ "bind", MMSIM_MPOL_BIND },
	{ "interleave", MMSIM_MPOL_INTERLEAVE },
	{ "local", MMSIM_MPOL_LOCAL },
	{ "preferred_many", MMSIM_MPOL_PREFERRED_MANY },
}, mode_flags[] = {
	{ "balancing", MMSIM_MPOL_F_NUMA_BALANCING },
	{ "relative", MMSIM_MPOL_F_RELATIVE_NODES },
	{ "static", MMSIM_MPOL_F_STATIC_NODES },
};

static bool find_mode(struct word w, int *mode)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (word_is(w, modes[i].word)) {
			*mode = modes[i].mode;
			return true;
		}
	}
	return false;
}

static int add_mode_flag(struct mmsim_scenario *s, struct word w, int *mode)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mode_flags); i++) {
		if (word_is(w, mode_flags[i].word)) {
			*mode |= mode_flags[i].mode;
			return 0;
		}
	}
	return bad_word(s, w, "balancing, relative or static");
}

/* MODE[+FLAG]...[:NODES]. */
static int parse_policy(struct mmsim_scenario *s, struct word w, int *mode,
			u64 *nodes)
{
	struct word flags = cut_at(&w, ':'), name = cut_at(&flags, '+');
	int rc = 0;

	if (!find_mode(name, mode))
		return bad_word(s, name, "a memory policy as interleave:0-1");
	while (flags.len && !rc)
		rc = add_mode_flag(s, cut_at(&flags, '+'), mode);
	return rc ? rc : parse_nodes(s, w, nodes);
}

/* A node alone binds to it, as the recorder's mbind does. */
static int parse_binding(struct mmsim_scenario *s, struct word w, int *mode,
			 u64 *nodes)
{
	if (!w.len || w.s[0] < '0' || w.s[0] > '9')
		return parse_policy(s, w, mode, nodes);
	*mode = MMSIM_MPOL_BIND;
	return parse_nodes(s, w, nodes);
}

/* ---- operations ---- */

int op_mbind(struct mmsim_scenario *s)
{
	unsigned flags = 0, i;
	vaddr_t addr;
	u64 len, nodes;
	int rc, mode;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc)
		rc = parse_binding(s, s->line.words[4], &mode, &nodes);
	for (i = 5; i < s->line.nr && !rc; i++) {
		if (word_is(s->line.words[i], "move"))
			flags |= MMSIM_MPOL_MF_MOVE;
		else if (word_is(s->line.words[i], "move_all"))
			flags |= MMSIM_MPOL_MF_MOVE_ALL;
		else if (word_is(s->line.words[i], "strict"))
			flags |= MMSIM_MPOL_MF_STRICT;
		else
			rc = bad_word(s, s->line.words[i],
				      "move, move_all or strict");
	}
	if (rc)
		return rc;
	s->last.ret = do_mbind(s->proc->mm, addr, len, mode, nodes, flags);
	return 0;
}

int op_set_mempolicy(struct mmsim_scenario *s)
{
	u64 nodes;
	int rc, mode;

	rc = parse_policy(s, s->line.words[1], &mode, &nodes);
	if (!rc)
		s->last.ret = do_set_mempolicy(s->proc->mm, mode, nodes);
	return rc;
}

int op_migrate_pages(struct mmsim_scenario *s)
{
	u64 from, to, stayed;
	int rc;

	rc = parse_nodes(s, s->line.words[1], &from);
	if (!rc)
		rc = parse_nodes(s, s->line.words[2], &to);
	if (!rc)
		s->last.ret = do_migrate_pages(s->proc->mm, from, to, &stayed);
	return rc;
}

int op_move_pages(struct mmsim_scenario *s)
{
	vaddr_t addr;
	u64 len, node;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (!rc)
		rc = parse_uint(s, s->line.words[4], INT_MAX, &node);
	if (rc)
		return rc;
	s->last.st0 = 0;
	s->last.ret = do_move_pages(s->proc->mm, addr, len, (unsigned)node,
				    &s->last.st0);
	s->last.has_st0 = s->last.ret >= 0 && len;
	return 0;
}

/* How many pages of a range are on each node. */
int op_node(struct mmsim_scenario *s)
{
	vaddr_t addr, end;
	u64 len;
	int rc;

	rc = parse_range(s, 1, &addr, &len);
	if (rc)
		return rc;
	s->last.has_nodes = true;
	for (end = addr + len; addr < end; addr += world_page_size(s->w)) {
		rc = node_of_addr(s->proc->mm, addr);
		if (rc < 0)
			s->last.absent++;
		else
			s->last.nodes[rc]++;
	}
	return 0;
}

/* One pass over the process: how long the kernel's would take is not asked. */
int op_numa_scan(struct mmsim_scenario *s)
{
	u64 seconds, nr;
	int rc;

	rc = parse_uint(s, s->line.words[1], UINT_MAX, &seconds);
	if (!rc)
		s->last.ret = do_numa_scan(s->proc->mm, &nr);
	return rc;
}

/* time MS: the process runs that long, and is scanned when it is time. */
int op_time(struct mmsim_scenario *s)
{
	u64 ms, nr;
	int rc;

	rc = parse_uint(s, s->line.words[1], MMSIM_NUMA_ADVANCE_MAX, &ms);
	if (!rc)
		s->last.ret = do_numa_advance(s->proc->mm, ms, &nr);
	return rc;
}
