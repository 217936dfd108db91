#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim replay: traces of other tools than valgrind's lackey.
. "$(dirname "$0")/lib.sh"

# figure KEY VALUE: a number in the JSON of the last run.
figure() {
	grep -q "\"$1\":$2[,}]" "$work/out" || fail "$1 is not $2"
}

# u64 N: eight bytes, the least significant first.
u64() {
	n=$1
	for byte in 1 2 3 4 5 6 7 8; do
		printf "\\$(printf %03o $((n % 256)))"
		n=$((n / 256))
	done
}

# champsim IP BRANCH DST SRC: one record.
champsim() {
	u64 "$1"
	printf "\\00$2\\000\\000\\000\\000\\000\\000\\000"
	u64 "$3"
	u64 0
	u64 "$4"
	u64 0
	u64 0
	u64 0
}

# ---- strace ----

# Written by strace 6.1; two threads, a fork, calls in two parts, failures.
for log in small raw; do
	run 0 replay --json "$data/$log.strace"
	figure refs 0
	figure skipped 0
	# mlock brings in the only page; the mapping goes at the end.
	figure anon_write 1
	figure pages 0
	run 0 replay --json --format strace "$data/$log.strace"
	figure anon_write 1
done

# What stays is locked and so comes in: 2 pages, not the child's 4, not those
# of the call that failed, and 1 by the call in two parts.
cat >"$work/locked.strace" <<'END'
mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED, -1, 0) = 0x10000000
strace: Process 8 attached
[pid 8] mmap(NULL, 16384, PROT_READ|PROT_WRITE, 0x2022, -1, 0) = 0x20000000
[pid 7] mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|0x2020, -1, 0 <unfinished ...>
[pid 8] mlock(0x10000000, 4096) = 0
[pid 7] <... mmap resumed>) = 0x30000000
[pid 7] mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED, -1, 0) = -1 EAGAIN (Resource temporarily unavailable)
[pid 7] openat(AT_FDCWD, "/tmp/x", O_RDONLY) = 3
[pid 7] +++ exited with 0 +++
munmap(0x10000000, 8192) = 0
END
run 0 replay --json "$work/locked.strace"
figure pages 3
figure skipped 0

# -t, -y, constants strace does not know, a call that never came back.
cat >"$work/shown.strace" <<'END'
7 12:34:56 mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_LOCKED, 3</tmp/a, b>, 0) = 0x10000000
7 12:34:56.5 madvise(0x10000000, 4096, 0x63 /* MADV_??? */) = -1 EINVAL (Invalid argument)
7 12:34:57 mremap(0x10000000, 8192, 8192, MREMAP_MAYMOVE) = ?
END
run 0 replay --json "$work/shown.strace"
# One fault brings in both pages of the file.
figure file_read 1
figure pages 2
figure skipped 0

sed '4s/PROT_WRITE/PROT_WRONG/' "$work/locked.strace" >"$work/bad.strace"
# Known when the call comes back.
refused 'bad.strace:6:' replay --json "$work/bad.strace"
figure pages 2
{
	cat "$work/locked.strace"
	echo ' S 1fff000618,8'
} >"$work/mixed.strace"
refused 'mixed.strace:11:' replay --json "$work/mixed.strace"
figure pages 3
head -c 300 "$data/small.strace" >"$work/cut.strace"
run 0 replay --json "$work/cut.strace"
figure truncated 1

# ---- perf ----

run 0 replay --json "$data/small.perf"
figure refs 20
figure minor 19
cat >"$work/two.perf" <<'END'
a b/1 : 2 7/7 1.5: page-faults:   10000000   20000000
a b/1 : 2 9/9 1.6: page-faults:   30000000   20000000
a b/1 : 2 7/8 1.7: page-faults:u:   10001000   20000000
END
run 0 replay --json "$work/two.perf"
figure refs 2
figure minor 2
sed '3s/ 20000000//' "$work/two.perf" >"$work/bad.perf"
refused 'bad.perf:3:' replay --json "$work/bad.perf"
figure refs 1

# ---- ChampSim ----

{
	champsim 4194304 0 0 8388608
	champsim 4194308 1 12582912 8388616
} >"$work/two.champsim"
run 0 replay --json --format champsim "$work/two.champsim"
figure refs 5
# Code, what is read, what is written.
figure minor 3
figure anon_zero 2
figure anon_write 1
gzip -c "$work/two.champsim" >"$work/two.gz"
run 0 replay --json --format champsim "$work/two.gz"
figure refs 5
head -c "$(($(wc -c <"$work/two.gz") - 12))" "$work/two.gz" >"$work/cut.gz"
run 2 replay --json --format champsim "$work/cut.gz"
grep -q 'stops early' "$work/err" || fail 'no reason'
"$mmsim" replay --json --format champsim - <"$work/two.champsim" \
	>"$work/out" 2>"$work/err" || fail 'standard input'
