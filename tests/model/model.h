/* SPDX-License-Identifier: MIT */
/*
 * A naive model of a process's memory: an array of pages, each with its
 * rights, what it shows, and what its entry maps. It shares no code with the
 * library and knows no tables, no counts and no mappings: who shares a page is
 * found by looking at all of them.
 *
 * model_page.c	what an access, an advice, a fork makes of a page
 * model_watch.c	userfaultfd, soft-dirty, guard regions, seals
 * model_swap.c	what leaves memory and comes back
 * model_ksm.c	passes of KSM, and what breaks its pages up
 * model_large.c	large folios: what comes in, and is mapped, at once
 * model_ops.c	operations, on the library and on the model
 * model_bad.c	calls that are refused, and what of them was done
 * model_look.c	what the library shows against what the model says
 * random_test.c	random programs; the shortest one that shows a difference
 *
 * Exact: results, signals, contents, rights; of anonymous memory also how many
 * faults an access takes, which entries may write, who shares a page with whom,
 * which are soft-dirty or KSM's and, from 5.19 on, which pages are exclusive;
 * of all memory which pages are protected by userfaultfd and which are guards.
 * Left open, as it hangs on more than the page: the fault of a CPU that has
 * not seen yet that an entry became writable, which neighbours of a file's
 * page a read fault maps as well (so faults of file pages are 0 or 1), whether
 * fork copied the entries of a mapping that has no pages of its own, the fault
 * that sets accessed or dirty where the CPU does not, and which mappings are
 * tracked for soft-dirty where new ones lie among old ones, which may have
 * merged. Of programs that swap rights, signals and contents are compared. Of
 * large folios, too, which pages huge entries map and how many anonymous pages
 * a process has; left open is where there are tables of entries, whether whole
 * ones move, and which blocks can be collapsed.
 */
#ifndef MODEL_H
#define MODEL_H

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmsim/mmsim.h>

#define NR_PAGES   48	 /* of a process, mostly */
#define MOST_PAGES 20480 /* two and a half of the largest huge pages */
#define NR_PROCS   5
#define NR_FILES   400 /* shared anonymous mappings are files too */
#define FILE_PAGES NR_PAGES
#define NR_BYTES   4 /* of a page, that are looked at */
#define MOST_OPS   20000

#define RO	(MMSIM_PROT_READ)
#define RW	(MMSIM_PROT_READ | MMSIM_PROT_WRITE)
#define SHARED	MMSIM_MAP_SHARED
#define PRIVATE MMSIM_MAP_PRIVATE
#define FIXED	MMSIM_MAP_FIXED
#define BASE	((uint64_t)1 << 40)

/* Of a mapping's flags, as the kernel has them. */
#define VM_UFFD_WP   0x1000
#define VM_SOFTDIRTY 0x8000000

#define NR(array) (sizeof(array) / sizeof(*(array)))

enum kind { HOLE, ANON_PAGE, FILE_PRIVATE, FILE_SHARED };

/* What an anonymous page's entry maps; other numbers are pages. */
#define NOTHING 0
#define ZERO	1

struct model_page {
	enum kind kind;
	int prot;
	bool dontfork, wipe;
	bool own; /* ANON_PAGE, FILE_PRIVATE: bytes are its own */
	unsigned file, index;
	uint8_t bytes[NR_BYTES];

	/* Of its entry, while the page is anonymous. */
	unsigned page; /* NOTHING, ZERO, or which one */
	bool writable, exclusive, dirty;
	bool old;	  /* an access may take a fault to set its bits */
	bool unsure;	  /* ZERO: may not have been copied by fork */
	bool soft;	  /* soft-dirty */
	bool given_up;	  /* by MADV_FREE, and not written to since */
	unsigned writers; /* bit c: CPU c knows that it may write */

	/* What a page of any kind may be. */
	bool sealed, guard;
	bool watched, wp; /* registered with userfaultfd; protected */
	bool waits;	  /* for its event: the write is tried once more */

	/* Offered to KSM; what it maps is a KSM page. */
	bool mergeable, ksm;

	bool huge; /* a huge entry maps it */
	bool hugepage, nohugepage;
	bool no_table; /* seen before an access */
};

