#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# compare.sh EXPECTED PROGRAM: the program ends well and prints what the file
# holds.
set -u

expected=$1 program=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$program" >"$work/out" 2>"$work/err"
status=$?
if grep -q EOPNOTSUPP "$work/err"; then
	echo "skipped, a format that this build does not have: $(cat "$work/err")"
	exit 77
fi
if [ $status -ne 0 ] || [ -s "$work/err" ]; then
	echo "$program ended with $status: $(cat "$work/err")" >&2
	exit 1
fi
diff -u "$expected" "$work/out"
