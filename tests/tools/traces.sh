#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim replay: traces that are whole, cut off, damaged, empty.
. "$(dirname "$0")/lib.sh"

# figure KEY VALUE: a number in the JSON of the last run.
figure() {
	grep -q "\"$1\":$2[,}]" "$work/out" || fail "$1 is not $2"
}

run 0 replay --json "$data/small.vg"
json world refs faults.minor faults.major 'faults.by kind' tables pages \
	pte_writes flushes rounded truncated seconds refs_per_second
figure refs 9
figure rounded 0
figure truncated 0
# The store to what was made read-only is a signal in every world.
figure signals 1
figure skipped 0
# Stack, two that read() filled, two of the anonymous mapping, the heap; code
# is the zero page, which is not counted, and munmap took the file's away.
figure pages 6
cp "$work/out" "$work/whole"

for tool in gzip xz; do
	$tool -c "$data/small.vg" >"$work/small.$tool"
	run 0 replay --json "$work/small.$tool"
	figure refs 9
	figure pages 6
	head -c 150 "$work/small.$tool" >"$work/cut.$tool"
	run 2 replay --json "$work/cut.$tool"
	[ "$(wc -l <"$work/err")" = 1 ] || fail 'no single line'
	grep -q 'stops early' "$work/err" || fail 'no reason'
done

run 0 replay "$data/small.vg" --with '--arch x86_64' \
	--with '--arch arm64 --page-size 64k'
says 'x86_64'
says 'arm64_64k'
run 0 replay --json "$data/small.vg" --arch arm64 --page-size 64k
figure refs 9
# mmap of the file and its munmap, mmap, mprotect, brk.
figure rounded 5
figure skipped 0

# Moves, whole and in part. What was moved keeps its pages: no second fault.
run 0 replay --json "$data/remap.vg"
figure refs 9
figure minor 7
figure skipped 0
figure rounded 0
run 0 replay --json "$data/remap.vg" --arch arm64 --page-size 64k
figure skipped 0
# Growing by a page, DONTNEED, shrinking and the last move; all else is even.
figure rounded 4

head -c 400 "$data/small.vg" >"$work/cut.vg"
run 0 replay --json "$work/cut.vg"
figure truncated 1

: >"$work/empty.vg"
refused 'no references' replay "$work/empty.vg"
printf '==1== Lackey\n' >"$work/remarks.vg"
refused 'no references' replay "$work/remarks.vg"
refused 'none.vg' replay "$work/none.vg"
sed '4s/.*/ S 1fff00zz18,8/' "$data/small.vg" >"$work/bad.vg"
refused 'bad.vg:4:' replay --json "$work/bad.vg"
figure refs 1
# Its first line is none of ours, whatever chance brings behind it.
{ printf 'noise '; head -c 100000 /dev/urandom; } >"$work/noise.vg"
refused 'noise.vg:1:' replay "$work/noise.vg"
finish
