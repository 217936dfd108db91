/* SPDX-License-Identifier: MIT */
#include "core/config.h"

#include <mmsim_instances.h>

#include "core/backend.h"

#define DECLARE(name) extern const struct mm_backend mm_backend_##name;
MMSIM_INSTANCES(DECLARE)
#undef DECLARE

/* A format, and the first release that no longer has it. */
struct format {
	const char *name;
	unsigned arch, mmu;
	u64 page_size;
	u32 until;
};

#define NEVER (~(u32)0)
#define X86   MMSIM_ARCH_X86_64, MMSIM_MMU_DEFAULT
#define ARM64 MMSIM_ARCH_ARM64, MMSIM_MMU_DEFAULT
#define RADIX MMSIM_ARCH_PPC64, MMSIM_MMU_RADIX
#define HASH  MMSIM_ARCH_PPC64, MMSIM_MMU_HASH

/* Older layouts before the newer one of the same format. */
static const struct format formats[] = {
	{ "x86_64_pre6_6", X86, 4096, KERNEL(6, 6) },
	{ "x86_64", X86, 4096, NEVER },
	{ "arm64_4k_pre6_11", ARM64, 4096, KERNEL(6, 11) },
	{ "arm64_4k", ARM64, 4096, NEVER },
	{ "arm64_16k_pre6_11", ARM64, 16384, KERNEL(6, 11) },
	{ "arm64_16k", ARM64, 16384, NEVER },
	{ "arm64_64k_pre6_11", ARM64, 65536, KERNEL(6, 11) },
	{ "arm64_64k", ARM64, 65536, NEVER },
	{ "ppc64_radix_4k_pre6_7", RADIX, 4096, KERNEL(6, 7) },
	{ "ppc64_radix_4k", RADIX, 4096, NEVER },
	{ "ppc64_radix_64k_pre6_7", RADIX, 65536, KERNEL(6, 7) },
	{ "ppc64_radix_64k", RADIX, 65536, NEVER },
	{ "ppc64_hash_4k_pre6_7", HASH, 4096, KERNEL(6, 7) },
	{ "ppc64_hash_4k", HASH, 4096, NEVER },
	{ "ppc64_hash_64k_pre6_7", HASH, 65536, KERNEL(6, 7) },
	{ "ppc64_hash_64k", HASH, 65536, NEVER },
};

static const struct mm_backend *const backends[] = {
#define POINTER(name) &mm_backend_##name,
	MMSIM_INSTANCES(POINTER)
#undef POINTER
};

static const struct mm_backend *backend_by_name(const char *name)
{
	const char *a, *b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(backends); i++) {
		a = backends[i]->name;
		b = name;
		while (*a && *a == *b)
			a++, b++;
		if (*a == *b)
			return backends[i];
	}
	return NULL;
}

const struct mm_backend *find_backend(unsigned arch, unsigned mmu,
				      u64 page_size, u32 kernel)
{
	const struct format *f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		f = &formats[i];
		if (f->arch == arch && f->mmu == mmu &&
		    f->page_size == page_size && kernel < f->until)
			return backend_by_name(f->name);
	}
	return NULL;
}
