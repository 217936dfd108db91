#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim check: selection, results, damaged recordings.
. "$(dirname "$0")/lib.sh"

fresh() {
	rm -rf "$work/root"
	cp -R "$data/root" "$work/root"
	world=$work/root/recordings/amd64-6.1
	recording=$world/01-anon-basic.jsonl
}

fresh
run 0 check "$work/root"
last_line 'matched 1, differing 0, not run 0'
[ "$(wc -l <"$work/out")" = 3 ] || fail 'not a table of one world'
[ -s "$work/err" ] && fail 'progress although nobody watches'
# On a terminal the progress is a passing line on standard error; not every
# machine has pseudo-terminals to give.
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
	script -qec "'$mmsim' check '$work/root' >'$work/out'" /dev/null \
		>"$work/tty" </dev/null
	grep -q 'amd64-6.1 01-anon-basic' "$work/tty" || fail 'no progress'
	[ "$(wc -l <"$work/out")" = 3 ] || fail 'progress on standard output'
fi
run 0 check --json "$work/root"
json matched differing not_run
head -n 1 "$work/out" | "$json_lines" world scenario result fields ||
	fail 'JSON of a scenario'
xz "$recording"
run 0 check "$work/root"
last_line 'matched 1, differing 0, not run 0'
run 0 check "$work/root" --world 'amd64-*' --scenario '01-*'
refused 'selected' check "$work/root" --scenario '02-*'
refused 'selected' check "$work/root" --world 'arm64-*'
refused 'expected some' check "$work"
run 0 check --calls "$work/root"

# One wrong value is found, named, and makes status 1.
fresh
number=$(grep -n '"min":' "$recording" | head -n 1 | cut -d : -f 1)
sed -i "${number}s/\"min\":[0-9]*/\"min\":77/" "$recording"
run 1 check "$work/root"
says 'min: wanted 77'
last_line 'matched 0, differing 1, not run 0'
run 1 check --json "$work/root"
json matched differing not_run
head -n 1 "$work/out" | "$json_lines" first.n first.who first.op \
	first.field first.want first.got || fail 'JSON of a difference'

# Unless recordings did not agree on it.
n=$(sed -n "${number}s/^{\"n\":\([0-9]*\),.*/\1/p" "$recording")
printf '{"01-anon-basic":["%s:min"],"x":[7],"y":3}\n' "$n" \
	>"$world/unstable.json"
run 0 check "$work/root"
printf '{"01-anon-basic":[{"n":%s,"field":"min"}]}\n' "$n" \
	>"$world/unstable.json"
run 0 check "$work/root"

# What is not compulsory is not compared.
fresh
sed -i 's/"calls":{[^}]*}/"calls":{"nonsense":9}/; 1s/"ret":[0-9]*/"ret":1/' \
	"$recording"
run 0 check "$work/root"

# Unless it is asked for: of the functions that the world could trace.
fresh
sed -i 's/"cpus":2/"cpus":2,"traceable":["do_wp_page"]/' "$world/info.json"
run 0 check --calls "$work/root"
sed -i "${number}s/\"calls\":{/\"calls\":{\"do_wp_page\":99,\"other\":9,/
	s/,}/}/" "$recording"
run 0 check "$work/root"
run 1 check --calls "$work/root"
says 'do_wp_page: wanted 99'

# Damage.
fresh
sed -i '3s/.*/{"n":/' "$recording"
run 2 check "$work/root"
grep -q 'jsonl:3: found' "$work/err" || fail 'no line of the damage'
fresh
sed -i '3s/"n":3/"n":4/' "$recording"
run 2 check "$work/root"
grep -q 'jsonl:3: found n 4' "$work/err" || fail 'no wrong number'
fresh
sed -i '3s/"op":"/"op":"x/' "$recording"
run 2 check "$work/root"
grep -q 'jsonl:3: found operation' "$work/err" || fail 'no wrong operation'
fresh
sed -i '$d' "$recording"
run 2 check "$work/root"
grep -q 'found the end' "$work/err" || fail 'no early end'
fresh
echo '{' >"$world/info.json"
run 2 check "$work/root"
grep -q 'info.json:' "$work/err" || fail 'no damaged world'
finish
