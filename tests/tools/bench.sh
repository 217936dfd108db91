#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim bench: exact counts, and what is modelled from them.
. "$(dirname "$0")/lib.sh"

awk_json=$(dirname "$0")/../../scripts/json.awk

# ---- mprotect: a write fault after mprotect(R) + mprotect(RW)? ----

# With n pages: n 0 0 n where mprotect makes entries writable again, n 0 n n
# before (5.10); without soft-dirty tracking (arm64) the last is 0.
mprotect_faults() {
	awk -f "$awk_json" -f - "$work/out" <<'AWK'
function wanted(world, phase, pages)
{
	if (phase == "first_write")
		return pages
	if (phase == "second_write")
		return 0
	if (phase == "after_mprotect_r_rw")
		return world ~ /-5\.10/ ? pages : 0
	return world ~ /^arm64/ ? 0 : pages
}
{
	world = json("world")
	page = match(world, /_[0-9]+k/) ? 1024 * substr(world, RSTART + 1) : 4096
	pages = int((json("bytes") + page - 1) / page)
	if (json("pages") != pages || json("faults") == "" ||
	    json("faults") != wanted(json("world"), json("phase"), pages)) {
		print "unexpected: " $0
		bad++
	}
	if (json("phase") == "second_write" && json("pte_writes") != 0)
		bad++
	cells[json("world")]++
}
END {
	for (w in cells) {
		worlds++
		if (cells[w] != 2 * 4 * 4)
			bad++
	}
	# Eight formats, five sets of rules.
	exit bad > 0 || worlds != 40
}
AWK
}

run 0 bench mprotect --json
json bench world case phase pages faults copies pte_writes flushes tables
mprotect_faults || fail 'bench mprotect: faults'

# Only what the scale was not fitted to can be a prediction; each comes with
# its interval.
run 0 bench mprotect --json --arch x86_64
grep published_ns "$work/out" >"$work/published"
[ "$(wc -l <"$work/published")" = 32 ] || fail 'not 32 published times'
grep -v 'modelled_ns.*modelled_interval_ns.*published_ns.*error' \
	"$work/published" >"$work/out" && fail 'a published time without a model'
run 0 bench mprotect --json --arch arm64
grep -q modelled_ns "$work/out" && fail 'a modelled time without a scale'

run 0 bench mprotect --arch x86_64 -o "$work/plot.svg"
says 'mprotect/second'
says 'assumed'
grep -c '<circle' "$work/plot.svg" >"$work/circles"
[ "$(cat "$work/circles")" = 64 ] || fail 'not two circles a cell'
run 0 bench mprotect --kernel 6.6 --arch x86_64
says 'x86_64-6.6'
run 0 bench mprotect --with '--arch arm64 --kernel 6.1' \
	--with '--arch x86_64 --kernel 6.0' --json
[ "$(wc -l <"$work/out")" = 64 ] || fail 'not 64 cells of two worlds'

refused 'frobs' bench frobs
refused 'operands' bench
refused 'vax' bench mprotect --arch vax
refused '/nowhere/x.svg' bench mprotect --arch x86_64 -o /nowhere/x.svg
refused 'published' bench mprotect --arch arm64 -o "$work/none.svg"
finish
