# SPDX-License-Identifier: MIT
#
# For tests of the command line: run, and look at status and output. A test
# script sources this and ends with `finish`.

mmsim=$1
json_lines=$2
data=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
checks=0

fail() {
	failures=$((failures + 1))
	echo "FAIL: $*"
	sed 's/^/  stdout: /' "$work/out" | head -n 5
	sed 's/^/  stderr: /' "$work/err" | head -n 5
}

# run STATUS ARGUMENT...: the command must end with that status.
run() {
	wanted=$1
	shift
	checks=$((checks + 1))
	"$mmsim" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ "$got" = "$wanted" ] || fail "mmsim $*: status $got, expected $wanted"
}

# refused WORD ARGUMENT...: status 2, and one line on standard error with WORD
# in it that says what was found and what was expected.
refused() {
	word=$1
	shift
	run 2 "$@"
	[ "$(wc -l <"$work/err")" = 1 ] || fail "mmsim $*: no single line"
	grep -q '^mmsim: ' "$work/err" || fail "mmsim $*: no name in the line"
	grep -q 'found .*expected' "$work/err" ||
		fail "mmsim $*: not what was found and expected"
	grep -qF -- "$word" "$work/err" || fail "mmsim $*: no $word"
	LC_ALL=C grep -q '[^ -~]' "$work/err" &&
		fail "mmsim $*: bytes that do not print"
}

# says TEXT: standard output of the last run has it.
says() {
	grep -qF -- "$1" "$work/out" || fail "no '$1' on standard output"
}

# last_line TEXT: the last line of standard output is this.
last_line() {
	[ "$(tail -n 1 "$work/out")" = "$1" ] ||
		fail "last line is not '$1'"
}

# json KEY...: standard output of the last run is JSON lines; the last has
# these keys.
json() {
	"$json_lines" "$@" <"$work/out" || fail "JSON"
}

finish() {
	echo "$checks runs, $failures failures"
	[ "$checks" -gt 0 ] && [ "$failures" = 0 ]
	exit
}
