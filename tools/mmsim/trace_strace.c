/* SPDX-License-Identifier: MIT */
/*
 * What `strace -f -e trace=memory` writes, with any of -t, -tt, -ttt, -T, -y
 * and -X raw, on the terminal or with -o: mappings, no references. Processes
 * and threads cannot be told apart in it, so that only the first one that is
 * named is followed. On the terminal, lines without a number come from it as
 * long as it lives, and "strace: Process 12 attached" names another one.
 */
#include "out.h"
#include "syscalls.h"
#include "trace_format.h"

#define MAP_HUGE_SHIFT 26

/* Numbers of the system call interface of x86-64. */
static const struct word {
	const char *name;
	unsigned value;
} words[] = {
	{ "NULL", 0 },
	{ "PROT_NONE", 0 },
	{ "PROT_READ", 1 },
	{ "PROT_WRITE", 2 },
	{ "PROT_EXEC", 4 },
	{ "PROT_SEM", 8 },
	{ "PROT_GROWSDOWN", 0x1000000 },
	{ "PROT_GROWSUP", 0x2000000 },
	{ "MAP_SHARED", 1 },
	{ "MAP_PRIVATE", 2 },
	{ "MAP_SHARED_VALIDATE", 3 },
	{ "MAP_FIXED", 0x10 },
	{ "MAP_ANONYMOUS", 0x20 },
	{ "MAP_32BIT", 0x40 },
	{ "MAP_GROWSDOWN", 0x100 },
	{ "MAP_DENYWRITE", 0x800 },
	{ "MAP_EXECUTABLE", 0x1000 },
	{ "MAP_LOCKED", 0x2000 },
	{ "MAP_NORESERVE", 0x4000 },
	{ "MAP_POPULATE", 0x8000 },
	{ "MAP_NONBLOCK", 0x10000 },
	{ "MAP_STACK", 0x20000 },
	{ "MAP_HUGETLB", 0x40000 },
	{ "MAP_SYNC", 0x80000 },
	{ "MAP_FIXED_NOREPLACE", 0x100000 },
	{ "MREMAP_MAYMOVE", 1 },
	{ "MREMAP_FIXED", 2 },
	{ "MREMAP_DONTUNMAP", 4 },
	{ "MADV_NORMAL", 0 },
	{ "MADV_RANDOM", 1 },
	{ "MADV_SEQUENTIAL", 2 },
	{ "MADV_WILLNEED", 3 },
	{ "MADV_DONTNEED", 4 },
	{ "MADV_FREE", 8 },
	{ "MADV_REMOVE", 9 },
	{ "MADV_DONTFORK", 10 },
	{ "MADV_DOFORK", 11 },
	{ "MADV_MERGEABLE", 12 },
	{ "MADV_UNMERGEABLE", 13 },
	{ "MADV_HUGEPAGE", 14 },
	{ "MADV_NOHUGEPAGE", 15 },
	{ "MADV_DONTDUMP", 16 },
	{ "MADV_DODUMP", 17 },
	{ "MADV_WIPEONFORK", 18 },
	{ "MADV_KEEPONFORK", 19 },
	{ "MADV_COLD", 20 },
	{ "MADV_PAGEOUT", 21 },
	{ "MADV_POPULATE_READ", 22 },
	{ "MADV_POPULATE_WRITE", 23 },
	{ "MADV_COLLAPSE", 25 },
};

static const struct call_name {
	const char *name;
	unsigned nr;
} call_names[] = {
	{ "brk", SYS_BRK },
	{ "mmap", SYS_MMAP },
	{ "munmap", SYS_MUNMAP },
	{ "mprotect", SYS_MPROTECT },
	{ "pkey_mprotect", SYS_PKEY_MPROTECT },
	{ "mremap", SYS_MREMAP },
	{ "madvise", SYS_MADVISE },
	{ "mlock", SYS_MLOCK },
	{ "munlock", SYS_MUNLOCK },
};

static void blanks(const char **p)
{
	while (**p == ' ')
		++*p;
}

