#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim replay: traces that are whole, cut off, damaged, empty.
. "$(dirname "$0")/lib.sh"

# figure KEY VALUE: a number in the JSON of the last run.
figure() {
	grep -q "\"$1\":$2[,}]" "$work/out" || fail "$1 is not $2"
}

run 0 replay --json "$data/small.vg"
json world refs faults.minor faults.major 'faults.by kind' \
	tlb.hits tlb.misses tlb.walks tables pages \
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

# ---- over time ----

# csv_last WORLD: "faults,pages" of the last moment of a world.
csv_last() {
	awk -F, -v world="\"$1\"" '$3 == world { last = $4 + $5 "," $6 }
		END { print last }' "$work/out"
}

run 0 replay "$data/small.vg" --csv --with '' --with '--arch arm64 --page-size 64k'
head -n 1 "$work/out" | grep -q '^refs,calls,world,minor,major,pages,tables,' ||
	fail 'no names of columns'
sed -n 2p "$work/out" | grep -q '^0,0,"x86_64-[0-9.]*",0,0,0,' ||
	fail 'no beginning'
[ "$(csv_last x86_64-7.2)" = 8,6 ] || fail 'not the last moment'
[ "$(csv_last arm64_64k-7.2)" = 6,5 ] || fail 'not the last moment of 64K pages'
awk -F, 'NR > 1 && $1 + $2 < before { exit 1 } { before = $1 + $2 }' \
	"$work/out" || fail 'time runs backwards'
# The heap that munmap took away is seen to go.
cut -d, -f6 "$work/out" | grep -qx 10 || fail 'not what was there between'

# Many references: as many moments as a plot can show, evenly apart, and what
# they come to does not hang on whether anybody looks.
awk 'BEGIN {
	for (i = 0; i < 200000; i++)
		printf " S %x,8\n", 268435456 + 4096 * (i % 3000)
}' >"$work/long.vg"
run 0 replay --json "$work/long.vg"
figure refs 200000
figure minor 3000
run 0 replay --csv "$work/long.vg"
awk -F, 'NR == 3 { step = $1 } END { exit NR < 500 || NR > 1026 ||
	$1 != 200000 || $4 != 3000 || $6 != 3000 || step > 2 * 200000 / 500 }' \
	"$work/out" || fail 'not the moments that were expected'
grep -q '^[0-9]*,0,"[^"]*",\([1-9][0-9]\|[1-9][0-9][0-9]\|1[0-9]*\),0,\1,' \
	"$work/out" || fail 'nothing between'

run 0 replay "$data/small.vg" -o "$work/plot.svg" \
	--with '' --with '--arch arm64'
says 'arm64_4k'
grep -c '<path' "$work/plot.svg" >"$work/paths"
# Faults and pages, of two worlds each.
[ "$(cat "$work/paths")" -ge 4 ] || fail 'no lines in the plot'
grep -q 'pages in use' "$work/plot.svg" || fail 'no panel of pages'
tail -n 1 "$work/plot.svg" | grep -q '^</svg>$' || fail 'no end of the plot'
cp "$data/small.vg" "$work/a<b&c.vg"
run 0 replay "$work/a<b&c.vg" --csv -o "$work/plot.svg"
grep -q 'a&lt;b&amp;c.vg' "$work/plot.svg" || fail 'markup in the title'

refused 'one' replay --csv --json "$data/small.vg"
refused '/nowhere/x.svg' replay -o /nowhere/x.svg "$data/small.vg"
[ -s "$work/out" ] && fail 'replayed for nothing'
# What was read of a damaged trace is drawn too.
sed '4s/.*/ S 1fff00zz18,8/' "$data/small.vg" >"$work/bad.vg"
refused 'bad.vg:4:' replay --csv "$work/bad.vg" -o "$work/plot.svg"
grep -q '^1,0,' "$work/out" || fail 'not what was read'
tail -n 1 "$work/plot.svg" | grep -q '^</svg>$' || fail 'no plot of it'

# ---- traces that are no good ----

head -c 400 "$data/small.vg" >"$work/cut.vg"
run 0 replay --json "$work/cut.vg"
figure truncated 1

# Nothing moves that much, and nothing lies past the last address.
printf ' L 1000,65536\n L 1000,65537\n' >"$work/big.vg"
refused "big.vg:2: found ' L 1000,65537', expected 1 to 65536 bytes" \
	replay --json "$work/big.vg"
figure refs 1
printf ' S ffffffffffffffff,2\n' >"$work/big.vg"
refused "expected 1 to 65536 bytes below 2^64" replay "$work/big.vg"
# What follows a call that did not return is its text for some lines only.
cat "$data/small.vg" "$data/small.perf" >"$work/mixed.vg"
refused 'mixed.vg:' replay --json "$work/mixed.vg"
figure refs 9
printf 'PK\003\004drmemtrace' >"$work/packed.zip"
refused 'packed by zip, expected gzip' replay "$work/packed.zip"
printf '\050\265\057\375lackey' >"$work/packed.zst"
refused 'packed by zstd' replay "$work/packed.zst"
printf 'x\n' | gzip | cat - "$data/small.vg" >"$work/behind.gz"
refused 'behind.gz:' replay "$work/behind.gz"
# A pipe is as good as a file.
gzip -c "$data/small.vg" | cat >"$work/fifo.gz"
mkfifo "$work/fifo"
cat "$work/fifo.gz" >"$work/fifo" &
run 0 replay --json "$work/fifo"
figure refs 9
wait
# A packed one that goes silent after a bad line: nobody waits for the rest.
exec 9<>"$work/fifo"
echo 'hello, no line of a trace' | gzip >&9
timeout 20 "$mmsim" replay "$work/fifo" >"$work/out" 2>"$work/err"
[ $? = 2 ] || fail 'a silent pipe'
exec 9>&-
cat "$work/fifo.gz" "$work/fifo.gz" >"$work/twice.gz"
run 0 replay --json "$work/twice.gz"
figure refs 18

printf ' L 400,1\n' >"$work/short.vg"
run 0 replay --json "$work/short.vg"
figure refs 1
figure truncated 0

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
