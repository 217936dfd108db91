/* SPDX-License-Identifier: MIT */
/*
 * mmsim/world.h - worlds: one simulated machine with one kernel.
 *
 * Distinct worlds may be used in distinct threads at the same time; one world
 * by one thread at a time.
 */
#ifndef MMSIM_WORLD_H
#define MMSIM_WORLD_H

#include <mmsim/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum mmsim_arch - architectures.
 * @MMSIM_ARCH_X86_64: x86-64 with four levels.
 * @MMSIM_ARCH_ARM64: arm64 with 48 bits.
 * @MMSIM_ARCH_PPC64: powerpc book3s64.
 */
enum mmsim_arch { MMSIM_ARCH_X86_64, MMSIM_ARCH_ARM64, MMSIM_ARCH_PPC64 };

/**
 * enum mmsim_mmu - the MMU's mode on ppc64.
 * @MMSIM_MMU_DEFAULT: on ppc64 radix; elsewhere the only one.
 * @MMSIM_MMU_RADIX: radix.
 * @MMSIM_MMU_HASH: hash.
 */
enum mmsim_mmu { MMSIM_MMU_DEFAULT, MMSIM_MMU_RADIX, MMSIM_MMU_HASH };

struct mmsim_rules;

/**
 * struct mmsim_config - what a world is made of.
 * @size: sizeof(struct mmsim_config).
 * @arch: architecture.
 * @page_size: bytes: 4096 on x86-64; 4096, 16384 or 65536 on arm64; 4096 or
 *	65536 on ppc64; 0: 4096, on ppc64 65536.
 * @mmu: ppc64 only; the default there is radix.
 * @kernel: MMSIM_KERNEL(major, minor), 5.10 to 7.2; 0: the newest known.
 * @features: "+name,-name" changes the release's features (mmsim list
 *	features), or an option string as mmsim_config_parse() takes it, of
 *	which --feature, --set, --thp and --tlb count; or NULL. The string must
 *	outlive mmsim_create().
 * @cpus: 1 to 64; 0: 1.
 * @nodes: NUMA nodes, 1 to 64; 0: 1.
 * @node_memory: bytes per node; 0: 512 MiB.
 * @rules: rules in place of ours (mmsim/rules.h), or NULL; copied.
 * @rules_user: passed to them.
 * @seed: for what is chosen at random; nothing is so far.
 * @knobs: "name=value" settings applied at creation as mmsim_set() would,
 *	separated by commas, or NULL. Must outlive mmsim_create().
 */
struct mmsim_config {
	size_t size;
	enum mmsim_arch arch;
	uint32_t page_size;
	enum mmsim_mmu mmu;
	uint32_t kernel;
	const char *features;
	unsigned cpus, nodes;
	uint64_t node_memory;
	const struct mmsim_rules *rules;
	void *rules_user;
	uint64_t seed;
	const char *knobs;
};
/**
 * DOC: MMSIM_CONFIG_INIT - a struct mmsim_config with its size set; zero
 * everywhere else stands for the defaults.
 */
#ifdef __cplusplus
#define MMSIM_CONFIG_INIT                   \
	{                                   \
		sizeof(struct mmsim_config) \
	}
#else
#define MMSIM_CONFIG_INIT                           \
	{                                           \
		.size = sizeof(struct mmsim_config) \
	}
#endif

/**
 * mmsim_config_parse() - fill a configuration from the command's options.
 * @config: with size set; only what @options names is changed.
 * @options: for example "--arch arm64 --page-size 16k --kernel 6.12". If it
 *	has --feature, --set, --thp (short for --set of THP's "enabled", not an
 *	option of the command) or --tlb, features points to it afterwards: it
 *	must outlive mmsim_create().
 *
 * Return: 0, or -EINVAL with @config unchanged.
 */
MMSIM_API int mmsim_config_parse(struct mmsim_config *config,
				 const char *options);

/**
 * mmsim_config_error() - what was wrong with a configuration.
 * @config: as given to mmsim_config_parse() or mmsim_create().
 * @options: the string that mmsim_config_parse() refused, or NULL to check
 *	@config as mmsim_create() would.
 * @buf: receives one line, empty if nothing is wrong.
 * @len: its bytes.
 *
 * Return: 0 if nothing is wrong, else the errno those functions return.
 */
MMSIM_API int mmsim_config_error(const struct mmsim_config *config,
				 const char *options, char *buf, size_t len);

/**
 * mmsim_create() - make a world.
 * @config: a copy of what is needed is taken.
 * @world: set on success, NULL otherwise.
 *
 * Return: 0; -EINVAL for what no kernel could be; -EOPNOTSUPP for what this
 * build does not have; -E2BIG if the struct is longer than this library's and
 * not zero there; -ENOMEM.
 */
MMSIM_API int mmsim_create(const struct mmsim_config *config,
			   struct mmsim **world);

/**
 * mmsim_destroy() - end a world with all its processes and files.
 * @world: NULL is allowed. Its processes and files must not be used again.
 */
