/* SPDX-License-Identifier: MIT */
#include "observe/observe.h"

#define FROM_START 0
#define NEVER	   (~(u32)0)

const struct event_info event_table[NR_EVENTS] = {
#define EVENT(id, name, what) { name, what },
#include "observe/events.def"
#undef EVENT
};

const struct rule_info rule_table[NR_RULES] = {
#define RULE(id, name, first, until, what, sheet) \
	{ name, first, until, what, sheet },
#include "observe/rules.def"
#undef RULE
};

_Static_assert(NR_EVENTS <= MMSIM_EVENT_SEVERAL && NR_RULES <= 1u << 16,
	       "a record has 16 bits for each");

static void emit_to_listener(struct observe *obs, u32 what, u32 pid, u64 addr,
			     u64 old, u64 new)
{
	const struct mmsim_event event = {
		.size = sizeof(event),
		.seq = obs->seq,
		.op = observe_op(obs),
		.type = what & 0xffff,
		.rule = what >> 16,
		.cpu = obs->cpu,
		.pid = pid,
		.addr = addr,
		.old_value = old,
		.new_value = new,
	};

	/* A listener that calls back into the world gets -EBUSY. */
	obs->alert.busy = true;
	obs->fn(&event, obs->user);
	obs->alert.busy = false;
}

/* A listener is there, or the ring begins anew. */
static MMSIM_COLD void emit_slow(struct observe *obs, u32 what, u32 pid,
				 u64 addr, u64 old, u64 new)
{
	if (obs->next) {
		obs->seq += obs->mask + 1;
		obs->next = obs->records;
		observe_store(obs, obs->next++, what, pid, addr, old, new);
		return;
	}
	if (obs->records)
		observe_store(obs, &obs->records[obs->seq & obs->mask], what,
			      pid, addr, old, new);
	if (obs->fn)
		emit_to_listener(obs, what, pid, addr, old, new);
	obs->seq++;
}

void observe_emit(struct observe *obs, u32 what, u32 pid, u64 addr, u64 old,
		  u64 new)
{
	if (likely(obs->next != obs->end))
		observe_store(obs, obs->next++, what, pid, addr, old, new);
	else
		emit_slow(obs, what, pid, addr, old, new);
}

static struct mmsim_event_record part_of(const struct mmsim_event_record *r,
					 enum sim_event_type type,
					 enum sim_rule rule, u64 addr, u64 old,
					 u64 new)
{
	struct mmsim_event_record part = *r;

	part.type = (uint16_t)type;
	part.rule = (uint16_t)rule;
	part.addr = addr;
	part.old_value = old;
	part.new_value = new;
	return part;
}

size_t observe_expand(const struct mmsim_event_record *r, u64 page_size,
		      struct mmsim_event_record *out)
{
	const u64 addr = r->addr & ~(page_size - 1), pfn = r->old_value;

	if (r->type != EVENTS_FIRST_FAULT) {
		*out = *r;
		return 1;
	}
	out[0] = part_of(r, EV_handle_mm_fault, RULE_NONE, r->addr,
			 r->rule & ~EVENTS_FIRST_FILL, 0);
	out[1] = part_of(r, EV_page_alloc, RULE_NONE, 0, 0, pfn);
	out[2] = part_of(r, EV_do_anonymous_page, RULE_ANON_NEW, addr, 0, pfn);
	out[3] = part_of(r, EV_new_anon_rmap, RULE_NONE, addr, 0, pfn);
	out[4] = part_of(r, EV_set_pte, RULE_ANON_NEW, addr, 0, r->new_value);
	if (!(r->rule & EVENTS_FIRST_FILL))
		return 5;
	out[5] = part_of(r, EV_hw_tlb_fill, RULE_HW_FILL, r->addr, 0,
			 r->new_value);
	return 6;
}

u64 observe_seq(const struct observe *obs)
{
	return obs->seq + (u64)(obs->next ? obs->next - obs->records : 0);
}

static void set_mode(struct observe *obs, mmsim_event_fn fn,
		     struct mmsim_event_record *records, u64 mask)
{
	u64 seq = observe_seq(obs);

	obs->fn = fn;
	obs->records = records;
	obs->mask = mask;
	obs->heard = fn || records;
	obs->seq = seq;
	obs->next = obs->end = NULL;
	if (records && !fn) {
		obs->seq = seq & ~mask;
		obs->next = records + (seq & mask);
		obs->end = records + mask + 1;
	}
}

void observe_listen(struct observe *obs, mmsim_event_fn fn, void *user)
{
	obs->user = user;
	set_mode(obs, fn, obs->records, obs->mask);
}

void observe_record(struct observe *obs, struct mmsim_event_record *records,
		    u64 nr)
{
	set_mode(obs, obs->fn, records, nr ? nr - 1 : 0);
}