static bool skip(const char **p, const char *text)
{
	if (strncmp(*p, text, strlen(text)))
		return false;
	*p += strlen(text);
	return true;
}

static size_t name_len(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

/* ---- what stands before a call ---- */

/* "12.345678 ", "12:34:56 ", "12:34:56.789 "; @p stays if it is none. */
static void skip_time(const char **p)
{
	size_t len = strspn(*p, "0123456789:.");

	if (len && (*p)[len] == ' ' && strpbrk(*p, ":.") < *p + len)
		*p += len;
	blanks(p);
}

/* "[pid 123] " or "123 "; 0 if there is none. */
static uint64_t pid_take(const char **p)
{
	const char *s = *p;
	uint64_t pid = 0;
	bool bracket = skip(&s, "[pid");

	blanks(&s);
	if (*s < '0' || *s > '9' || !trace_number(&s, &pid) ||
	    *s++ != (bracket ? ']' : ' '))
		return 0;
	blanks(&s);
	*p = s;
	return pid;
}

static uint64_t skip_head(const char **p)
{
	uint64_t pid = pid_take(p);

	skip_time(p);
	return pid;
}

/* ---- a call ---- */

static bool word_value(const char **p, uint64_t *value)
{
	size_t len = strspn(*p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].name) == len &&
		    !memcmp(words[i].name, *p, len)) {
			*p += len;
			*value = words[i].value;
			return true;
		}
	return false;
}

/* A number, with the file it stands for (-y) or a remark behind it. */
static bool number_value(const char **p, uint64_t *value)
{
	const char *end;

	if (!trace_number(p, value))
		return false;
	if (skip(p, "<<MAP_HUGE_SHIFT")) {
		*value <<= MAP_HUGE_SHIFT;
	} else if (**p == '<') {
		end = strstr(*p, ">, ");
		*p = end ? end + 1 : *p;
	} else if (!strncmp(*p, " /* ", 4)) {
		end = strstr(*p, "*/");
		*p = end ? end + 2 : *p;
	}
	return true;
}

/* Words and numbers with "|" between. */
static bool arg_value(const char **p, uint64_t *value)
{
	uint64_t part;

	*value = 0;
	do {
		bool word = **p >= 'A' && **p <= 'Z';

		if (word ? !word_value(p, &part) : !number_value(p, &part))
			return false;
		*value |= part;
	} while (skip(p, "|"));
	return true;
}

static bool args_parse(const char **p, struct trace_call *call)
{
	if (skip(p, ")"))
		return true;
	while (call->args_nr < TRACE_ARGS) {
		if (!arg_value(p, &call->args[call->args_nr++]))
			return false;
		if (skip(p, ")"))
			return true;
		if (!skip(p, ", "))
			return false;
	}
	return false;
}

/* " = RESULT"; what follows it does not matter. "?": it never came back. */
static bool result_parse(const char *p, struct trace_call *call)
{
	blanks(&p);
	if (!skip(&p, "= "))
		return false;
	call->success = *p != '-' && *p != '?';
	return *p == '?' || trace_number(&p, &call->result);
}

static const struct call_name *call_find(const char *p)
{
	size_t len = name_len(p);

	for (size_t i = 0; i < sizeof(call_names) / sizeof(*call_names); i++)
		if (strlen(call_names[i].name) == len &&
		    !memcmp(call_names[i].name, p, len))
			return &call_names[i];
	return NULL;
}

/* "NAME(ARGS) = RESULT" of a call that matters here. */
static bool call_parse(const struct call_name *name, const char *p,
		       struct trace_call *call)
{
	memset(call, 0, sizeof(*call));
	call->nr = name->nr;
	p += strlen(name->name);
	return skip(&p, "(") && args_parse(&p, call) && result_parse(p, call);
}

/* ---- calls in two parts ---- */

