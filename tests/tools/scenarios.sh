#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim run and mmsim walk.
. "$(dirname "$0")/lib.sh"

run 0 run "$data/small.sc"
says 'write A 0 4p 7'
says 'done 4'
says 'rw-p'
run 0 run --json "$data/small.sc"
json n who op ret vmas
[ "$(wc -l <"$work/out")" = 5 ] || fail 'not one line per operation'
gzip -c "$data/small.sc" >"$work/small.sc.gz"
run 0 run --json "$work/small.sc.gz"
json vmas
cp "$work/out" "$work/plain"
run 0 run --json "$data/small.sc" --with '--arch arm64' \
	--with '--arch x86_64'
[ "$(wc -l <"$work/out")" = 10 ] || fail 'not the lines of two worlds'
tail -n 5 "$work/out" | cmp -s - "$work/plain" ||
	fail 'the second world is not as it is alone'

# Events, with the releases that their rules hold for.
cat >"$work/reuse.sc" <<'SCENARIO'
mmap A 1p rw private anon
write A 0 1p 1
mprotect A 0 1p r
mprotect A 0 1p rw
drain
write A 0 1p 2
SCENARIO
run 0 run --events "$work/reuse.sc" --kernel 5.17
says do_anonymous_page
grep -q ' wp-reuse-single -5\.17$' "$work/out" || fail 'no last release'
grep -q ' anon-write-new-page$' "$work/out" || fail 'releases of an open rule'
run 0 run --events "$work/reuse.sc" --kernel 6.2
grep -q ' mprotect-upgrade-exclusive 6\.2+$' "$work/out" ||
	fail 'no first release'
run 0 run --events --json "$work/reuse.sc" --kernel 5.17
json event rule pid cpu addr old new op
grep '"event"' "$work/out" | grep '"rule":"wp-reuse-single"' |
	grep '"until":"5.18"' | grep -q '"op":"write A 0 1p 2"' ||
	fail 'no event of the last write'
grep '"rule":"wp-reuse-single"' "$work/out" | grep -q '"first"' &&
	fail 'a first release of a rule without one'
grep -v '"event"' "$work/out" >"$work/lines"
run 0 run --json "$work/reuse.sc" --kernel 5.17
cmp -s "$work/out" "$work/lines" || fail 'events change the other lines'

# Options outside --with are its defaults.
run 0 run --json "$data/small.sc" --arch arm64 --page-size 16k --with '' \
	--with '--page-size 64k' --with '--arch x86_64 --page-size 4k'
grep -o '"lvl":[0-9]*' "$work/out" | tr '\n' ' ' >"$work/levels"
[ "$(cat "$work/levels")" = '"lvl":14 "lvl":16 "lvl":12 ' ] ||
	fail 'defaults of --with'

checks=$((checks + 1))
"$mmsim" run --json - <"$data/small.sc" >"$work/out" 2>"$work/err" ||
	fail 'standard input'
json vmas

run 1 run "$data/expect.sc"
says 'write A 0 1p 7'
[ "$(wc -l <"$work/err")" = 1 ] || fail 'no single line for expect'
run 1 run --json "$data/expect.sc"
json n op

refused 'mistake.sc:4:' run "$data/mistake.sc"
refused 'none.sc' run "$work/none.sc"
refused "$work" run "$work"
head -c 4096 /dev/urandom | tr -d '\n' >"$work/noise.sc"
refused 'noise.sc' run "$work/noise.sc"
printf '\037\213\010' >"$work/short.sc.gz"
refused 'gzip' run "$work/short.sc.gz"

run 0 walk "$data/small.sc" A 1p
says pte
says write
run 0 walk "$data/small.sc:2" A 0
says write
run 0 walk "$data/small.sc:3" A 1p --json
json line addr steps would.write.action
refused "line 99" walk "$data/small.sc:99" A 0
refused 'B' walk "$data/small.sc" B 0
refused '1q' walk "$data/small.sc" A 1q
refused 'C' walk "$data/small.sc" A 0 --who C
finish
