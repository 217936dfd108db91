#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh TOP "SOURCE...": each .c below src/ stands in cmake/sources.cmake,
# but for the stubs of src/arch, which cmake/instances.cmake names.
set -u
export LC_ALL=C

cd "$1" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

tr ' ' '\n' <<<"$2" | sort >"$work/listed"
find src -name '*.c' ! -path 'src/arch/*' | sort >"$work/found"
if ! diff "$work/listed" "$work/found" >"$work/diff"; then
	echo "cmake/sources.cmake (<) and the files of src/ (>) differ:" >&2
	cat "$work/diff" >&2
	exit 1
fi
echo "$(wc -l <"$work/found") sources"
