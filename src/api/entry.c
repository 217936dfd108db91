/* SPDX-License-Identifier: MIT */
#include <mmsim/entry.h>

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "core/backend.h"
#include "core/config.h"
#include "ksm/ksm.h"
#include "mm/mthp.h"

/* Looking changes nothing, but a broken world shows nothing either. */
static int look(const struct mmsim_mm *mm)
{
	return mm->world->obs.alert.broken ? -ENOTRECOVERABLE : 0;
}

int mmsim_entry_get(struct mmsim_mm *mm, uint64_t addr,
		    struct mmsim_entry *entry)
{
	struct mmsim_entry ours;

	if (!mm || !entry || entry->size < sizeof(size_t))
		return -EINVAL;
	if (look(mm))
		return -ENOTRECOVERABLE;
	if (addr >= mm->world->be->task_size)
		return -EFAULT;
	mm->world->be->entry(mm, addr, &ours);
	api_copy_out(entry, entry->size, &ours, sizeof(ours));
	return 0;
}

int mmsim_page_peek(struct mmsim_mm *mm, uint64_t addr)
{
	struct mmsim_entry entry = { .size = sizeof(entry) };
	int rc;

	rc = mmsim_entry_get(mm, addr, &entry);
	if (rc)
		return rc;
	if (!(entry.flags & MMSIM_E_PRESENT))
		return -ENOENT;
	return page_first_byte(&mm->world->phys, entry.pfn);
}

/* What decoding needs to know of a world that need not exist. */
static int decode_spec(const struct mmsim_config *config, unsigned shift,
		       struct world_spec *spec, struct arch_rules *rules)
{
	struct mmsim_entry entry;
	char error[CONFIG_ERROR_LEN];
	int rc;

	rc = world_spec_from_config(spec, config, error);
	if (rc)
		return rc;
	memset(rules, 0, sizeof(*rules));
	spec->be->rules_init(rules, &spec->features, spec->kernel);
	return spec->be->decode(0, shift, rules, &entry);
}

int mmsim_entry_decode(const struct mmsim_config *config, uint64_t raw,
		       unsigned shift, struct mmsim_entry *entry)
{
	struct arch_rules rules;
	struct mmsim_entry ours;
	struct world_spec spec;
	int rc;

	if (!config || !entry || entry->size < sizeof(size_t))
		return -EINVAL;
	rc = decode_spec(config, shift, &spec, &rules);
	if (!rc)
		rc = spec.be->decode(raw, shift, &rules, &ours);
	if (!rc)
		api_copy_out(entry, entry->size, &ours, sizeof(ours));
	return rc;
}

/* The fields of a value: present entries and swap entries differ. */
static unsigned entry_fields(const struct mm_backend *be, u64 raw,
			     unsigned shift, const struct arch_rules *rules,
			     const struct arch_field **fields)
{
	struct mmsim_entry entry;

	be->decode(raw, shift, rules, &entry);
	if (raw && !(entry.flags & MMSIM_E_PRESENT) &&
	    (entry.flags || shift == be->page_shift)) {
		*fields = be->swap_fields;
		return be->nr_swap_fields;
	}
	if (shift == be->page_shift) {
		*fields = be->pte_fields;
		return be->nr_pte_fields;
	}
	*fields = be->pmd_fields;
	return be->nr_pmd_fields;
}

int mmsim_entry_fields(const struct mmsim_config *config, uint64_t raw,
		       unsigned shift, mmsim_field_fn fn, void *user)
{
	const struct arch_field *f;
	struct arch_rules rules;
	struct world_spec spec;
	unsigned n, i;
	int rc;

	if (!config || !fn)
		return -EINVAL;
	rc = decode_spec(config, shift, &spec, &rules);
	if (rc)
		return rc;
	n = entry_fields(spec.be, raw, shift, &rules, &f);
	for (i = 0; i < n; i++) {
		const struct mmsim_field field = {
			.size = sizeof(field),
			.hi = f[i].hi,
			.lo = f[i].lo,
			.value = (raw & MASK_U64(f[i].hi, f[i].lo)) >> f[i].lo,
			.name = f[i].name,
			.what = f[i].what,
		};

		rc = fn(&field, user);
		if (rc)
			return rc;
	}
	return 0;
}

