/* SPDX-License-Identifier: MIT */
/*
 * The reader of traces, line by line.
 */
#include "syscalls.h"
#include "trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST 16

static char path[] = "/tmp/trace_test.XXXXXX";

static struct trace *open_text(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
	return trace_open(path, NULL);
}

/* The only reference of a trace of one line; false if it is refused. */
static bool one_ref(const char *line, struct mmsim_ref *ref)
{
	struct mmsim_ref refs[MOST];
	struct trace_call call;
	struct trace *trace = open_text(line, strlen(line));
	size_t nr;
	enum trace_next next = trace_next(trace, refs, MOST, &nr, &call);

	*ref = refs[0];
	assert_true(next == TRACE_END || next == TRACE_BAD);
	assert_int_equal(nr, next == TRACE_END);
	trace_close(trace);
	return next == TRACE_END;
}

static void references_are_read(void **state)
{
	static const struct {
		const char *line;
		uint64_t addr;
		uint32_t len, kind;
	} good[] = {
		{ "I  0401ab70,3\n", 0x401ab70, 3, MMSIM_EXEC },
		{ "I 0401ab70,3\n", 0x401ab70, 3, MMSIM_EXEC },
		{ " S 1fff000618,8\n", 0x1fff000618, 8, MMSIM_WRITE },
		{ " L 04032e40,16\n", 0x4032e40, 16, MMSIM_READ },
		{ " M 04033e06,1\r\n", 0x4033e06, 1, MMSIM_WRITE },
		{ " L ffffffffff600000,512\n", 0xffffffffff600000, 512,
		  MMSIM_READ },
	};
	struct mmsim_ref ref;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(one_ref(good[i].line, &ref));
		assert_int_equal(ref.addr, good[i].addr);
		assert_int_equal(ref.len, good[i].len);
		assert_int_equal(ref.kind, good[i].kind);
	}
}

static void other_lines_are_refused(void **state)
{
	static const char *const bad[] = {
		" S 1fff000618\n",     " S ,8\n",
		" S 1fff000618,\n",    " S 1fff000618,0\n",
		" X 1fff000618,8\n",   " S1fff000618,8\n",
		" S 1fff000618,8 x\n", "hello\n",
		" S 12g4,8\n",	       " S 11111111111111111,8\n",
		"SYSCALL[1,2] 3\n",
	};
	struct mmsim_ref ref;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(one_ref(bad[i], &ref));
}

static void calls_are_read(void **state)
{
	static const char text[] =
		"SYSCALL[7,1](9) sys_mmap ( 0x0, 8192, 3, 34, 4294967295, 0 ) "
		"--> [pre-success] Success(0x4835000) \n"
		"SYSCALL[7,1](11) sys_munmap ( 0x483c000, 46163 )[sync] --> "
		"Failure(0x16) \n";
	struct trace *trace = open_text(text, sizeof(text) - 1);
	struct mmsim_ref refs[MOST];
	struct trace_call call;
	size_t nr;

	(void)state;
	assert_int_equal(trace_next(trace, refs, MOST, &nr, &call), TRACE_CALL);
	assert_int_equal(call.nr, SYS_MMAP);
	assert_int_equal(call.args_nr, 6);
	assert_int_equal(call.args[1], 8192);
	assert_int_equal(call.args[4], 0xffffffff);
	assert_true(call.success);
	assert_int_equal(call.result, 0x4835000);
	assert_int_equal(trace_next(trace, refs, MOST, &nr, &call), TRACE_CALL);
	assert_int_equal(call.args[0], 0x483c000);
	assert_false(call.success);
	assert_int_equal(trace_next(trace, refs, MOST, &nr, &call), TRACE_END);
	assert_false(trace_truncated(trace));
	trace_close(trace);
}

