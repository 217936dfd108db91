# SPDX-License-Identifier: MIT
#
# kerneldoc.awk HEADER: the header with its kernel-doc comments in the form
# that doxygen reads. Comments of a struct's or an enum's members follow it;
# one "DOC: NAME - text" holds for all #defines up to the next empty line.

# Arguments named in running text.
function inline_names(text,	out)
{
	while (match(text, /@[a-z_][a-zA-Z_0-9]*/)) {
		out = out substr(text, 1, RSTART - 1)
		if (substr(text, RSTART, RLENGTH) ~ /^@(brief|return|p)$/)
			out = out substr(text, RSTART, RLENGTH)
		else
			out = out "@p " substr(text, RSTART + 1, RLENGTH - 1)
		text = substr(text, RSTART + RLENGTH)
	}
	return out text
}

function begin_block()
{
	kind = name = brief = body = ""
	nr_items = 0
	part = "head"
}

# "name() - text", "struct name - text", "DOC: name - text", "name - text".
function head_line(text,	dash, word)
{
	part = "brief"
	dash = index(text, " - ")
	word = dash ? substr(text, 1, dash - 1) : ""
	brief = dash ? substr(text, dash + 3) : text
	kind = "other"
	if (word ~ /^(struct|enum|DOC:) [A-Za-z_0-9*]+$/) {
		kind = word
		sub(/ .*/, "", kind)
		name = word
		sub(/.* /, "", name)
	} else if (word !~ /^[a-z_0-9]+(\(\))?$/) {
		brief = text
	}
}

function add_line(text,	colon)
{
	if (part == "head") {
		if (text != "")
			head_line(text)
	} else if (text ~ /^@[A-Za-z_0-9]+(, @[A-Za-z_0-9]+)*:/) {
		colon = index(text, ":")
		item_names[++nr_items] = substr(text, 1, colon - 1)
		gsub(/@/, "", item_names[nr_items])
		item_text[nr_items] = substr(text, colon + 2)
		part = "item"
	} else if (text == "") {
		part = "body"
		body = body "\n"
	} else if (part == "brief") {
		brief = brief " " text
	} else if (part == "item") {
		item_text[nr_items] = item_text[nr_items] " " text
	} else {
		sub(/^Return:/, "@return", text)
		body = body "\n" text
	}
}

function comment(text)
{
	print "/** " inline_names(text) " */"
}

function end_block(	i, text)
{
	text = "@brief " brief
	if (kind == "DOC:") {
		define_text = inline_names(text body)
		return
	}
	if (kind == "struct" || kind == "enum") {
		comment(text "\n" body)
		open_kind = kind
		open_name = name
		nr_members = nr_items
		for (i = 1; i <= nr_items; i++) {
			member_names[i] = item_names[i]
			member_text[i] = item_text[i]
		}
		return
	}
	text = "/** " inline_names(text) "\n"
	for (i = 1; i <= nr_items; i++) {
		gsub(/, /, ",", item_names[i])
		text = text "@param " item_names[i] " " \
			inline_names(item_text[i]) "\n"
	}
	print text inline_names(body) " */"
}

function members(	i, j, n, names)
{
	for (i = 1; i <= nr_members; i++) {
		n = split(member_names[i], names, ", ")
		for (j = 1; j <= n; j++) {
			print "/** @var " open_name "::" names[j]
			print inline_names(member_text[i]) " */"
		}
	}
	open_kind = ""
}

BEGIN {
	# Without an #include the file itself needs a page.
	file = FILENAME == "" ? ARGV[1] : FILENAME
	sub(/.*include\//, "", file)
	print "/** @file " file " */"
}

/^\/\*\*/ {
	begin_block()
	in_block = 1
	text = $0
	sub(/^\/\*\* ?/, "", text)
	if (text ~ /\*\/$/) {
		sub(/ *\*\/$/, "", text)
		add_line(text)
		end_block()
		in_block = 0
	} else if (text != "") {
		add_line(text)
	}
	next
}

in_block && /\*\/$/ {
	end_block()
	in_block = 0
	next
}

in_block {
	text = $0
	sub(/^ \* ?/, "", text)
	sub(/^\t+/, "", text)
	sub(/^ \*\t*/, "", text)
	add_line(text)
	next
}

define_text != "" && /^$/ { define_text = "" }
define_text != "" && /^#define / { print "/** " define_text " */" }

{ print }

open_kind != "" && /^(enum .*)?};/ { members() }
open_kind != "" && /^enum .*};/ { members() }