MMSIM_API void mmsim_destroy(struct mmsim *world);

/**
 * mmsim_last_error() - one line about the last call on this world that failed.
 * @world: the world.
 *
 * Return: never NULL; empty if none failed. Valid until the next call.
 */
MMSIM_API const char *mmsim_last_error(const struct mmsim *world);

/**
 * mmsim_set() - set a knob that a kernel has in sysfs, procfs or sysctl.
 * @world: the world.
 * @knob: the kernel's path below /sys/kernel/mm, or sysctl name:
 *	"transparent_hugepage/enabled", "vm.swappiness" (mmsim list knobs).
 * @value: in the kernel's words.
 *
 * Return: 0; -ENOENT for no such knob; -EINVAL for a value it does not take;
 * -EOPNOTSUPP for a value whose effect is not modelled yet.
 */
MMSIM_API int mmsim_set(struct mmsim *world, const char *knob,
			const char *value);

/**
 * enum mmsim_swap_kind - what a swap device is made of.
 * @MMSIM_SWAP_ZRAM: memory: synchronous.
 * @MMSIM_SWAP_DISK: a rotational disk.
 * @MMSIM_SWAP_SSD: a disk that does not rotate.
 */
enum mmsim_swap_kind { MMSIM_SWAP_ZRAM, MMSIM_SWAP_DISK, MMSIM_SWAP_SSD };

/**
 * mmsim_swapon() - a new swap device.
 * @world: the world.
 * @kind: what it is made of.
 * @bytes: its size, with a page for the header.
 * @prio: devices of a higher one fill up first, equal ones take turns.
 *
 * Return: its number, 0 or more; -EINVAL: no such kind, less than two pages;
 * -EPERM: entries cannot name one more.
 */
MMSIM_API int mmsim_swapon(struct mmsim *world, enum mmsim_swap_kind kind,
			   uint64_t bytes, int prio);

/**
 * mmsim_swapoff() - bring back what is on a device, and close it.
 * @world: the world.
 * @device: its number.
 *
 * Return: 0; -EINVAL: no such device; -ENOMEM: no room for all of it: what is
 * back stays so, and the device is in use still.
 */
MMSIM_API int mmsim_swapoff(struct mmsim *world, int device);

/**
 * mmsim_reclaim() - free pages that were not used for longest, as writing to
 * memory.reclaim does.
 * @world: the world.
 * @pages: how many.
 * @freed: receives how many were freed; NULL is allowed.
 *
 * Return: 0; -EAGAIN: fewer than asked for, what was freed stays so.
 */
MMSIM_API int mmsim_reclaim(struct mmsim *world, uint64_t pages,
			    uint64_t *freed);

/**
 * struct mmsim_world_info - what a world turned out to be.
 * @size: sizeof(struct mmsim_world_info).
 * @arch, @mmu, @kernel, @page_size: as in struct mmsim_config, with defaults
 *	filled in.
 * @pmd_size: bytes a PMD entry maps.
 * @task_size: the first address that is not the user's.
 * @cpus, @nodes, @node_memory: as in struct mmsim_config.
 * @instance: name of the page-table format's build ("arm64_16k").
 */
struct mmsim_world_info {
	size_t size;
	enum mmsim_arch arch;
	enum mmsim_mmu mmu;
	uint32_t kernel, page_size;
	uint64_t pmd_size;
	uint64_t task_size;
	unsigned cpus, nodes;
	uint64_t node_memory;
	const char *instance;
};

/**
 * mmsim_world_info() - say what a world turned out to be.
 * @world: the world.
 * @info: with size set.
 */
MMSIM_API int mmsim_world_info(const struct mmsim *world,
			       struct mmsim_world_info *info);

/**
 * struct mmsim_list_item - a named thing of a list.
 * @size: sizeof(struct mmsim_list_item).
 * @name: its name.
 * @what: one line about it.
 * @first, @until: it is in releases [first, until); 0 and ~0: open.
 * @sheet: where its rule is written down, or NULL.
 * @on: features: 1 or 0 in the given world; else -1.
 */
struct mmsim_list_item {
	size_t size;
	const char *name;
	const char *what;
	uint32_t first, until;
	const char *sheet;
	int on;
};
/**
 * mmsim_list_fn - called for each item; a non-zero result ends the list.
 */
typedef int (*mmsim_list_fn)(const struct mmsim_list_item *item, void *user);

/**
 * mmsim_list() - go through a list.
 * @kind: "archs", "kernels", "features", "events", "rules", "knobs",
 *	"invariants".
 * @config: for features: the world to tell on or off in; NULL: none.
 * @fn: called for each item; a non-zero result ends the list.
 * @user: passed to it.
 *
 * Return: 0, what @fn returned, or -EINVAL for an unknown kind.
 */
MMSIM_API int mmsim_list(const char *kind, const struct mmsim_config *config,
			 mmsim_list_fn fn, void *user);

#ifdef __cplusplus
}
#endif
#endif
