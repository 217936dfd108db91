#!/bin/sh
# SPDX-License-Identifier: MIT
#
# smoke.sh MMSIM-BENCH: every item that is listed runs with small sizes and
# gives one line of JSON with a figure above zero; what is no item is refused.
set -u
export LC_ALL=C

bench=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$1" >&2
	exit 1
}

"$bench" --list | awk '{ print $1 }' | sort >"$work/listed" ||
	fail "--list did not succeed"
"$bench" --quick --json >"$work/json" || fail "--quick --json: status $?"
sed -n 's/^{"item":"\([^"]*\)",.*"value":[0-9.e+-]*[1-9][0-9.e+-]*,"ns".*}$/\1/p' \
	"$work/json" | sort >"$work/ran"
[ -s "$work/ran" ] || fail "nothing ran"

# Without the command there is no replay; the other program is not built here.
diff "$work/listed" "$work/ran" | grep '^[<>]' |
	grep -v -e '^< replay$' -e '^< events-unheard$' &&
	fail "items without a result, or results without an item"

"$bench" --quick --item fault-anon --world '--arch arm64' |
	grep -q '^fault-anon ' || fail "no text for an item on arm64"
# Its own figure against its own.
"$bench" --quick --item events-unheard --eventless "$bench" |
	grep -q '^events-unheard ' || fail "no ratio to another program"
"$bench" --quick --item events-unheard >/dev/null 2>&1
[ $? -eq 2 ] || fail "nothing to compare with: status is not 2"
# Contiguous blocks and huge pages of another size.
"$bench" --quick --item thp-fault --item mprotect-folios \
	--world '--arch arm64' | grep -c '^[tm]' >"$work/nr"
[ "$(cat "$work/nr")" = 2 ] || fail "no large folios on arm64"
"$bench" --quick --item no-such-item >/dev/null 2>&1
[ $? -eq 2 ] || fail "an item that does not exist: status is not 2"
"$bench" --quick --world '--arch pdp11' >/dev/null 2>&1
[ $? -eq 2 ] || fail "a world that cannot be: status is not 2"
exit 0
