#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# exports.sh NM -D|-g LIBRARY INCLUDE: the library defines for others exactly
# what the public headers declare.
set -u
export LC_ALL=C

nm=$1 kind=$2 library=$3 include=$4
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$nm" "$kind" --defined-only "$library" >"$work/nm" || exit 1
# Lines are "address type name"; the version node of the map is type A.
awk 'NF == 3 && $2 != "A" { sub(/@.*/, "", $3); print $3 }' "$work/nm" |
	sort -u >"$work/defined"

# The name right before the parameters of each MMSIM_API declaration.
cat "$include"/mmsim/*.h "$include"/mmsim/*/*.h | tr '\n' ' ' |
	sed 's/;/\n/g' |
	sed -n 's/.*MMSIM_API [^(]*[ *]\(mmsim_[a-z0-9_]*\)(.*/\1/p' |
	sort -u >"$work/declared"

status=0
if [ ! -s "$work/declared" ]; then
	echo "found no MMSIM_API declaration below $include" >&2
	status=1
fi
comm -13 "$work/declared" "$work/defined" >"$work/extra"
comm -23 "$work/declared" "$work/defined" >"$work/missing"
if [ -s "$work/extra" ]; then
	echo "exported, and in no public header:" >&2
	cat "$work/extra" >&2
	status=1
fi
if [ -s "$work/missing" ]; then
	echo "in a public header, and not exported:" >&2
	cat "$work/missing" >&2
	status=1
fi
echo "$(wc -l <"$work/defined") names in $(basename "$library")"
exit $status