int mmsim_entry_helpers(const struct mmsim_config *config, uint64_t raw,
			unsigned shift,
			void (*fn)(const char *name, void *user), void *user)
{
	struct arch_rules rules;
	struct world_spec spec;
	int rc;

	if (!config || !fn)
		return -EINVAL;
	rc = decode_spec(config, shift, &spec, &rules);
	if (!rc)
		spec.be->helpers(raw, shift, &rules, fn, user);
	return rc;
}

int mmsim_walk(struct mmsim_mm *mm, uint64_t addr,
	       struct mmsim_walk_step *steps, unsigned max)
{
	struct mmsim_walk_step ours[MAX_LEVELS];
	unsigned n, i;

	if (!mm || !steps || look(mm))
		return !mm || !steps ? -EINVAL : -ENOTRECOVERABLE;
	if (addr >= mm->world->be->task_size)
		return -EFAULT;
	n = mm->world->be->walk(mm, addr, ours,
				(unsigned)min_u64(max, MAX_LEVELS));
	for (i = 0; i < n; i++) {
		if (steps[i].size < sizeof(size_t))
			return -EINVAL;
		api_copy_out(&steps[i], steps[i].size, &ours[i],
			     sizeof(ours[i]));
	}
	return (int)n;
}

int mmsim_would(struct mmsim_mm *mm, uint64_t addr, enum mmsim_access access,
		struct mmsim_verdict *verdict)
{
	struct mmsim_verdict ours = { .size = sizeof(ours) };

	if (!mm || !verdict || verdict->size < sizeof(size_t) ||
	    (unsigned)access > MMSIM_EXEC)
		return -EINVAL;
	if (look(mm))
		return -ENOTRECOVERABLE;
	mm->world->be->would(mm, addr, access, &ours);
	api_copy_out(verdict, verdict->size, &ours, sizeof(ours));
	return 0;
}

int mmsim_vma_next(struct mmsim_mm *mm, uint64_t addr, struct mmsim_vma *out)
{
	const struct vm_area_struct *vma;

	if (!mm || !out || out->size < sizeof(size_t))
		return -EINVAL;
	if (look(mm))
		return -ENOTRECOVERABLE;
	vma = vma_tree_find_far(&mm->tree, addr);
	if (!vma)
		return -ENOENT;
	const struct mmsim_vma ours = {
		.start = vma->vm_start,
		.end = vma->vm_end,
		.flags = vma->vm_flags,
		.offset = vma->vm_file
				  ? vma->vm_pgoff << mm->world->phys.page_shift
				  : 0,
		.page_prot = vma->vm_page_prot,
	};
	api_copy_out(out, out->size, &ours, sizeof(ours));
	return 0;
}