figure refs 5
head -c 100 "$work/two.champsim" >"$work/cut.champsim"
refused 'cut.champsim:2: found 36 bytes' replay --json --format champsim \
	"$work/cut.champsim"
figure refs 2
{
	champsim 4194304 0 0 0
	cat "$data/small.vg"
} >"$work/mixed.champsim"
refused 'mixed.champsim:2: found is_branch' replay --json --format champsim \
	"$work/mixed.champsim"
figure refs 1

# ---- drmemtrace ----

# u16 N: two bytes, the least significant first.
u16() {
	printf "\\$(printf %03o $(($1 % 256)))\\$(printf %03o $(($1 / 256)))"
}

# entry KIND SIZE ADDR
entry() {
	u16 "$1"
	u16 "$2"
	u64 "$3"
}

# Beginning and end of a post-processed file.
drmem_head() {
	entry 25 0 5
	entry 22 4 "$1"
	entry 24 4 "$2"
	entry 28 2 13300000000000000
	entry 28 3 1
}
{
	drmem_head 212237 212237
	# An encoding, the instruction, what it reads and writes.
	entry 47 4 2319406834570
	entry 10 4 4194304
	entry 0 8 8388608
	entry 1 8 8388616
	entry 14 5 4194308
	# A prefetch, a repeated string instruction, data of unknown size.
	entry 3 8 16777216
	entry 30 2 4198400
	entry 1 16 12582912
	entry 30 2 4198400
	entry 1 16 12582928
	entry 29 2 4198400
	entry 0 0 12587008
	# Three instructions behind the last one: 1, 2 and 3 bytes.
	entry 17 3 197121
	entry 48 2 4198408
	# A thread of another process, and one of ours.
	entry 22 4 7
	entry 24 4 7
	entry 1 8 33554432
	entry 22 4 8
	entry 24 4 212237
	entry 1 8 20971520
	entry 22 4 7
	entry 1 8 33558528
	entry 23 4 7
	entry 26 0 0
} >"$work/small.drmem"
run 0 replay --json "$work/small.drmem"
figure refs 13
# Two pages of code, 8M read and written, 12M, 12M + 4K, 20M.
figure minor 7
figure anon_zero 4
figure wp_copy 1
figure anon_write 2
figure truncated 0
figure pages 3
gzip -c "$work/small.drmem" >"$work/small.drmem.gz"
run 0 replay --json --format drmemtrace "$work/small.drmem.gz"
figure refs 13
# Between entries, and in one.
head -c $((12 * 8)) "$work/small.drmem" >"$work/cut.drmem"
run 0 replay --json "$work/cut.drmem"
figure refs 2
figure truncated 1
head -c $((12 * 8 + 5)) "$work/small.drmem" >"$work/cut.drmem"
refused 'cut.drmem:9: found 5 bytes' replay --json "$work/cut.drmem"
figure refs 2
{
	drmem_head 7 7
	entry 10 16 4194304
} >"$work/bad.drmem"
refused 'bad.drmem:6: found an instruction of size 16' replay "$work/bad.drmem"
{
	drmem_head 7 7
	entry 0 4 4194304
	entry 17 9 16843009
} >"$work/bad.drmem"
refused 'bad.drmem:7: found a bundle of instructions 9' \
	replay --json "$work/bad.drmem"
figure refs 1
{
	drmem_head 7 7
	entry 0 4 4194304
	cat "$data/small.vg"
} >"$work/mixed.drmem"
refused 'mixed.drmem:7: found entry kind' replay --json "$work/mixed.drmem"
figure refs 1
refused 'small.vg:1: found entry kind' replay --format drmemtrace \
	"$data/small.vg"
{
	drmem_head 7 7
	u16 1
	u16 2
	printf '\377\377\377\377\377\377\377\377'
} >"$work/bad.drmem"
refused 'bad.drmem:6: found an address past the end' replay "$work/bad.drmem"
# A file that is not post-processed yet.
printf '\004\000\000\000\000\000\100\300\001\002\003\004\000\000\000\140' \
	>"$work/raw.drmem"
refused 'raw.drmem:1: found entry kind 4, expected 25' \
	replay --format drmemtrace "$work/raw.drmem"

# ---- formats ----

refused 'found pin, expected lackey' replay --format pin "$data/small.vg"
refused 'small.vg:3:' replay --format perf "$data/small.vg"
refused 'small.vg:3:' replay --format strace "$data/small.vg"
refused 'small.perf:1:' replay --format lackey "$data/small.perf"
finish
