/* SPDX-License-Identifier: MIT */
/*
 * What `perf script -F comm,pid,tid,time,event,ip,addr` writes of what
 * `perf record -e page-faults -c 1 -d` recorded: "COMM PID/TID TIME:
 * page-faults: ADDR IP". It does not tell what kind of access the fault was,
 * so each is a read of one byte. Other processes than the first have other
 * address spaces: they are passed over.
 */
#include "trace_format.h"

#define EVENT ": page-faults:"

static bool hex_number(const char **p, uint64_t *value)
{
	const char *from;

	while (**p == ' ')
		++*p;
	*value = 0;
	for (from = *p; trace_hex(**p) < 16; ++*p)
		*value = *value << 4 | trace_hex(**p);
	return *p > from && *p - from <= 16;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "PID/TID TIME" ends at @event; a command's name may hold anything. */
static bool pid_before(const char *line, const char *event, uint64_t *pid)
{
	const char *p = event, *slash;

	while (p > line && (digit(p[-1]) || p[-1] == '.'))
		p--;
	while (p > line && p[-1] == ' ')
		p--;
	while (p > line && digit(p[-1]))
		p--;
	if (p == line || *--p != '/')
		return false;
	slash = p;
	while (p > line && digit(p[-1]))
		p--;
	return p < slash && trace_number(&p, pid);
}

static bool line_parse(const char *line, const char *stop, uint64_t *pid,
		       uint64_t *addr)
{
	const char *event =
		memmem(line, (size_t)(stop - line), EVENT, strlen(EVENT));
	const char *p;
	uint64_t ip;

	if (!event || !pid_before(line, event, pid))
		return false;
	p = event + strlen(EVENT);
	/* Modifiers: "page-faults:u:". */
	while (*p != ' ' && p < stop)
		p++;
	if (!hex_number(&p, addr) || *p != ' ' || !hex_number(&p, &ip))
		return false;
	while (*p == ' ' || *p == '\r')
		p++;
	return p == stop;
}

static bool perf_detect(const char *line, const char *stop)
{
	return memmem(line, (size_t)(stop - line), EVENT, strlen(EVENT));
}

static bool remark(const char *line, const char *stop)
{
	return trace_remark(line, stop) || *line == '#';
}

static enum trace_next perf_next(struct trace *trace, struct mmsim_ref *refs,
				 size_t max, size_t *nr,
				 struct trace_call *call)
{
	uint64_t pid, addr;
	char *line, *stop;

	(void)call;
	while (*nr < max) {
		if (!trace_line_next(trace, &line, &stop))
			return trace_ended(trace);
		if (remark(line, stop))
			continue;
		if (!line_parse(line, stop, &pid, &addr))
			return trace_bad_line(trace, line, stop,
					      trace->format->expected);
		if (!trace->pid)
			trace->pid = pid;
		if (pid == trace->pid)
			refs[(*nr)++] = (struct mmsim_ref){
				.addr = addr, .len = 1, .kind = MMSIM_READ
			};
	}
	return TRACE_REFS;
}

const struct trace_format trace_perf = {
	.name = "perf",
	.expected = "a page fault of perf script "
		    "-F comm,pid,tid,time,event,ip,addr",
	.detect = perf_detect,
	.next = perf_next,
};
