#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# rules_hold.sh: a small tree passes the checks of this folder, and each way to
# break it is found.
set -u

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
tree=$work/tree
status=0
licence='/* SPDX-License-Identifier: MIT */'

# file PATH LINE...: a file of the tree.
file() {
	local path=$tree/$1
	shift
	mkdir -p "$(dirname "$path")"
	printf '%s\n' "$licence" "$@" >"$path"
}

clean_tree() {
	rm -rf "$tree"
	file include/mmsim/base.h '#include <stddef.h>'
	file src/core/types.h '#include <mmsim/base.h>'
	file src/core/backend.h '#include "core/types.h"'
	file src/phys/phys.h '#include "core/types.h"'
	file src/mm/mm.c '#include "core/backend.h"' \
		'/* exit (1) // in a comment */' \
		'static const char *url = "https://printf(x)";' \
		'int f(struct s *s) { return s->exit(2) + my_printf(3); }'
	file tools/mmsim/out.h '#include <mmsim/base.h>'
	file tools/mmsim/out.c '#include "out.h"' 'void g(void) { exit(0); }'
}

# expect WANTED CHECK WHAT...: the check passes (0) or not (1).
expect() {
	local wanted=$1 check=$2 got=0
	shift 2
	case $check in
	sources) bash "$here/sources.sh" "$tree" "src/mm/mm.c" ;;
	*) bash "$here/$check.sh" "$tree" ;;
	esac >"$work/out" 2>&1 || got=1
	[ "$got" -eq "$wanted" ] && return
	echo "$check: $*: found status $got, expected $wanted" >&2
	cat "$work/out" >&2
	status=1
}

# broken CHECK WHAT FILE LINE...: with that file the check fails.
broken() {
	local check=$1 what=$2
	shift 2
	clean_tree
	file "$@"
	expect 1 "$check" "$what"
}

clean_tree
for check in includes words sources; do
	expect 0 $check a clean tree
done

broken includes "once code sees the backends" \
	src/vma/vma.c '#include "core/backend.h"'
broken includes "lower sees higher" src/phys/phys.c '#include "mm/mm.h"'
broken includes "an architecture sees the world" \
	src/arch/x86/pgtable.h '#include "core/world.h"'
broken includes "a file of no layer" src/new/new.c '#include "core/types.h"'
broken includes "a tool sees insides" \
	tools/mmsim/main.c '#include "core/types.h"'
broken includes "a user test sees insides" \
	tests/api/x_test.c '#include "core/types.h"'
broken includes "a cycle" src/core/types.h '#include "core/backend.h"'
broken includes "a clock" src/mm/brk.c '#include <time.h>'
broken includes "assert past the door" src/mm/brk.c '#include <assert.h>'
broken includes "the umbrella in a header" \
	src/mm/mm.h '#include <mmsim/mmsim.h>'
broken includes "a public header with more of libc" \
	include/mmsim/world.h '#include <stdio.h>'
broken words "printing" src/mm/brk.c 'void f(void) { printf("x"); }'
broken words "ending the process" src/mm/brk.c 'void f(void) { abort (); }'
broken words "the environment" src/mm/brk.c 'char *p = getenv("X");'
broken words "a // comment" src/mm/brk.c 'int x; // why'
broken words "a // comment in a tool" tools/mmsim/in.c '// why'
broken sources "a source that is not listed" src/mm/brk.c 'int x;'

clean_tree
echo 'int x;' >"$tree/src/mm/mm.c"
expect 1 words a file without licence
rm "$tree/src/mm/mm.c"
expect 1 sources a listed source that is missing
exit $status
