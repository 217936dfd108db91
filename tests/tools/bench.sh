#!/bin/sh
# SPDX-License-Identifier: MIT
# mmsim bench: exact counts, and what is modelled from them.
. "$(dirname "$0")/lib.sh"

awk_json=$(dirname "$0")/../../scripts/json.awk

# ---- mprotect: a write fault after mprotect(R) + mprotect(RW)? ----

# With n pages: n 0 0 n where mprotect makes entries writable again, n 0 n n
# before (5.10); without soft-dirty tracking (arm64) the last is 0.
mprotect_faults() {
	missing=$(awk '/ left out / { n += $4 } END { print n + 0 }' "$work/err")
	awk -v missing="$missing" -f "$awk_json" -f - "$work/out" <<'AWK'
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
	# Eight formats, five sets of rules; it says what was not built.
	exit bad > 0 || worlds + missing != 40
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

# ---- pageout: entries taken out one by one, or in one go ----

# 4096 folios of 16 pages, or 65536 pages; in the latter batches change nothing.
pageout_counts() {
	awk -f "$awk_json" -f - "$work/out" <<'AWK'
function is(name, value)
{
	if (json(name) == "" || json(name) + 0 != value) {
		print world ": " name " is " json(name) ", not " value
		bad++
	}
}
{
	world = json("world")
	large = json("folio") == 65536
	whole = large && world ~ /batch/
	arm64 = world ~ /^arm64/
	contpte = large && arm64
	folios = large ? 4096 : 65536
	runs = whole ? 4096 : 65536
	is("folios", folios)
	is("pages", 65536)
	is("clears", 65536)
	is("swap_entries", 65536)
	is("swap_locks", runs)
	is("shares", runs)
	is("rmap_updates", runs)
	is("counter_updates", 2 * runs)
	is("gathers", contpte ? 3 * 4096 : 0)
	is("unfolds", contpte && !whole ? 4096 : 0)
	# One by one: 1 read by madvise, then 2 and 15 times 3; arm64 finds the
	# end of a batch without looking, x86 looks at 15 more each time.
	reads = large ? (whole ? 3 : 48) : 4
	if (large && !arm64)
		reads += whole ? 30 : 15
	is("pte_reads", reads * folios)
	# A gather loads all 16, since 6.17 two of what was written.
	gather = contpte ? 3 * (world ~ /-6.12/ ? 16 : 2) : 0
	is("pte_loads", (reads + gather) * folios)
	is("tlbi", arm64 ? runs + json("unfolds") : 65536)
	# Each folio once, each unfolding, and 127 tables after the first.
	is("waits", arm64 ? folios + json("unfolds") + 127 : 0)
	cells++
}
END {
	exit bad > 0 || cells != 12
}
AWK
}

run 0 bench pageout --json \
	--with '--arch arm64 --kernel 6.12' --with '--arch arm64 --kernel 7.2' \
	--with '--arch arm64 --kernel 7.2 --feature +unmap-batch-anon' \
	--with '--kernel 6.12' --with '--kernel 7.2' \
	--with '--kernel 7.2 --feature +unmap-batch-anon'
json bench world case phase
pageout_counts || fail 'bench pageout: counts'
grep published_ns "$work/out" >"$work/published"
[ "$(wc -l <"$work/published")" = 4 ] || fail 'not four published times'
grep -v 'modelled_ns.*modelled_interval_ns.*published_ns.*error' \
	"$work/published" && fail 'a published time without a model'
# What was fitted is met; what is predicted has the published time in its
# interval.
pageout_intervals() {
	awk -f "$awk_json" -f - "$work/published" <<'AWK'
{
	match($0, /_interval_ns":\[[^]]*/)
	split(substr($0, RSTART + 15, RLENGTH - 15), end, ",")
	if (json("published_ns") + 0 < end[1] - 1 ||
	    json("published_ns") + 0 > end[2] + 1)
		bad++
}
END {
	exit bad > 0
}
AWK
}
pageout_intervals || fail 'a published time outside its interval'
run 0 bench pageout --arch arm64 --page-size 64k --kernel 7.2
says 'Single pages'
run 0 bench pageout --arch x86_64 -o "$work/plot.svg"
says 'Folios of 64 KiB'
grep -c '<circle' "$work/plot.svg" >"$work/circles"
[ "$(cat "$work/circles")" = 4 ] || fail 'not two circles a cell'

# ---- autonuma: the entry after a hinting fault, and the next write ----

# From 6.2 on a private page that was moved, or was to be, is read-only; one
# that could not be taken off the LRU keeps its write bit where that is found
# out before the lock is dropped.
autonuma_cells() {
	awk -f "$awk_json" -f - "$work/out" <<'AWK'
function marked(page, outcome, old)
{
	if (page ~ /^(shared_by_fork|zero_page|ksm_page|writenotify_dirty)$/)
		return 0
	# Its CPU's batch refers to it.
	return page !~ /^exclusive/ || outcome != "refused" || !old
}
function writable(page, outcome, world)
{
	if (page ~ /^(shared_by_fork|zero_page|ksm_page|writenotify_clean)$/)
		return 0
	if (page ~ /^(shared_memory|writenotify_dirty)$/)
		return 1
	return world ~ /-6\.1$/ || outcome ~ /^(stays|refused)$/
}
function node(page, outcome)
{
	return outcome == "moved" && page !~ \
		/^(shared_by_fork|ksm_page|writenotify_dirty)$/ ? 0 : 1
}
# What is remote moves in the first round; then all faults are local, in which
# the read, not the write, asks. Half of all is remote: the second process's,
# or that of the threads on the second node. Where two threads share a page, the
# other one's TLB may still say read-only after the write fault.
function workload(first)
{
	first = phase == "round 1"
	rounds++
	ok = json("pages") == 40 && json("moved") == (first ? 20 : 0) && \
		json("hint_faults") == 40 && \
		json("hint_faults_local") == (first ? 20 : 40) && \
		json("read_only") == (first && world !~ /-6\.1$/ ? 20 : 0) && \
		json("read_only_moved") == json("read_only") && \
		json("write_faults") == json("read_only") && \
		json("faults") >= 40 + json("write_faults") && \
		json("faults") <= 40 + json("write_faults") * \
			(json("workload") == "numa01" ? 2 : 1)
	if (!ok) {
		print "unexpected: " $0
		bad++
	}
}
{
	page = json("page")
	outcome = json("outcome")
	world = json("world")
	phase = json("phase")
	entry = json("entry")
	if (json("workload") != "") {
		workload()
		next
	}
	if (index($0, "\"not_run\"")) {
		none[page]++
		next
	}
	cells[phase]++
	rw = writable(page, outcome, world)
	if (phase == "scan")
		ok = (entry ~ /^hint/) == marked(page, outcome,
			world ~ /-6\.[12]$/) && json("faults") == 0
	else if (phase == "hint")
		ok = entry ~ (rw ? "^rw" : "^r ") && (page == "zero_page" ||
			entry ~ "node " node(page, outcome) "$")
	else
		ok = entry ~ /^rw/ && json("faults") == !rw && \
			json("copies") == (page ~ /^(shared_by_fork|zero_page|ksm_page)$/)
	if (!ok) {
		print "unexpected: " $0
		bad++
	}
}
END {
	# Eight formats, three releases; hash with 4K pages has no huge ones.
	if (none["ksm_page"] != 24 || none["exclusive_clean"] != 24 ||
	    none["thp"] != 24 + 9)
		bad++
	exit bad > 0 || rounds != 24 * 6 || cells["write"] != 24 * 33 - 9 ||
		cells["scan"] != cells["write"] || cells["hint"] != cells["write"]
}
AWK
}

run 0 bench autonuma --json --pages 10
json bench world case phase pages faults
autonuma_cells || fail 'bench autonuma: entries'
# Threads on some nodes only, and more on one than on the other.
run 0 bench autonuma --arch x86_64 --kernel 6.2 --nodes 4 --cpus 2 --pages 2
run 0 bench autonuma --arch x86_64 --kernel 6.2 --cpus 3 --pages 8
says '  numa01 round 1           24   67 %      8          8              8'
says '  numa02 round 1           24   67 %      8          8              8'
run 0 bench autonuma --arch x86_64 --kernel 6.2 -o "$work/plot.svg"
says 'x86_64-6.2'
says 'not marked, r, 1'
says 'ksmd puts it on the LRU'
[ "$(grep -c '<circle' "$work/plot.svg")" = 33 ] ||
	fail 'not a circle for each case'

# ---- hugezero: what a write to the huge zero page costs ----

# Read, then write: 1 + H faults under the old rule, 1 + 1 under the new; the
# huge zero page's entry and each zero page's are flushed as they go.
hugezero_counts() {
	awk -f "$awk_json" -f - "$work/out" <<'AWK'
function expect(key, value)
{
	if (json(key) != value) {
		print "wanted " key " " value ": " $0
		bad++
	}
}
function counts(faults, splits, flushes, pages_of_own)
{
	expect("faults", faults)
	expect("splits", splits)
	expect("flushes", flushes)
	expect("rss", pages_of_own * page)
}
function maps(kind, nr)
{
	if (!index($0, "\"" kind "\":" nr)) {
		print "wanted " nr " " kind ": " $0
		bad++
	}
}
function old_write(sum)
{
	counts(H + sum, 1, 1 + H, H)
	expect("copies", H)
	# All set by the split; then each is cleared and set.
	expect("pte_writes", 3 * H)
	maps("page", H)
}
function new_write(sum)
{
	counts(1 + sum, 0, 1, H)
	maps("huge", H)
}
{
	world = json("world")
	order = json("order")
	H = json("h")
	sum = json("phase") == "total"
	new = world !~ /-6\.12$/
	page = match(world, /_[0-9]+k/) ? 1024 * substr(world, RSTART + 1) : 4096
	if (!(world in seen))
		hs[H]++
	seen[world]++
	if (/"not_run"/) {
		not_run[order]++
		next
	}
	if (json("phase") == "read") {
		counts(1, 0, 0, 0)
		expect("pte_writes", 0)
		maps("huge_zero", H)
		tables[world] = json("tables")
	} else if (order == "write_all" && world ~ /hash_4k/) {
		counts(H, 0, 0, H)
	} else if (order == "write_all") {
		counts(1, 0, 0, H)
		maps("huge", H)
		expect("fallbacks", 0)
	} else if (order == "write_all_refused") {
		counts(H, 0, 0, H)
		maps("page", H)
		expect("fallbacks", 1)
	} else if (order == "read_write_all_refused" ||
		   (order == "read_write_all" && !new)) {
		old_write(sum)
		expect("fallbacks", order ~ /refused/)
	} else if (order == "read_write_one" && !new) {
		counts(1 + sum, 1, 2, 1)
		maps("page", 1)
		maps("zero", H - 1)
	} else if (order ~ /^read_write_(all|one)$/) {
		new_write(sum)
	} else if (order ~ /uffd/) {
		expect("faults", H + sum)
		expect("splits", 1)
		maps("page", H)
		if (order ~ /async/)
			expect("flushes", 1 + H)
	} else if (order !~ /unshare/) {
		bad++
	}
	# The table put aside for the huge zero page is the one in the end.
	if (order ~ /^read/)
		expect("tables", tables[world])
	cells[order]++
}
END {
	# Eight formats, three sets of rules; x86, arm64 4K, radix 4K and hash
	# 4K, then each other format with an H of its own.
	exit bad > 0 || length(seen) != 24 || hs[512] != 12 ||
	     hs[2048] != 3 || hs[8192] != 3 || hs[256] != 3 ||
	     hs[32] != 3 || cells["write_all"] != 48 ||
	     cells["read_write_all"] != 63 ||
	     cells["read_write_one"] != 63 ||
	     cells["write_all_refused"] != 42 ||
	     cells["read_write_all_refused"] != 42 ||
	     not_run["read_write_all_refused"] != 10
}
AWK
}

run 0 bench hugezero --json
json bench world case phase
hugezero_counts || fail 'bench hugezero: counts'
grep -v '"not_run"' "$work/out" | grep '"phase":"total"' |
	grep -v '"order":"write_all"' >"$work/totals"
grep -v 'modelled_ratio.*modelled_ratio_interval' "$work/totals" >"$work/out" &&
	fail 'a case without a modelled ratio'

run 0 bench hugezero --arch x86_64 -o "$work/plot.svg"
says '1 + 512'
says '1 + 1 '
says '1 single, 511 zero page'
grep -c '^  [a-z_]*write_[a-z_]*  *[0-9]' "$work/out" >"$work/rows"
grep -c '<circle' "$work/plot.svg" | cmp -s - "$work/rows" ||
	fail 'not a circle for each case'
[ "$(cat "$work/rows")" -ge 20 ] || fail 'not every case'
# Too little memory for a huge page: pages of 64 KiB, and no case but one.
run 0 bench hugezero --with '--arch arm64 --page-size 64k --mem 512M' --json
[ "$(grep -c '"not_run":"no huge page' "$work/out")" = 7 ] ||
	fail 'a huge page where there is no room for one'

refused 'frobs' bench frobs
refused 'operands' bench
refused 'vax' bench mprotect --arch vax
refused '/nowhere/x.svg' bench mprotect --arch x86_64 -o /nowhere/x.svg
refused 'published' bench mprotect --arch arm64 -o "$work/none.svg"
finish
