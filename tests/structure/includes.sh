#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# includes.sh TOP: every #include goes down the layers of tests/structure/layers;
# no header reaches itself; public headers need libc's freestanding part alone.
set -uf
export LC_ALL=C

top=$1
here=$(cd "$(dirname "$0")" && pwd)
cd "$top" || exit 1
status=0 nr=0
files=() allowed=()

complain() {
	echo "$1" >&2
	status=1
}

read_layers() {
	local line
	while IFS= read -r line; do
		case $line in
		\#* | "") continue ;;
		esac
		files+=("${line%% : *}")
		allowed+=("${line#* : }")
	done <"$here/layers"
}

# fits PATH PATTERNS: the last pattern that fits decides.
# shellcheck disable=SC2053 # they are patterns
fits() {
	local pattern yes=1
	for pattern in $2; do
		case $pattern in
		-*) [[ $1 != ${pattern#-} ]] || yes=1 ;;
		*) [[ $1 != $pattern ]] || yes=0 ;;
		esac
	done
	return $yes
}

# "./*" stands for what lies beside the including file.
check_own() {
	local i
	for i in "${!files[@]}"; do
		fits "$1" "${files[i]}" || continue
		fits "$2" "${allowed[i]}" && return
		case " ${allowed[i]} " in
		*' ./* '*) [ -e "$(dirname "$1")/$2" ] && return ;;
		esac
		complain "$1: includes $2, which does not lie below it"
		return
	done
	case $1 in
	src/*) complain "$1: no layer of tests/structure/layers" ;;
	esac
}

# Without a clock, an environment, threads or a locale.
libc='errno.h limits.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
string.h inttypes.h ctype.h endian.h unistd.h sys/mman.h'
packages='uthash.h bsd/sys/queue.h bsd/sys/tree.h'

check_system() {
	case $1:$2 in
	include/*:stddef.h | include/*:stdint.h | include/*:stdarg.h) ;;
	include/mmsim/mmsim.h:mmsim/* | include/*:mmsim/base.h) ;;
	src/*.h:mmsim/mmsim.h | include/*:mmsim/mmsim.h)
		complain "$1: a header includes the umbrella" ;;
	include/*:mmsim/* | src/*:mmsim/*) ;;
	include/*) complain "$1: a public header includes <$2>" ;;
	src/core/assert.h:assert.h | src/api/backends.c:mmsim_instances.h) ;;
	src/*) fits "$2" "$libc $packages" ||
		complain "$1: the library includes <$2>" ;;
	esac
}

# FILE"name or FILE<name for each #include of the tree.
list_includes() {
	local dir dirs=()
	for dir in include src tools examples bench tests/api; do
		[ ! -d "$dir" ] || dirs+=("$dir")
	done
	grep -rE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' \
		"${dirs[@]}" --include='*.[ch]' --include='*.inc' |
		sed 's/^\([^:]*\):[^"<]*\(["<]\)\([^">]*\)[">].*/\1\2\3/'
}

check_cycles() {
	local edges
	edges=$(sed -n 's,^\(src/[^"]*\)"\([^"]*\)$,\1 src/\2,p' <<<"$1" |
		awk '$1 != "src/core/instance.inc"')
	[ -n "$edges" ] || return 0
	tsort <<<"$edges" >/dev/null 2>"$work" ||
		complain "headers include each other: $(cat "$work")"
}

work=$(mktemp) || exit 1
trap 'rm -f "$work"' EXIT
read_layers
includes=$(list_includes)
while IFS= read -r include; do
	case $include in
	*\"*) check_own "${include%%\"*}" "${include#*\"}" ;;
	*) check_system "${include%%<*}" "${include#*<}" ;;
	esac
	nr=$((nr + 1))
done <<<"$includes"
check_cycles "$includes"
echo "$nr includes"
[ "$nr" -gt 1 ] || complain "found no #include below $top"
exit $status