/* The words of smaps, in its order (reference: recorded VmFlags). */
static const struct {
	vm_flags_t flag;
	const char *word;
} vm_words[] = {
	{ VM_READ, "rd" },	 { VM_WRITE, "wr" },
	{ VM_EXEC, "ex" },	 { VM_SHARED, "sh" },
	{ VM_MAYREAD, "mr" },	 { VM_MAYWRITE, "mw" },
	{ VM_MAYEXEC, "me" },	 { VM_MAYSHARE, "ms" },
	{ VM_GROWSDOWN, "gd" },	 { VM_UFFD_MISSING, "um" },
	{ VM_PFNMAP, "pf" },	 { VM_MAYBE_GUARD, "gu" },
	{ VM_UFFD_WP, "uw" },	 { VM_LOCKED, "lo" },
	{ VM_IO, "io" },	 { VM_SEQ_READ, "sr" },
	{ VM_RAND_READ, "rr" },	 { VM_DONTCOPY, "dc" },
	{ VM_DONTEXPAND, "de" }, { VM_LOCKONFAULT, "lf" },
	{ VM_ACCOUNT, "ac" },	 { VM_NORESERVE, "nr" },
	{ VM_HUGETLB, "ht" },	 { VM_SYNC, "sf" },
	{ VM_WIPEONFORK, "wf" }, { VM_DONTDUMP, "dd" },
	{ VM_SOFTDIRTY, "sd" },	 { VM_MIXEDMAP, "mm" },
	{ VM_HUGEPAGE, "hg" },	 { VM_NOHUGEPAGE, "nh" },
	{ VM_MERGEABLE, "mg" },	 { VM_UFFD_MINOR, "ui" },
	{ VM_SEALED, "sl" },
};

int mmsim_vma_flags(uint64_t flags, char *buf, size_t len)
{
	size_t used = 0, i;

	if (!buf || !len)
		return -EINVAL;
	*buf = '\0';
	for (i = 0; i < ARRAY_SIZE(vm_words); i++) {
		if (!(flags & vm_words[i].flag))
			continue;
		if (used + 4 > len)
			return -E2BIG;
		used += (size_t)snprintf(buf + used, len - used, "%s%s",
					 used ? " " : "", vm_words[i].word);
	}
	return 0;
}

/* ---- counters ---- */

/* Sums and current values that are no events of their own. */
static bool gauge(const struct mmsim *w, const char *name, uint64_t *value)
{
	const struct observe *o = &w->obs;

	if (!strcmp(name, "nr_page_table_pages"))
		*value = w->phys.nr_table_pages;
	else if (!strcmp(name, "pte_write"))
		*value = o->events[EV_set_pte];
	else if (!strcmp(name, "tlb_flush"))
		*value = o->events[EV_flush_tlb_range] +
			 o->events[EV_flush_tlb_page] +
			 o->events[EV_local_flush_tlb_page] +
			 o->events[EV_flush_tlb_mm];
	else
		return false;
	return true;
}

int world_counter(const struct mmsim *w, const char *name, u64 *value)
{
	static const char sizes[] = "transparent_hugepage/hugepages-";
	size_t i;

	if (gauge(w, name, value))
		return 0;
	if (!strncmp(name, "ksm/", 4))
		return ksm_counter(w, name + 4, value);
	if (!strncmp(name, sizes, strlen(sizes)))
		return mthp_counter(w, name + strlen(sizes), value);
	for (i = 0; i < NR_EVENTS; i++) {
		if (!strcmp(event_table[i].name, name)) {
			*value = w->obs.events[i];
			return 0;
		}
	}
	return -ENOENT;
}

int mmsim_counter(struct mmsim *w, const char *name, uint64_t *value)
{
	if (!w || !name || !value)
		return -EINVAL;
	if (!world_counter(w, name, value))
		return 0;
	return world_fail(w, -ENOENT, "counter: no \"%.60s\"", name);
}

int mmsim_status(struct mmsim_mm *mm, struct mmsim_status *status)
{
	if (!mm || !status || status->size < sizeof(size_t))
		return -EINVAL;
	if (look(mm))
		return -ENOTRECOVERABLE;
	const struct mmsim_status ours = {
		.rss_anon = mm->rss[MM_ANONPAGES],
		.rss_file = mm->rss[MM_FILEPAGES],
		.rss_shmem = mm->rss[MM_SHMEMPAGES],
		.swap = mm->rss[MM_SWAPENTS],
		.total_vm = mm->total_vm,
		.locked_vm = mm->locked_vm,
		.table_bytes = mm->pgtables_bytes,
	};
	api_copy_out(status, status->size, &ours, sizeof(ours));
	return 0;
}
