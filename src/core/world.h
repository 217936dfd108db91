/* SPDX-License-Identifier: MIT */
/*
 * struct mmsim (a world), struct mmsim_mm (a process) and struct mmsim_file:
 * what every part of the core may see of the others.
 */
#ifndef CORE_WORLD_H
#define CORE_WORLD_H

#include "core/arch_rules.h"
#include "core/features.h"
#include "core/host.h"
#include "core/knobs.h"
#include "core/linear.h"
#include "core/locks.h"
#include "core/mempolicy.h"
#include "core/sparse.h"
#include "core/types.h"
#include "observe/observe.h"
#include "phys/phys.h"
#include "tlb/tlb.h"
#include "vma/vma.h"
#include "vma/vma_tree.h"

#include <mmsim/rules.h>

#include <bsd/sys/queue.h>

struct mm_backend;
struct ksm;
struct ksm_mm_slot;
struct swap;
struct pin;

#define MAX_CPUS	64
#define MAX_LEVELS	5
#define LAST_ERROR_LEN	256
#define FOLIO_BATCH_MAX 31

/* Pages on their way to the LRU lists of one CPU, each with a reference. */
struct folio_batch {
	unsigned nr;
	pfn_t pfn[FOLIO_BATCH_MAX];
};

/* The lists of folios by when they were used last (mm/lru.h). */
enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	NR_LRU_LISTS
};

struct lru_ends {
	pfn_t first, last; /* used last, and longest ago */
	u64 pages;
};

struct lru {
	bool on;	   /* lists are kept */
	bool may_drop;	   /* pages that go without a device were seen */
	unsigned failures; /* times in a row that kswapd freed nothing */
	struct sparse links;
	struct lru_ends ends[NR_LRU_LISTS];
};

/* Settings with a kernel name (core/knobs.def). */
enum knob {
#define KNOB(id, ...) KNOB_##id,
#include "core/knobs.def"
#undef KNOB
	NR_KNOBS
};

struct vma_chunk;

struct vma_pool {
	struct vm_area_struct *free;
	unsigned nr_free;
	struct vma_chunk *chunks;
};

LIST_HEAD(mm_list, mmsim_mm);
LIST_HEAD(file_list, mmsim_file);
LIST_HEAD(vma_list, vm_area_struct);

/* Invariants checked after operations (knob debug.check). */
struct watch {
	u64 op;	       /* the first that broke one, or 0 */
	unsigned line; /* of the scenario, or 0 */
	u64 owed;      /* operations that the last check has to be paid by */
	char text[LAST_ERROR_LEN];
	/* The first address whose entry was looked for behind the end of a
	 * table, and whose; pid 0: none was. */
	vaddr_t overrun;
	u32 overrun_pid;
};

/* Counts of folios by size (mm/mthp.h). */
enum mthp_stat {
	MTHP_FAULT_ALLOC,
	MTHP_FAULT_FALLBACK,
	MTHP_SWPOUT,
	MTHP_SWPOUT_FALLBACK,
	MTHP_SWPIN,
	MTHP_SWPIN_FALLBACK,
	MTHP_SPLIT,
	MTHP_SPLIT_FAILED,
	MTHP_SPLIT_DEFERRED,
	MTHP_NR_ANON, /* that there are now */
	MTHP_NR_ANON_PARTIALLY_MAPPED,
	MTHP_SHMEM_ALLOC,
	MTHP_SHMEM_FALLBACK,
	NR_MTHP_STATS
};

/* A table of PMDs that was found: what it maps and for whom, where it lies. */
struct ptw_slot {
	u64 tag; /* an address and, below it, the process's ptw_gen */
	char *table;
};

#define PTW_GEN_BITS 18 /* each instance's tables of PMDs map more than that */

struct mmsim_fault;
struct tlb_cpu;

