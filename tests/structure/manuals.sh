#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# manuals.sh TOP: the manual pages are formatted without a warning, and refer
# to no page of ours that is not there.
set -u
export LC_ALL=C

cd "$1/docs/man" || exit 1
if ! command -v man >/dev/null 2>&1; then
	echo 'skipped: no man'
	exit 77
fi
status=0 nr=0
for page in *.[1-8]; do
	nr=$((nr + 1))
	warnings=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
	if [ -n "$warnings" ]; then
		echo "$page: $warnings" >&2
		status=1
	fi
	# A page, or one of the names that a page describes.
	while read -r name; do
		[ -z "$(find . -name "$name.[1-8]")" ] || continue
		sed -n '/^\.SH NAME/,/^\.SH [^N]/p' ./*.[1-8] |
			grep -qw "$name" || {
			echo "$page: found $name, expected a page of ours" >&2
			status=1
		}
	done < <(sed -n 's/^\.BR \(mmsim[a-z_]*\) ([1-8]).*/\1/p' "$page")
done
echo "$nr pages"
[ $nr -gt 5 ] || status=1
exit $status
