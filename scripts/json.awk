# SPDX-License-Identifier: MIT
#
# json(KEY): the value of a key of a line that is one JSON object without
# nesting and without escapes; "" if it has no such key.

function json(key,    rest)
{
	if (!match($0, "\"" key "\":"))
		return ""
	rest = substr($0, RSTART + RLENGTH)
	if (rest ~ /^"/) {
		rest = substr(rest, 2)
		sub(/".*/, "", rest)
	} else {
		sub(/[,}].*/, "", rest)
	}
	return rest
}
