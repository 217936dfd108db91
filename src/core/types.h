/* SPDX-License-Identifier: MIT */
/*
 * Integer types of simulated quantities. `unsigned long` is banned for them:
 * it has 32 bits on some hosts and the simulated machine always has 64.
 */
#ifndef CORE_TYPES_H
#define CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* Simulated virtual and physical byte addresses, and page frame numbers. */
typedef u64 vaddr_t;
typedef u64 paddr_t;
typedef u64 pfn_t;

#define PFN_NONE (~(pfn_t)0)

/* vm_flags of a VMA: the kernel's VM_* bits (core/vm_flags.h). */
typedef u64 vm_flags_t;

#define KERNEL(major, minor) (((u32)(major) << 16) | (u32)(minor))

#define BIT_U64(nr) ((u64)1 << (nr))
/* Bits hi..lo, both included. */
#define MASK_U64(hi, lo) ((~(u64)0 >> (63 - (hi))) & (~(u64)0 << (lo)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define MMSIM_UNUSED __attribute__((unused))
/* Seldom called, by functions that are called often: kept out of them. */
#define MMSIM_COLD __attribute__((noinline, cold))

/* What a hot function calls less often, and shall keep nothing at hand for. */
#define MMSIM_APART __attribute__((noinline))

/* Memory is read and written before it as the program says. */
#define mm_barrier() __asm__ volatile("" ::: "memory")

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

static inline bool is_aligned(u64 x, u64 align)
{
	return !(x & (align - 1));
}

static inline u64 align_down(u64 x, u64 align)
{
	return x & ~(align - 1);
}

static inline u64 align_up(u64 x, u64 align)
{
	return align_down(x + align - 1, align);
}

#endif
