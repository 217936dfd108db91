/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmocka.h"

enum outcome { PASSED, FAILED, SKIPPED };

/* Where a test that ends early goes on. Tests run one after the other. */
static jmp_buf leave;
static int running;

void print_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
}

void print_message(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

void _fail(const char *file, int line)
{
	print_error("%s:%d: failure\n", file, line);
	/* Outside a test there is nowhere to go: a fixture's own mistake. */
	if (!running)
		__builtin_trap();
	longjmp(leave, FAILED);
}

void plain_skip(const char *file, int line)
{
	(void)file;
	(void)line;
	if (!running)
		__builtin_trap();
	longjmp(leave, SKIPPED);
}

void plain_true(uintmax_t holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	print_error("does not hold: %s\n", what);
	_fail(file, line);
}

void plain_equal(uintmax_t a, uintmax_t b, int equal, const char *file,
		 int line)
{
	if ((a == b) == equal)
		return;
	print_error("%#jx %s %#jx\n", a, equal ? "!=" : "==", b);
	_fail(file, line);
}

void plain_strings(const char *a, const char *b, int equal, const char *file,
		   int line)
{
	if ((strcmp(a, b) == 0) == equal)
		return;
	print_error("\"%s\" %s \"%s\"\n", a, equal ? "!=" : "==", b);
	_fail(file, line);
}

void plain_memory(const void *a, const void *b, size_t len, int equal,
		  const char *file, int line)
{
	if ((memcmp(a, b, len) == 0) == equal)
		return;
	print_error("%zu bytes are %s\n", len, equal ? "different" : "equal");
	_fail(file, line);
}

static enum outcome run_protected(CMUnitTestFunction test, void **state)
{
	volatile int outcome;

	running = 1;
	outcome = setjmp(leave);
	if (!outcome)
		test(state);
	running = 0;
	return (enum outcome)outcome;
}

static enum outcome run_test(const struct CMUnitTest *test, void **group_state)
{
	void *own = test->initial_state;
	void **state = own || test->setup_func ? &own : group_state;
	enum outcome outcome;

	if (test->setup_func && test->setup_func(state))
		return FAILED;
	outcome = run_protected(test->test_func, state);
	if (test->teardown_func && test->teardown_func(state))
		outcome = FAILED;
	return outcome;
}

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests,
			    size_t nr, CMFixtureFunction setup,
			    CMFixtureFunction teardown)
{
	static const char *const words[] = { "ok", "FAILED", "skipped" };
	int counts[3] = { 0 };
	void *state = NULL;
	enum outcome outcome;
	size_t i;

	if (setup && setup(&state)) {
		print_error("%s: setup failed\n", name);
		return (int)nr;
	}
	for (i = 0; i < nr; i++) {
		outcome = run_test(&tests[i], &state);
		counts[outcome]++;
		if (outcome != PASSED)
			print_error("%s: %s: %s\n", name, tests[i].name,
				    words[outcome]);
	}
	if (teardown && teardown(&state))
		counts[FAILED]++;
	printf("%s: %d passed, %d skipped, %d failed\n", name, counts[PASSED],
	       counts[SKIPPED], counts[FAILED]);
	return counts[FAILED];
}