struct mmsim {
	struct host host;
	struct sched sched;
	unsigned arch, mmu; /* enum mmsim_arch, enum mmsim_mmu */
	u32 kernel;
	unsigned cpus;
	u8 cpu_node[MAX_CPUS];
	struct feature_set features;
	struct arch_rules rules;
	struct mmsim_rules own; /* the caller's rules; NULL: ours */
	void *own_rules_user;
	const struct mm_backend *be;
	/* The backend's access_walk(), or another function for the same while
	 * linear tables are known. */
	int (*access_walk)(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
			   unsigned kind, struct mmsim_fault *fault);
	/* What it leaves. */
	int (*access_rest)(struct tlb_cpu *cpu, vaddr_t addr, size_t len,
			   unsigned kind, struct mmsim_fault *fault);
	u64 page_prot[16]; /* protection map, by READ|WRITE|EXEC|SHARED */
	struct phys phys;
	pfn_t zero_pfn;
	pfn_t huge_zero_pfn; /* 0: not asked for yet */
	struct {
		u64 in_use, reserved;	     /* huge pages of the pool */
		u32 on_node[PHYS_MAX_NODES]; /* of those in use */
		/* Pages that the pool of a node has more or less than by
		 * vm.nr_hugepages. */
		s32 shifted[PHYS_MAX_NODES];
		/* Which of the free ones were written, bit 0 that which was
		 * freed last; of those beyond it is forgotten. */
		u64 written[PHYS_MAX_NODES];
	} hugetlb;
	u64 fail_read_in;  /* fail this read of a swap fault; 0: off */
	struct swap *swap; /* devices; NULL: there never was one */
	struct ksm *ksm;   /* NULL: no page was ever offered to it */
	struct observe obs;
	u64 mthp[PHYS_MAX_ORDERS][NR_MTHP_STATS];
	unsigned knobs[NR_KNOBS];
	bool mthp_any;	/* some size below a huge page is not "never" */
	bool shmem_any; /* shared memory may get large folios */
	struct tlb_world tlb;
	struct ptw_slot ptw[PTW_SLOTS]; /* tables of PMDs found lately */
	u64 ptw_gens; /* handed out to processes, which forget by a new one */
	struct linear linear;
	struct vma_pool vma_pool;
	struct mm_list mms;
	struct file_list files;
	u32 next_pid;
	u64 next_anon_vma;
	struct {
		struct pin *pin; /* mm/pin.h */
		u64 nr, max;
	} pins;
	struct {
		pfn_t *pfn;
		u64 nr, max;
	} poisoned;		   /* frames that memory_failure() has taken */
	u64 committed;		   /* pages charged (VM_ACCOUNT) */
	unsigned folio_batch_size; /* pages that each of them holds */
	struct folio_batch lru_add[MAX_CPUS];  /* new pages */
	struct folio_batch lazyfree[MAX_CPUS]; /* given up by MADV_FREE */
	struct lru lru;
	bool khugepaged_awake; /* it has heard of a process */
	struct watch watch;
	unsigned uffd_waiting;	 /* CPUs that do, of all processes */
	const char *unsupported; /* what the running call would need */
	unsigned line;		 /* of the scenario that runs */
	char last_error[LAST_ERROR_LEN];
};

/* The userfaultfd of a process. Faults that wait for it do so by CPU. */
struct userfaultfd {
	bool open;     /* UFFDIO_API has succeeded */
	bool resolver; /* a thread of its own resolves each event at once */
	bool stale;    /* mremap left protections where nothing is registered */
	u64 features;  /* MMSIM_UFFD_FEATURE_* asked for */
	u64 waiting;   /* CPUs, as bits */
	vaddr_t addr[MAX_CPUS]; /* of the page each waits for */
};

enum mm_counter {
	MM_ANONPAGES,
	MM_FILEPAGES,
	MM_SHMEMPAGES,
	MM_SWAPENTS,
	NR_MM_COUNTERS
};

