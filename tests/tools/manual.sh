#!/bin/sh
# SPDX-License-Identifier: MIT
# Every option and command of --help is in the manual page, and the reverse.
. "$(dirname "$0")/lib.sh"
page=$4

run 0 --help
sed -n 's/^  \(--[a-z-]*\).*/\1/p' "$work/out" | sort -u >"$work/help"
sed -n 's/^\.B[RI]* \(\\-\\-[a-z\\-]*\).*/\1/p' "$page" | tr -d '\\' |
	grep -v '^--$' | sort -u >"$work/man"
[ "$(wc -l <"$work/help")" -gt 10 ] || fail 'no options found'
diff "$work/help" "$work/man" >"$work/diff" ||
	fail "options differ: $(cat "$work/diff")"
for command in $(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' \
	"$work/out"); do
	grep -q "^\\.B[RI]* .*\\b$command\\b" "$page" ||
		fail "no $command in the manual page"
done
finish
