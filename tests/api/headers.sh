#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# headers.sh c|c++ COMPILER INCLUDE: each public header compiles alone, and
# twice in one file, as C99 or as C++11, without a warning.
set -u

language=$1 compiler=$2 include=$3
case $language in
c) standard='c99' ;;
c++) standard='c++11' ;;
*) echo "found language $language, expected c or c++" >&2; exit 1 ;;
esac

if ! command -v "$compiler" >/dev/null 2>&1; then
	echo "skipped: no $language compiler here"
	exit 77
fi

status=0 nr=0
for path in "$include"/mmsim/*.h "$include"/mmsim/*/*.h; do
	header=${path#"$include"/}
	nr=$((nr + 1))
	# The second #include finds a missing guard.
	printf '#include <%s>\n#include <%s>\nextern int last;\n' \
		"$header" "$header" |
	"$compiler" -x "$language" -std=$standard -pedantic-errors -Wall \
		-Wextra -Wundef -Werror -I"$include" -fsyntax-only - || {
		echo "$header does not compile alone as $standard" >&2
		status=1
	}
done
echo "$nr headers as $standard"
[ "$nr" -gt 0 ] || status=1
exit $status
