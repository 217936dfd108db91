# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# setup.sh - sourced by the other scripts: a Debian machine gets what a build
# needs. What is there already is left alone, without asking apt at all.

mmsim_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Does the compiler find a header? Some want others before them.
mmsim_has_header() {
	printf '#include <stddef.h>\n#include <stdint.h>\n#include <stdarg.h>
#include <setjmp.h>\n#include <%s>\n' "$1" |
		"${CC:-cc}" -E -x c - >/dev/null 2>&1
}

mmsim_need_command() {
	command -v "$1" >/dev/null 2>&1 || mmsim_missing+=("$2")
}

mmsim_need_header() {
	mmsim_has_header "$1" || mmsim_missing+=("$2")
}

# Fill mmsim_missing with the packages that $1 (demo or test) lacks.
mmsim_find_missing() {
	mmsim_missing=()
	mmsim_need_command "${CC:-cc}" gcc
	mmsim_need_command objcopy binutils
	command -v ninja >/dev/null 2>&1 || mmsim_need_command make make
	mmsim_need_command cmake cmake
	mmsim_need_header stdio.h libc6-dev
	mmsim_need_header uthash.h uthash-dev
	mmsim_need_header bsd/sys/queue.h libbsd-dev
	mmsim_need_header jansson.h libjansson-dev
	mmsim_need_header lzma.h liblzma-dev
	mmsim_need_header zlib.h zlib1g-dev
	[ "$1" = test ] || return 0
	mmsim_need_header cmocka.h libcmocka-dev
	mmsim_need_command pkg-config pkg-config
	mmsim_need_command xz xz-utils
}

# What runs apt-get as root here: nothing as root, else sudo. Fails if neither
# works without asking for a password.
mmsim_root=()
mmsim_may_install() {
	command -v apt-get >/dev/null 2>&1 || return 1
	[ "$(id -u)" -ne 0 ] || return 0
	sudo -n true >/dev/null 2>&1 || return 1
	mmsim_root=(sudo -n)
}

mmsim_apt() {
	"${mmsim_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get -q "$@" </dev/null >&2
}

mmsim_install() {
	mmsim_may_install || return 1
	echo "installing: $*" >&2
	mmsim_apt update && mmsim_apt install -y --no-install-recommends "$@"
}

# mmsim_setup demo|test: return when all is there, else exit 2 with the one
# line that would help.
mmsim_setup() {
	mmsim_find_missing "$1"
	[ ${#mmsim_missing[@]} -gt 0 ] || return 0
	mmsim_install "${mmsim_missing[@]}" || true
	mmsim_find_missing "$1"
	[ ${#mmsim_missing[@]} -gt 0 ] || return 0
	echo "run as root: apt-get update &&" \
		"apt-get install -y ${mmsim_missing[*]}" >&2
	exit 2
}

# mmsim_jobs: how many compilers to run at once.
mmsim_jobs() {
	nproc 2>/dev/null || echo 1
}

# mmsim_configure DIR OPTIONS...: configure DIR below the top; a directory
# keeps the generator it began with.
mmsim_configure() {
	local dir=$mmsim_top/$1 generator=()
	shift
	if [ ! -e "$dir/CMakeCache.txt" ] && command -v ninja >/dev/null 2>&1
	then
		generator=(-G Ninja)
	fi
	cmake -S "$mmsim_top" -B "$dir" "${generator[@]}" "$@"
}

mmsim_build() {
	local dir=$mmsim_top/$1
	shift
	cmake --build "$dir" -j "$(mmsim_jobs)" "$@"
}
