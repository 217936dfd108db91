/* SPDX-License-Identifier: MIT */
/*
 * 05 - the same page, three architectures.
 *
 * These are the entries that real kernels made for a page of private memory
 * that was just written, with the page frame number cut out. Each is made of
 * bits in places of its own, and all of them answer the kernel's questions
 * (pte_present, pte_write, pte_dirty, ...) alike. Decoding needs no world:
 * only to know which world the value would belong to.
 */
#include "example.h"

static int print_field(const struct mmsim_field *field, void *user)
{
	(void)user;
	/* Fields that are zero would fill the page. */
	if (!field->value)
		return 0;
	if (field->hi == field->lo)
		printf("  %5u  %-14s %s\n", field->lo, field->name,
		       field->what);
	else
		printf("  %2u-%2u  %-14s %s = 0x%" PRIx64 "\n", field->hi,
		       field->lo, field->name, field->what, field->value);
	return 0;
}

static void print_helper(const char *name, void *user)
{
	(void)user;
	printf(" %s", name);
}

static void decode(const char *title, const char *options, uint64_t raw,
		   unsigned shift)
{
	struct mmsim_config config = MMSIM_CONFIG_INIT;
	struct mmsim_entry entry = { .size = sizeof(entry) };

	must(mmsim_config_parse(&config, options), options);
	must(mmsim_entry_decode(&config, raw, shift, &entry), "decode");
	printf("%s: 0x%016" PRIx64 "\n", title, raw);
	must(mmsim_entry_fields(&config, raw, shift, print_field, NULL),
	     "fields");
	printf("  yes to:");
	must(mmsim_entry_helpers(&config, raw, shift, print_helper, NULL),
	     "helpers");
	printf("\n\n");
}

int main(void)
{
	/* shift: an entry of the lowest level maps one page, 2^12 bytes. */
	decode("x86-64, Linux 6.1", "--arch x86_64 --kernel 6.1",
	       0x8000000000000867, 12);
	decode("arm64, Linux 6.12", "--arch arm64 --kernel 6.12",
	       0xe8000000000f43, 12);
	decode("powerpc radix, Linux 6.12",
	       "--arch ppc64 --mmu radix --page-size 4k --kernel 6.12",
	       0xc000000000000386, 12);

	/*
	 * A release may move a bit. x86-64 from 6.6 on keeps "dirty" in
	 * another place while an entry is read-only: dirty without write
	 * means a shadow stack to the CPU.
	 */
	decode("x86-64, Linux 6.1, after fork", "--arch x86_64 --kernel 6.1",
	       0x8000000000000865, 12);
	decode("x86-64, Linux 7.2, after fork", "--arch x86_64 --kernel 7.2",
	       0x8400000000000825, 12);
	return 0;
}
