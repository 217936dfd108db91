/* SPDX-License-Identifier: MIT */
/*
 * The same from C++: a world, a process, one fault; and two kernel names of
 * the program's own.
 */
#include <mmsim/mmsim.h>

#include <cstdio>

extern "C" int handle_mm_fault(int x)
{
	return x + 2;
}

extern "C" int find_vma(int x)
{
	return x + 1;
}

static int first_fault(mmsim *world)
{
	mmsim_mmap_args args = { sizeof(args) };
	mmsim_fault fault = MMSIM_FAULT_INIT;
	mmsim_mm *mm;
	uint64_t addr;

	args.len = 4096;
	args.prot = MMSIM_PROT_READ | MMSIM_PROT_WRITE;
	args.flags = MMSIM_MAP_PRIVATE | MMSIM_MAP_ANONYMOUS;
	if (mmsim_mm_create(world, &mm) || mmsim_mmap(mm, &args, &addr) ||
	    mmsim_access(mm, 0, addr, 1, MMSIM_WRITE, nullptr, &fault))
		return -1;
	return static_cast<int>(fault.minor);
}

int main()
{
	mmsim_config config = MMSIM_CONFIG_INIT;
	mmsim *world;
	int faults;

	config.arch = MMSIM_ARCH_ARM64;
	if (mmsim_create(&config, &world))
		return 1;
	faults = first_fault(world);
	mmsim_destroy(world);
	std::printf("%d fault\n", faults);
	return faults != 1 || find_vma(1) != 2 || handle_mm_fault(1) != 3;
}