struct model_file {
	struct mmsim_file *file; /* NULL: anonymous */
	uint64_t size;
	uint8_t bytes[FILE_PAGES][NR_BYTES];
};

enum uffd { UFFD_NONE, UFFD_SYNC, UFFD_ASYNC };

/* Which mappings are tracked for soft-dirty: not what was mapped later. */
enum tracked { TRACKED_NONE, TRACKED_ALL, TRACKED_SOME };

struct model_proc {
	struct mmsim_mm *mm; /* NULL: none */
	enum uffd uffd;
	uint64_t uffd_features;
	enum tracked tracked;
	unsigned ksm_turn; /* when it first offered a page: KSM's order; or 0 */
	struct model_page pages[MOST_PAGES];

	/* Where KSM's last pass has seen a page, and its bytes. */
	bool scanned[MOST_PAGES];
	uint8_t scanned_bytes[MOST_PAGES][NR_BYTES];
	/* The KSM page that it has listed a place for, which it may have left
	 * since; 0: none. */
	unsigned listed[MOST_PAGES];
};

/* What its operations are chosen from. */
/* What ends a program early. */
enum { DIFFERS = 1, ENDED };

enum program {
	ALL,
	SHARING,
	MOVING,
	WATCHING,
	REFUSING,
	SWAPPING,
	MERGING,
	LARGE,
	NR_KINDS
};

/* A setting of huge pages, or of one size of them. */
enum thp_mode { THP_NEVER, THP_MADVISE, THP_ALWAYS, THP_INHERIT };

/* Of pages first to first + nr, to where there will be new_nr. */
struct move {
	unsigned first, nr, to, new_nr;
	bool dontunmap;
};

struct run {
	struct mmsim *w;
	enum program kind;
	uint32_t kernel;
	uint64_t page_size, base, seed, random;
	unsigned nr_files, op, next_page, ksm_turns;
	unsigned cpu;		   /* of the access at hand */
	bool soft_dirty, uffd_bit; /* entries have a bit for it */
	bool arm64, x86;
	unsigned nr_pages; /* that are looked at */
	struct model_proc procs[NR_PROCS];
	struct model_page moved[MOST_PAGES]; /* what mremap takes away */
	struct model_page *waiting[NR_PROCS * MOST_PAGES]; /* for its equal */
	unsigned nr_waiting;
	struct model_file files[NR_FILES];
	bool print;	  /* each operation */
	const bool *skip; /* operations left out, or NULL */
	bool swaps;	  /* which entries are there is left open */
	struct mmsim_scenario *filler; /* of a swap device, or NULL */

	/* Large folios: the pages of a huge one, and how many of those looked
	 * at lie below the first boundary of such. */
	bool large, use_zero_page;
	unsigned pmd_shift, pmd_order, pmd_pages, lead;
	enum thp_mode thp, thp_size[16];
	uint16_t *mapped; /* by page: how many entries map it */

	jmp_buf differs;
	char what[200]; /* the difference */
};

/* Faults that an access may take. */
struct faults {
	unsigned least, most;
};

/* ---- chance: of each operation its own ---- */

unsigned pick(struct run *r, unsigned n);