/* Two threads wait at once; each gets its own arguments back. */
static void calls_in_two_parts_are_joined(void **state)
{
	static const char text[] =
		"SYSCALL[7,1](0) sys_read ( 4, 0x1000, 832 ) --> [async] ... \n"
		"SYSCALL[7,2](257) sys_openat ( 4294967196, 0x9(/a) --> b, c),"
		" 0 ) --> [async] ... \n"
		" L 10,4\n"
		"SYSCALL[7,2](257) ... [async] --> Success(0x5) \n"
		"SYSCALL[7,1](0) ... [async] --> Success(0x340) \n"
		"SYSCALL[7,1](0) ... [async] --> Success(0x340) \n";
	struct trace *trace = open_text(text, sizeof(text) - 1);
	struct buffer buffers[MOST_BUFFERS];
	struct mmsim_ref refs[MOST];
	struct trace_call call;
	size_t nr;

	(void)state;
	assert_int_equal(trace_next(trace, refs, MOST, &nr, &call), TRACE_CALL);
	assert_int_equal(nr, 1);
	assert_int_equal(call.nr, SYS_OPENAT);
	assert_int_equal(call.result, 5);
	assert_int_equal(trace_next(trace, refs, MOST, &nr, &call), TRACE_CALL);
	assert_int_equal(syscall_buffers(&call, buffers), 1);
	assert_int_equal(buffers[0].addr, 0x1000);
	assert_int_equal(buffers[0].len, 0x340);
	/* A second end without a beginning is nothing. */
	assert_int_equal(trace_next(trace, refs, MOST, &nr, &call), TRACE_END);
	trace_close(trace);
}

static void buffers_have_their_sizes(void **state)
{
	struct trace_call call = { .nr = 262,
				   .args_nr = 3,
				   .success = true,
				   .args = { 4, 0x10, 0x2000 } };
	struct buffer buffers[MOST_BUFFERS];

	(void)state;
	assert_int_equal(syscall_buffers(&call, buffers), 1);
	assert_int_equal(buffers[0].addr, 0x2000);
	assert_int_equal(buffers[0].len, 144);
	call = (struct trace_call){ .nr = SYS_IOCTL,
				    .args_nr = 3,
				    .args = { 1, 0x5413, 0x3000 } };
	assert_int_equal(syscall_buffers(&call, buffers), 1);
	assert_int_equal(buffers[0].len, 8);
	call.args[1] = 0x80086601; /* _IOR('f', 1, long) */
	assert_int_equal(syscall_buffers(&call, buffers), 1);
	assert_int_equal(buffers[0].len, 8);
	call.args[1] = 0x40086602; /* _IOW('f', 2, long) */
	assert_int_equal(syscall_buffers(&call, buffers), 0);
	/* A null pointer asks for nothing. */
	call = (struct trace_call){ .nr = 302, .args_nr = 4 };
	assert_int_equal(syscall_buffers(&call, buffers), 0);
}

static void lines_may_be_of_any_length(void **state)
{
	size_t len = (size_t)5 << 20;
	char *text = malloc(len + 32);
	struct mmsim_ref refs[MOST];
	struct trace_call call;
	struct trace *trace;
	size_t nr;

	(void)state;
	assert_non_null(text);
	memset(text, '=', len);
	strcpy(text + len, "\n L 10,4\n L 2");
	trace = open_text(text, strlen(text));
	assert_int_equal(trace_next(trace, refs, MOST, &nr, &call), TRACE_END);
	assert_int_equal(nr, 1);
	assert_int_equal(refs[0].addr, 0x10);
	assert_true(trace_truncated(trace));
	trace_close(trace);
	free(text);
}

static void batches_end_where_they_must(void **state)
{
	static const char text[] = " L 1,1\n L 2,1\n L 3,1\n";
	struct trace *trace = open_text(text, sizeof(text) - 1);
	struct mmsim_ref refs[2];
	struct trace_call call;
	size_t nr;

	(void)state;
	assert_int_equal(trace_next(trace, refs, 2, &nr, &call), TRACE_REFS);
	assert_int_equal(nr, 2);
	assert_int_equal(trace_next(trace, refs, 2, &nr, &call), TRACE_END);
	assert_int_equal(nr, 1);
	assert_int_equal(refs[0].addr, 3);
	trace_close(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_read),
		cmocka_unit_test(other_lines_are_refused),
		cmocka_unit_test(calls_are_read),
		cmocka_unit_test(calls_in_two_parts_are_joined),
		cmocka_unit_test(buffers_have_their_sizes),
		cmocka_unit_test(lines_may_be_of_any_length),
		cmocka_unit_test(batches_end_where_they_must),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
