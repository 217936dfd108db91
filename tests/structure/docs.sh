#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# docs.sh TOP: the documents keep up with the code. Each public function has
# its errors in docs/errors.md and a manual page; each event stands in
# docs/kernel-map.md; what that says to be in a file of ours is there.
set -u
export LC_ALL=C

top=$1
cd "$top" || exit 1
status=0 nr=0

complain() {
	echo "$1" >&2
	status=1
}

# The name right before the parameters of each MMSIM_API declaration.
functions() {
	cat include/mmsim/*.h include/mmsim/*/*.h | tr '\n' ' ' |
		sed 's/;/\n/g' |
		sed -n 's/.*MMSIM_API [^(]*[ *]\(mmsim_[a-z0-9_]*\)(.*/\1/p' |
		sort -u
}

check_functions() {
	local name
	for name in $(functions); do
		nr=$((nr + 1))
		grep -q "\`$name()\`" docs/errors.md ||
			complain "docs/errors.md: no \`$name()\`"
		cat docs/man/*.3 docs/man/*.7 | tr -d '\\' | grep -qw "$name" ||
			complain "docs/man: no page names $name"
	done
}

check_events() {
	local name rows
	rows=$(sed -n '/^## Events/,$p' docs/kernel-map.md)
	for name in $(sed -n 's/^EVENT([a-z0-9_A-Z]*, "\([^"]*\)".*/\1/p' \
		src/observe/events.def); do
		nr=$((nr + 1))
		grep -q "^| \`$name\` |" <<<"$rows" ||
			complain "docs/kernel-map.md: no row for event $name"
	done
}

# Each invariant has a row, and a test that breaks it.
check_invariants() {
	local id name
	while IFS='	' read -r id name; do
		nr=$((nr + 1))
		grep -q "^| \`$name\` |" docs/invariants.md ||
			complain "docs/invariants.md: no row for $name"
		grep -q "\[INV_$id\] = break_" tests/unit/invariant_test.c ||
			complain "tests/unit/invariant_test.c: nothing breaks $name"
	done < <(sed -n 's/^INVARIANT(\([A-Z_]*\), "\([^"]*\)".*/\1\t\2/p' \
		src/observe/invariants.def)
	[ "$(grep -c '^| `' docs/invariants.md)" = \
		"$(grep -c '^INVARIANT(' src/observe/invariants.def)" ] ||
		complain "docs/invariants.md: rows of no invariant"
}

# Rows of six columns end with a file: each name of the first is in it.
check_map() {
	local names file name rows=0
	while IFS='	' read -r names file; do
		rows=$((rows + 1))
		if [ ! -f "$file" ]; then
			complain "docs/kernel-map.md: no file $file"
			continue
		fi
		for name in $names; do
			nr=$((nr + 1))
			grep -qw "$name" "$file" ||
				complain "docs/kernel-map.md: no $name in $file"
		done
	done < <(awk -F' *[|] *' '$7 ~ /^src\// {
		gsub(/[`,]/, "", $2); print $2 "\t" $7 }' docs/kernel-map.md)
	[ $rows -gt 0 ] || complain 'docs/kernel-map.md: found no row'
}

check_functions
check_events
check_map
check_invariants
echo "$nr names"
[ $nr -gt 100 ] || complain 'found too few names'
exit $status