/* "NAME(ARGS <unfinished ...>": kept, if there is room. */
static bool unfinished_keep(struct trace *trace, const char *p)
{
	const char *end = strstr(p, " <unfinished ...>");

	if (!end)
		return false;
	*trace->unfinished = '\0';
	if ((size_t)(end - p) < sizeof(trace->unfinished)) {
		memcpy(trace->unfinished, p, (size_t)(end - p));
		trace->unfinished[end - p] = '\0';
	}
	return true;
}

/* "<... NAME resumed>REST": @joined gets the whole call. */
static bool resumed_join(struct trace *trace, const char *p, char *joined,
			 size_t room)
{
	size_t head = strlen(trace->unfinished);
	const char *rest = strstr(p, " resumed>");

	if (!head || !rest)
		return false;
	rest += strlen(" resumed>");
	/* "resumed> )" of older versions. */
	if (!strncmp(rest, " )", 2))
		rest++;
	if (head + strlen(rest) >= room)
		return false;
	memcpy(joined, trace->unfinished, head);
	memcpy(joined + head, rest, strlen(rest) + 1);
	*trace->unfinished = '\0';
	return true;
}

/* ---- lines ---- */

static bool strace_remark(const char *p)
{
	return !strncmp(p, "+++ ", 4) || !strncmp(p, "--- ", 4) ||
	       !strncmp(p, "strace: ", 8);
}

static bool call_starts(const char *p)
{
	return name_len(p) && p[name_len(p)] == '(';
}

static bool strace_detect(const char *line, const char *stop)
{
	const char *p = line;

	(void)stop;
	skip_head(&p);
	return strace_remark(p) || call_starts(p);
}

static void others_add(struct trace *trace, const char *p)
{
	uint64_t pid;

	if (trace->pid || !skip(&p, "strace: Process ") ||
	    !trace_number(&p, &pid) || strncmp(p, " attached", 9))
		return;
	trace_other_add(trace, pid);
}

/* Whether a line of @pid, 0 if it has none, is of the first process. */
static bool pid_followed(struct trace *trace, uint64_t pid)
{
	if (!pid)
		return !trace->gone;
	if (!trace->pid && trace_is_other(trace, pid))
		return false;
	if (!trace->pid)
		trace->pid = pid;
	return trace->pid == pid;
}

/* TRACE_REFS: nothing of interest in the line. */
static enum trace_next line_take(struct trace *trace, const char *line,
				 const char *stop, struct trace_call *call)
{
	char joined[2 * sizeof(trace->unfinished)];
	const struct call_name *name;
	const char *p = line;
	uint64_t pid = skip_head(&p);

	if (!strace_remark(p) && !call_starts(p) && strncmp(p, "<... ", 5))
		return trace_bad_line(trace, line, stop,
				      trace->format->expected);
	others_add(trace, p);
	if (!pid_followed(trace, pid))
		return TRACE_REFS;
	if (strace_remark(p)) {
		trace->gone |= pid && !strncmp(p, "+++ ", 4);
		return TRACE_REFS;
	}
	if (!strncmp(p, "<... ", 5)) {
		if (!resumed_join(trace, p, joined, sizeof(joined)))
			return TRACE_REFS;
		p = joined;
	}
	name = call_find(p);
	if (!name || unfinished_keep(trace, p))
		return TRACE_REFS;
	if (!call_parse(name, p, call))
		return trace_bad_line(trace, line, stop,
				      trace->format->expected);
	return TRACE_CALL;
}

static enum trace_next strace_next(struct trace *trace, struct mmsim_ref *refs,
				   size_t max, size_t *nr,
				   struct trace_call *call)
{
	char *line, *stop;

	(void)refs;
	(void)max;
	(void)nr;
	while (trace_line_next(trace, &line, &stop)) {
		enum trace_next next;

		/* Lines are read as texts. */
		*stop = '\0';
		if (trace_remark(line, stop) && !strace_remark(line))
			continue;
		next = line_take(trace, line, stop, call);
		if (next != TRACE_REFS)
			return next;
	}
	return trace_ended(trace);
}

const struct trace_format trace_strace = {
	.name = "strace",
	.expected = "a line of strace -e trace=memory",
	.detect = strace_detect,
	.next = strace_next,
};
