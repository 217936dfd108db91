#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# verdict.sh STATUS LAST-LINE GRADER: the grader ends with that status and that
# last line.
set -u

status=$1 line=$2 grader=$3
out=$("$grader")
found=$?
if [ $found -eq 77 ]; then
	echo "$out"
	exit 77
fi
echo "$out"
[ "$found" -eq "$status" ] && [ "$(tail -n 1 <<<"$out")" = "$line" ] && exit 0
echo "found status $found, expected status $status and \"$line\"" >&2
exit 1