struct mmsim_mm {
	struct mmsim *world;
	LIST_ENTRY(mmsim_mm) link;
	u32 pid;
	struct vma_tree tree;
	struct vm_area_struct *mmap_cache; /* the last VMA found */
	vaddr_t mmap_base; /* mappings without an address go below it */
	vaddr_t brk_start, brk;
	paddr_t pgd;
	struct sim_lock mmap_lock, page_table_lock;
	unsigned users; /* calls that look at it but are not about it */
	struct table_cache table_cache[MAX_LEVELS];
	vaddr_t ptw_base;      /* what the cached PTE table maps, or ~0 */
	char *ptw_table;       /* it, in host memory */
	u64 ptw_gen;	       /* of its slots in mmsim.ptw that hold */
	vaddr_t ptw_pmds_base; /* what the cached table of PMDs maps, or ~0 */
	char *ptw_pmds;	       /* it, in host memory */
	struct mm_tlb tlb;
	u64 rss[NR_MM_COUNTERS];
	bool has_pinned;	 /* a page of it was pinned once */
	u64 total_vm, locked_vm; /* pages */
	u64 pgtables_bytes;
	u64 nr_tables;
	u32 numa_scan_seq;	  /* passes of the hinting scanner */
	vaddr_t numa_scan_offset; /* where its next scan goes on */
	u64 numa_scan_wait;	  /* ms that the process runs until then */
	struct numa_tasks *numa;  /* NULL: never scanned, nor its parent */
	paddr_t deposited; /* the last table put aside for a huge entry */
	u64 nr_deposited;
	struct userfaultfd uffd;
	struct ksm_mm_slot *ksm; /* NULL: it offers no page to KSM */
	struct mempolicy policy; /* of what has none of its own */
	unsigned threads;	 /* 0 and 1: one */
	u64 interleaved;	 /* pages that no mapping says the place of */
	struct {
		unsigned kind; /* MMSIM_FAULT_* */
		vaddr_t addr;
	} signal; /* that a call has left for the process */
};

struct page_cache; /* mm/file.c */

struct mmsim_file {
	struct mmsim *world;
	LIST_ENTRY(mmsim_file) link;
	u32 refcount;		  /* the caller's, and one per VMA */
	bool held;		  /* the caller has not put it yet */
	unsigned kind;		  /* MMSIM_FILE_* */
	u64 size;		  /* bytes */
	struct page_cache *cache; /* chunks of pages, by uthash */
	struct vma_list vmas;	  /* that map it */
	struct shared_policy policy;
};

static inline bool feat(const struct mmsim *w, enum feature f)
{
	return feature_test(&w->features, f);
}

static inline struct page *mm_page(const struct mmsim_mm *mm, pfn_t pfn)
{
	return pfn_to_page(&mm->world->phys, pfn);
}

static inline u64 world_page_size(const struct mmsim *w)
{
	return (u64)1 << w->phys.page_shift;
}

static inline unsigned cpu_to_node(const struct mmsim *w, unsigned cpu)
{
	return w->cpu_node[cpu];
}

/* The node of the CPU that runs: where its pages come from. */
static inline unsigned numa_node_id(const struct mmsim *w)
{
	return cpu_to_node(w, w->obs.cpu);
}

/**
 * world_fail() - record what mmsim_last_error() says.
 * @rc: returned as it is.
 */
int world_fail(struct mmsim *w, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A counter by name: 0 or -ENOENT. */
int world_counter(const struct mmsim *w, const char *name, u64 *value);

/* An entry or a table may change, of any process (core/linear.h). */
static inline void world_may_change(struct mmsim *w)
{
	if (unlikely(w->linear.looked))
		linear_forget(w);
}

/* An event of a process. */
static inline void mm_trace(struct mmsim_mm *mm, enum sim_event_type type,
			    enum sim_rule rule, u64 addr, u64 old, u64 new)
{
	struct observe *obs = &mm->world->obs;

	observe_count(obs, type, rule);
	if (observe_heard(obs))
		observe_emit(obs, EVENT_WHAT(type, rule), mm->pid, addr, old,
			     new);
}

/* Somebody hears it, and it has been counted. */
#define mm_tell(mm, type, rule, addr, old, new)                           \
	observe_put(&(mm)->world->obs, EVENT_WHAT(type, rule), (mm)->pid, \
		    addr, old, new)

/* mm_trace() for what comes with every fault. A macro, so that what it is told
 * is looked up only if somebody hears of it. */
#define mm_trace_often(mm, type, rule, addr, old, new)           \
	do {                                                     \
		struct observe *obs_ = &(mm)->world->obs;        \
                                                                 \
		observe_count(obs_, type, rule);                 \
		if (observe_heard(obs_))                         \
			mm_tell(mm, type, rule, addr, old, new); \
	} while (0)

#endif
