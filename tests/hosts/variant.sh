#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# variant.sh build|laws|cow|two_worlds|unit|api VARIANT TOP DIR: build for
# another kind of host in DIR, or run one group of its tests there. VARIANT:
# m32 (32 bits) or be (big-endian, under qemu). Exit 77, with the reason, where
# this machine cannot.
set -u

action=$1 variant=$2 top=$3 dir=$4

skip() {
	echo "skipped: $1"
	exit 77
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# Is there a whole 32-bit tool chain, and a kernel that runs its programs?
try_m32() {
	local try
	try=$(mktemp)
	printf '#include <errno.h>\n#include <stdio.h>
int main(void) { return puts("") < 0; }\n' |
		"${CC:-cc}" -m32 -idirafter /usr/include/x86_64-linux-gnu \
			-x c - -o "$try" 2>/dev/null &&
		chmod +x "$try" && "$try" >/dev/null 2>&1
	local rc=$?
	rm -f "$try"
	return $rc
}

check_m32() {
	try_m32 || skip "${CC:-cc} -m32 makes no program that runs here: \
apt-get install gcc-12-multilib libc6-dev-i386"
	toolchain=m32 options=()
}

# qemu keeps a table for each reserved range: chunks are what fits there.
check_be() {
	{ have s390x-linux-gnu-gcc &&
		{ have qemu-s390x || have qemu-s390x-static; }; } ||
		{ have powerpc64-linux-gnu-gcc &&
			{ have qemu-ppc64 || have qemu-ppc64-static; }; } ||
		skip "no big-endian compiler with its qemu: apt-get install \
gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user"
	[ -e /usr/include/bsd/sys/queue.h ] && [ -e /usr/include/uthash.h ] ||
		skip "uthash.h or bsd/sys/queue.h is not in /usr/include"
	toolchain=big-endian options=(-DMMSIM_CHUNKS_ONLY=ON)
}

build() {
	local generator=()
	[ -e "$dir/CMakeCache.txt" ] || ! have ninja || generator=(-G Ninja)
	rm -f "$dir/built"
	cmake -S "$top" -B "$dir" "${generator[@]}" \
		-DCMAKE_TOOLCHAIN_FILE="$top/cmake/toolchains/$toolchain.cmake" \
		-DCMAKE_BUILD_TYPE=Release -DMMSIM_ASSERT=ON \
		-DMMSIM_PLAIN_CMOCKA=ON -DMMSIM_BUILD_TESTS=ON \
		-DMMSIM_BUILD_TOOLS=OFF -DMMSIM_BUILD_BENCH=OFF \
		-DMMSIM_BUILD_EXAMPLES=OFF "${options[@]}" &&
		cmake --build "$dir" --target hosts_variant \
			-j "$(nproc 2>/dev/null || echo 1)" &&
		touch "$dir/built"
}

case $variant in
m32) check_m32 ;;
be) check_be ;;
*) echo "variant.sh: found $variant, expected m32 or be" >&2 && exit 2 ;;
esac

case $action in
build) build && exit 0 || exit 1 ;;
laws) tests='^laws[.]' ;;
cow) tests='^hosts[.](unpack|cow)' ;;
two_worlds) tests='^hosts[.]two_worlds$' ;;
unit) tests='^(unit[.](phys|vma_tree)|hosts[.]memory)$' ;;
api) tests='^api[.](access|contents|fail|observe|process|random|world)$' ;;
*) echo "variant.sh: found $action, expected build or a group" >&2 && exit 2 ;;
esac

[ -e "$dir/built" ] || { echo "$dir is not built" >&2; exit 1; }
cd "$dir" && exec ctest --output-on-failure --no-tests=error -R "$tests"
