#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim compare: operations as rows, worlds as columns.
. "$(dirname "$0")/lib.sh"

# Equal: the same world twice; other CPUs; other architectures.
run 0 compare "$data/small.sc" --with '' --with ''
last_line 'operations 5, differing 0'
grep -q '^!' "$work/out" && fail 'a difference is marked'
run 0 compare "$data/small.sc" --with '--cpus 1' --with '--cpus 2'
says '(--cpus 2)'
run 0 compare "$data/small.sc" --with '--kernel 6.12' \
	--with '--arch x86_64 --kernel 6.12 --feature -madv-cold-in-place'
says 'x86_64-6.12 -madv-cold-in-place'
run 0 compare "$data/small.sc" --with '' --with '--arch arm64' \
	--with '--arch arm64 --page-size 64k' \
	--with '--arch ppc64 --mmu hash --page-size 64k'
says 'arm64_64k-'
says 'ppc64_hash_64k-'
last_line 'operations 5, differing 0'

# From 6.2 on mprotect makes clean exclusive pages writable: one fault less.
cat >"$work/upgrade.sc" <<'SCENARIO'
mmap A 2p rw private anon
write A 0 1p 1
mprotect A 0 2p r
mprotect A 0 2p rw
dump A
write A 0 2p 2
maps
expect min=1
SCENARIO
run 1 compare "$work/upgrade.sc" --with '--kernel 5.19' --with '--kernel 6.2'
grep -q '^! *6  write A 0 2p 2  *0  min 2  done 2  *\*0  min 1  done 2$' \
	"$work/out" || fail 'the fault is not marked'
grep -q '^! *5  dump A' "$work/out" || fail 'the dump is not marked'
grep -q '^ *page 0  *PXD mc 1 b 1 anon swapbacked  *PXD mc 1 b 1' \
	"$work/out" || fail 'the page is not shown'
grep -q '^ *entry  *0x[0-9a-f]*5 lvl 12  *\*0x[0-9a-f]*7 lvl 12$' \
	"$work/out" || fail 'the entry is not marked'
grep -q 'page 1' "$work/out" && fail 'a page that does not differ is shown'
last_line 'operations 7, differing 2'

run 1 compare "$work/upgrade.sc" --json --with '--kernel 5.19' \
	--with '--kernel 6.2'
[ "$(wc -l <"$work/out")" = 7 ] || fail 'not one object per operation'
json n who op differs differences worlds
sed -n 6p "$work/out" | grep -qF '"differs":true,"differences":[{"field":"min","values":[2,1]}],"worlds":[{"world":"x86_64-5.19","ret":0,"min":2,"done":2},{"world":"x86_64-6.2",' ||
	fail 'JSON of a fault'
sed -n 5p "$work/out" |
	grep -q '"field":"pte","pages":\[0,0\],"values":\["0x[0-9a-f]*5","0x[0-9a-f]*7"\]' ||
	fail 'JSON of an entry'
sed -n 1p "$work/out" | grep -qF '"differs":false,"differences":[]' ||
	fail 'JSON of what is equal'

# Entries are compared with the first world of the same format as well.
run 1 compare "$work/upgrade.sc" --with '--arch ppc64 --mmu hash --page-size 64k' \
	--with '--kernel 5.19' --with '--kernel 6.2' --json
sed -n 5p "$work/out" | grep -qF '"field":"pte","pages":[0,0]' ||
	fail 'entries of the second format'

# Mappings: a row for each that differs.
cat >"$work/maps.sc" <<'SCENARIO'
mmap A 4p rw private anon
maps
SCENARIO
run 0 compare "$work/maps.sc" --with '' --with '--arch arm64'
run 1 compare "$work/maps.sc" --with '' --with '--feature -soft-dirty'
grep -q '^ *mapping 0  *0-.* sd  *\*0-.* ac$' "$work/out" ||
	fail 'no row of the mapping'

# Options outside --with are defaults, which each --with may override.
run 1 compare "$work/upgrade.sc" --kernel 5.19 --with '' --with '--kernel 6.2'
says 'x86_64-5.19'
says 'x86_64-6.2'
run 0 compare "$work/upgrade.sc" --kernel 5.19 --with '' --with '--cpus 2'
run 1 compare "$work/maps.sc" --feature -soft-dirty --with '' \
	--with '--feature +soft-dirty'

refused 'two worlds' compare "$data/small.sc"
refused 'two worlds' compare "$data/small.sc" --with '--kernel 6.1'
refused 'operands' compare --with '' --with ''
refused 'mistake.sc:4:' compare "$data/mistake.sc" --with '' --with ''
refused 'none.sc' compare "$work/none.sc" --with '' --with ''
refused 'vax' compare "$data/small.sc" --with '' --with '--arch vax'
refused '--events' compare "$data/small.sc" --with '' --with '' --events
finish
