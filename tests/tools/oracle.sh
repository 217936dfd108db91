#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim oracle, generate and shrink: the running kernel, random programs.
. "$(dirname "$0")/lib.sh"

scenarios=$(dirname "$0")/../scenario

# ---- programs, without a kernel ----

for family in vma cow file fork mremap anonvma tiny mixed odd locked track \
	uffd guard thp mthp swap; do
	run 0 generate --seed 7 --family $family
	cat "$work/out" >>"$work/all"
	run 0 generate --seed 7 --family $family --ops 12
	"$mmsim" run "$work/out" >/dev/null 2>"$work/err" ||
		grep -q 'not supported' "$work/err" ||
		fail "generate $family: no scenario"
done
# The same programs on every host, for ever: what was found has a seed.
[ "$(cksum <"$work/all")" = "2986813669 39608" ] ||
	fail "generate: other programs: $(cksum <"$work/all")"
run 0 generate --seed 7 --family cow --json
json family seed scenario
refused 'frobs' generate --family frobs
refused '2 of them' generate --family cow --family vma
refused '--seed' generate --seed x
refused '--ops' generate --ops 0

# A planted difference, in a program that has nothing to do with it but for
# one line: ten operations or fewer are left, and they still differ.
shrinks() {
	family=$1 seed=$2
	shift 2
	"$mmsim" generate --seed "$seed" --family "$family" >"$work/big.sc"
	run 1 shrink "$work/big.sc" "$@"
	cp "$work/out" "$work/small.sc"
	operations=$(grep -vc '^#\|expect' "$work/small.sc")
	[ "$operations" -ge 1 ] && [ "$operations" -le 10 ] ||
		fail "shrink: $operations operations"
	run 1 shrink "$work/small.sc" "$@"
}
shrinks mremap 14 --with '--kernel 7.2' \
	--with '--kernel 7.2 --feature -mremap-check-first'
shrinks cow 3 --with '--kernel 7.2' --with '--kernel 5.10'
shrinks vma 5 --with '--arch arm64 --kernel 7.2' \
	--with '--arch arm64 --kernel 5.10'
run 0 shrink "$work/big.sc" --with '--kernel 7.2' --with '--kernel 7.2'
says 'no difference'
run 0 shrink "$work/big.sc" --with '--kernel 7.2' --with '--kernel 7.2' --json
json differs
run 1 shrink "$work/small.sc" --json --with '--arch arm64 --kernel 7.2' \
	--with '--arch arm64 --kernel 5.10'
json differs difference scenario
refused 'two' shrink "$work/big.sc" --with '--kernel 7.2'
refused 'nowhere' shrink "$work/nowhere" --with '' --with ''

# ---- the running kernel ----

refused 'no scenario' oracle
refused '--random' oracle --random none
refused '/nowhere' oracle --recorder /nowhere "$data/small.sc"
printf 'mmap A 1p rw private anon\n' >"$work/one.sc"
if ! "$mmsim" oracle --random 1 --family cow --ops 5 >"$work/out" \
	2>"$work/err" && ! grep -q differing "$work/out"; then
	echo "the running kernel cannot serve: $(cat "$work/err")"
	[ "$failures" = 0 ] && exit 77
	finish
fi

run 0 oracle "$work/one.sc"
json n who op ret
run 0 oracle -o "$work/root" "$scenarios"/cow*.sc "$scenarios"/mprotect*.sc
run 0 check "$work/root"
grep -q '^matched [1-9][0-9]*, differing 0' "$work/out" ||
	fail 'nothing recorded was compared'
# Settings only with --system; what cannot be run is skipped by name.
printf 'mthp 64 always\nmmap A 1p rw private anon\n' >"$work/sys.sc"
run 1 oracle "$work/sys.sc"
grep -q 'skipped: .*sys.sc: .*--system' "$work/err" || fail 'not skipped'
printf 'mmap A 1p rw private anon\nread B 0 1p\n' >"$work/bad.sc"
run 1 oracle "$work/bad.sc"
grep -q 'skipped: .*bad.sc: .*not know' "$work/err" || fail 'not refused'
# A process of the scenario that is killed is missed at once, not when the
# time of the scenario is up.
children() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v p="$1" '$4 == p { print $1 }'
}
# Until the command $1 has a recorder, and that a process of the scenario: a
# second is not enough for no machine, and what only asks has no children.
child_of() {
	for try in 1 2 3 4 5 6 7 8 9 10; do
		for recorder in $(children "$1"); do
			child=$(children "$recorder" | head -n 1)
			[ -z "$child" ] || return 0
		done
		sleep 1
	done
	fail "no process of $1"
	return 1
}
printf 'mmap A 1p rw private anon\nsleep 50000\n' >"$work/long.sc"
start=$(date +%s)
"$mmsim" oracle "$work/long.sc" >"$work/out" 2>"$work/err" &
command=$!
child_of "$command" && kill -KILL "$child"
wait "$command"
[ $? = 2 ] || fail 'killed: not an error'
grep -q 'a process of it ended' "$work/err" || fail 'killed: no reason'
[ $(($(date +%s) - start)) -lt 40 ] || fail 'killed: not missed at once'
# So is the command.
"$mmsim" oracle "$work/long.sc" >"$work/out" 2>"$work/err" &
command=$!
if child_of "$command"; then
	kill -KILL "$command"
	wait "$command" 2>/dev/null
	for try in 1 2 3 4 5 6 7 8 9 10; do
		[ -d "/proc/$recorder" ] || break
		sleep 1
	done
	[ ! -d "/proc/$recorder" ] || fail 'the recorder outlives the command'
fi
# Of two at the same time one would put back what the other one has set.
if [ "$(id -u)" = 0 ] && [ -w /run ] && command -v flock >/dev/null; then
	exec 9>/run/mmsim-record.lock
	flock -n 9
	run 2 oracle --system "$work/one.sc"
	grep -q 'found another recorder' "$work/err" || fail 'two recorders'
	exec 9>&-
fi
setting=/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled
if [ "${MMSIM_TEST_SYSTEM:-}" = 1 ] && [ -w "$setting" ] &&
	[ "$(id -u)" = 0 ]; then
	before=$(cat "$setting")
	run 0 oracle --system "$work/sys.sc"
	[ "$before" = "$(cat "$setting")" ] || fail 'a setting was not put back'
	# What is set again and again is kept once.
	yes 'mthp 64 always' | head -100 >"$work/again.sc"
	run 0 oracle --system "$work/again.sc"
	[ "$before" = "$(cat "$setting")" ] || fail 'not put back after 100'
	printf 'mthp 64 always\nsleep 20000\n' >"$work/long.sc"
	timeout 1 "$mmsim" oracle --system "$work/long.sc" 2>"$work/err"
	sleep 1
	[ "$before" = "$(cat "$setting")" ] ||
		fail 'a setting was not put back at a signal'
fi

run 0 oracle --random 4 --seed 1
run 0 oracle --random 1 --seed 100 --family tiny --json
json kernel family seeds programs operations differences date
# It can fail.
run 1 oracle --random 15 --seed 1 --family mremap --ops 30 \
	--feature -mremap-check-first

# Without root: what /proc shows to anybody is compared.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	if setpriv --reuid 65534 --clear-groups "$mmsim" --version \
		>/dev/null 2>&1; then
		setpriv --reuid 65534 --clear-groups "$mmsim" oracle \
			--random 2 --family cow --family vma \
			>"$work/out" 2>"$work/err" || fail 'without root'
	fi
fi
finish
