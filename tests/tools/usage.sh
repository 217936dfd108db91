#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line: options, statuses, messages.
. "$(dirname "$0")/lib.sh"

run 0 --help
says 'usage: mmsim'
run 0 --version
says 'mmsim 0.'
run 0 help
says 'commands:'
for command in run check replay decode walk list compare bench help; do
	run 0 "$command" --help
	says 'usage: mmsim'
	run 0 help "$command"
done
refused 'no command'
refused frobnicate frobnicate
refused frobnicate help frobnicate
refused --frobnicate run --frobnicate "$data/small.sc"
refused --level run --level pte "$data/small.sc"
refused --who decode --who C 1
refused --arch list archs --arch
refused --json decode --json=yes 1
refused 'vax' decode --arch vax 1
refused '9.9' decode --kernel 9.9 1
refused '3x' run --page-size 3x "$data/small.sc"
run 2 run --page-size 64k "$data/small.sc"
refused '--set' run --set '' "$data/small.sc"
refused '--tlb' run --tlb 12x5 "$data/small.sc"
refused '--tlb' replay "$data/small.vg" --with '--tlb 64x4@3k'
run 0 run --tlb 64x4@4k+8x8,keep "$data/small.sc"
refused '--events' replay "$data/small.vg" --with '--events'
refused '--kernel' replay "$data/small.vg" --with '--kernel'
refused 'operands' run
refused 'extra' replay "$data/small.vg" extra
refused 'frobs' list frobs

for kind in archs kernels features events rules knobs invariants schema; do
	run 0 list "$kind"
	run 0 list --json "$kind"
	json
	[ "$kind" = schema ] || [ -z "$(sed -n \
		's/.*"name":"\([^"]*\)".*/\1/p' "$work/out" | sort |
		uniq -d)" ] || fail "list $kind: a name twice"
done
run 0 list archs
says arm64
run 0 list features --json --kernel 6.12
json name what on
run 0 --arch arm64 list features
says contpte
grep -q '^mprotect-batch  *on  *6\.17+  *[a-z-]*\.md' "$work/out" ||
	fail 'no first release of a feature'
run 0 list rules
grep -q '^mprotect-upgrade-exclusive  *6\.2+  *semantics-mprotect' "$work/out" ||
	fail 'no first release of a rule'
grep -q '^mprotect-upgrade-exclusive-dirty  *6\.0-6\.1  *semantics' "$work/out" ||
	fail 'no releases of a rule'
grep -q '^wp-reuse-single  *-5\.17  *semantics-fault' "$work/out" ||
	fail 'no last release of a rule'
run 0 list schema --json
for command in run 'run --events' check compare replay generate shrink \
	decode walk list; do
	grep -q "{\"command\":\"$command\",\"object\":\".*{" "$work/out" ||
		fail "no schema of $command"
done

run 0 decode 0x8000000000000867
says pte_present
run 0 decode --json --level pmd 0x80000000000008e7 12
json value level fields helpers
refused 'x12' decode x12
refused '12q' decode 12q
refused '0x' decode 0x
refused '0x12345678901234567' decode 0x12345678901234567
refused 'p4d' decode --level p4d 1
run 0 decode --arch ppc64 --mmu hash --page-size 64k --level pud 0
finish
