# SPDX-License-Identifier: MIT
#
# Print C with comments and the insides of strings blanked, line by line; a
# line that has a // comment comes out with the mark @SLASHES@.

{
	line = $0
	out = ""
	n = length(line)
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		two = substr(line, i, 2)
		if (comment) {
			if (two == "*/") {
				comment = 0
				i++
			}
			continue
		}
		if (quote != "") {
			if (c == "\\")
				i++
			else if (c == quote) {
				quote = ""
				out = out c
			}
			continue
		}
		if (two == "/*") {
			comment = 1
			i++
			out = out " "
		} else if (two == "//") {
			out = out "@SLASHES@"
			break
		} else {
			if (c == "\"" || c == "'")
				quote = c
			out = out c
		}
	}
	quote = ""
	print out
}