/** say() - the operation at hand, for a reader. */
void say(struct run *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** differ() - the library says something else; does not return. */
void __attribute__((noreturn, format(printf, 2, 3)))
differ(struct run *r, const char *fmt, ...);

/* What comes next is not modelled. */
void end_here(struct run *r) __attribute__((noreturn));

#define EXPECT(r, got, want, what)                                           \
	do {                                                                 \
		long long got_ = (long long)(got);                           \
		long long want_ = (long long)(want);                         \
		if (got_ != want_)                                           \
			differ(r, "%s: got %lld, the model says %lld", what, \
			       got_, want_);                                 \
	} while (0)

static inline bool from_kernel(const struct run *r, unsigned major,
			       unsigned minor)
{
	return r->kernel >= MMSIM_KERNEL(major, minor);
}

/* ---- model_page.c ---- */

uint64_t offset_of(const struct run *r, unsigned i);
unsigned file_pages(const struct run *r, const struct model_file *file);
uint8_t *bytes_of(struct run *r, struct model_page *p);
bool is_anon(const struct model_page *p);
unsigned sharers(const struct run *r, unsigned page);
enum mmsim_fault_kind model_access(struct run *r, struct model_page *p,
				   bool write);
void model_touch(struct run *r, struct model_page *p, bool write,
		 struct faults *faults);
void model_write(struct run *r, struct model_page *p, unsigned i, uint8_t byte);
void model_clear(struct model_page *p);
void model_new_page(struct run *r, struct model_page *p);
void model_settle_soft(struct run *r, struct model_page *p);
void model_mprotect(struct run *r, struct model_page *p, int prot);
int model_advice(struct run *r, struct model_page *p, int advice);
void model_fork(struct model_page *parent, struct model_page *child);

/* ---- model_watch.c ---- */

void model_give_write(struct run *r, struct model_page *p);
void model_settle(struct run *r, struct model_page *p);
enum mmsim_fault_kind model_wait(struct run *r, struct model_page *p);
void model_end_protection(struct run *r, struct model_page *p,
			  struct faults *faults);
void model_unprotect(struct run *r, struct model_page *p);
void model_fork_watch(struct run *r, const struct model_proc *parent,
		      struct model_proc *child);
void do_uffd_open(struct run *r);
void do_uffd_range(struct run *r);
void do_clear_refs(struct run *r);
void do_seal(struct run *r);

/* ---- model_ksm.c ---- */

void do_ksm(struct run *r);
void model_ksm_break(struct run *r, struct model_page *p);
void model_ksm_offer(struct run *r, struct model_page *p, bool offer);
void model_fork_ksm(struct run *r, const struct model_proc *parent,
		    struct model_proc *child);

/* ---- model_large.c ---- */

bool is_huge(const struct model_page *p);
void model_split(struct run *r, struct model_proc *proc, unsigned i);
void model_split_huge(struct run *r, struct model_page *p);
void model_split_ends(struct run *r, struct model_proc *proc, unsigned first,
		      unsigned nr);
void model_split_moved(struct run *r, struct model_proc *proc,
		       const struct move *m);
bool moved_by_table(const struct run *r, const struct move *m);
void settle_forked(struct run *r, struct model_page *p);
void model_modify_huge(const struct run *r, struct model_page *p);
void settle_changed(struct run *r, struct model_page *p);
bool model_touch_large(struct run *r, struct model_page *p, bool write,
		       struct faults *faults);
void model_touched_large(struct run *r, const struct model_page *p);
void look_for_table(struct run *r, struct model_page *p);
void pick_large_range(struct run *r, unsigned *first, unsigned *nr);
void do_thp_settings(struct run *r);
void do_mmap_large(struct run *r);
void do_touch_far(struct run *r);
void settle_folios(struct run *r);
void do_collapse(struct run *r);
void begin_large(struct run *r, uint64_t pmd_size);
void compare_rss(struct run *r, const struct model_proc *proc);

/* ---- model_swap.c ---- */

/* Whether shared memory may have large folios. */
bool shares_large(const struct run *r);
/* Whether its device is zram alone. */
bool swaps_to_zram(const struct run *r);
void begin_swap(struct run *r);
void do_swapoff(struct run *r);
void do_pageout(struct run *r);
void model_give_up(struct run *r, struct model_page *p);
void settle_given_up(struct run *r, struct model_page *p);

/* ---- model_ops.c, model_bad.c, model_look.c ---- */

void pick_range(struct run *r, unsigned most, unsigned *first, unsigned *nr);
struct model_proc *pick_proc(struct run *r);
bool in_one_mapping(struct run *r, struct model_proc *proc, unsigned first,
		    unsigned nr);
void one_operation(struct run *r);
enum mmsim_fault_kind touch_page(struct run *r, struct model_proc *proc,
				 unsigned i, bool write, uint8_t byte);
void run_text(struct run *r, const char *text);
void do_bad(struct run *r);
struct model_proc *proc_of(struct run *r, const struct model_page *p);
void look_before(struct run *r, struct model_page *p);
void library_entry(struct run *r, const struct model_page *p,
		   struct mmsim_entry *e);
void check_faults(struct run *r, const struct mmsim_fault *fault,
		  const struct faults *faults);
void compare_all(struct run *r, bool contents);

#endif
