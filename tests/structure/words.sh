#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# words.sh TOP: the library prints nothing, ends nobody's process, reads no
# environment and no clock; comments are /* */; every file names its licence.
set -u
export LC_ALL=C

top=$1
here=$(cd "$(dirname "$0")" && pwd)
cd "$top" || exit 1
status=0 nr=0

# Functions that src/ must not call; core/assert.h is the one door to assert.
banned='(assert|abort|exit|_exit|quick_exit|atexit|raise|signal'
banned+='|v?f?printf|f?puts|putchar|f?putc|fwrite|perror|err|errx|warn|warnx'
banned+='|psignal|syslog|getenv|secure_getenv|setenv|putenv|setlocale'
banned+='|time|clock|clock_gettime|gettimeofday|nanosleep|usleep|sleep'
banned+='|rand|random|srand|srandom|system|popen|fork|execv[pe]*)'

complain() {
	echo "$1" >&2
	status=1
}

check_calls() {
	local found
	[ "$1" != src/core/assert.h ] || return 0
	# A name after -> or . is a member, and `exit:` no call.
	found=$(grep -nE "(^|[^A-Za-z0-9_.>])$banned *\(" <<<"$2") || return 0
	complain "$1: the library must not call this: $found"
}

check_slashes() {
	local found
	found=$(grep -n '@SLASHES@' <<<"$2") || return 0
	complain "$1: // comment: $found"
}

check_licence() {
	head -n 1 "$1" | grep -q '/\* SPDX-License-Identifier: MIT \*/' ||
		complain "$1: the first line is not the SPDX line"
}

for dir in src include tools tests examples bench; do
	[ -d "$dir" ] || continue
	while IFS= read -r file; do
		nr=$((nr + 1))
		code=$(awk -f "$here/strip.awk" "$file")
		check_slashes "$file" "$code"
		check_licence "$file"
		case $file in
		src/*) check_calls "$file" "$code" ;;
		esac
	done < <(find "$dir" -name '*.[ch]' -o -name '*.inc' -o -name '*.def' |
		sort)
done
echo "$nr files"
[ "$nr" -gt 0 ] || complain "found no C file below $top"
exit $status
