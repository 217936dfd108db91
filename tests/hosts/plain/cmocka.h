/* SPDX-License-Identifier: MIT */
/*
 * The part of cmocka that our tests use, for hosts on which there is no
 * cmocka: other architectures, and sanitizers that want all code instrumented.
 */
#ifndef HOSTS_PLAIN_CMOCKA_H
#define HOSTS_PLAIN_CMOCKA_H

#include <stddef.h>
#include <stdint.h>

typedef void (*CMUnitTestFunction)(void **state);
typedef int (*CMFixtureFunction)(void **state);

struct CMUnitTest {
	const char *name;
	CMUnitTestFunction test_func;
	CMFixtureFunction setup_func, teardown_func;
	void *initial_state;
};

#define cmocka_unit_test(f)             \
	{                               \
#f, f, NULL, NULL, NULL \
	}
#define cmocka_unit_test_prestate(f, state) \
	{                                   \
#f, f, NULL, NULL, state    \
	}
#define cmocka_unit_test_setup_teardown(f, setup, teardown) \
	{                                                   \
#f, f, setup, teardown, NULL                \
	}

#define cmocka_run_group_tests(tests, setup, teardown) \
	cmocka_run_group_tests_name(#tests, tests, setup, teardown)
#define cmocka_run_group_tests_name(name, tests, setup, teardown)              \
	_cmocka_run_group_tests(name, tests, sizeof(tests) / sizeof(*(tests)), \
				setup, teardown)

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests,
			    size_t nr, CMFixtureFunction setup,
			    CMFixtureFunction teardown);

__attribute__((noreturn)) void _fail(const char *file, int line);
__attribute__((noreturn)) void plain_skip(const char *file, int line);
__attribute__((format(printf, 1, 2))) void print_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void print_message(const char *fmt, ...);

void plain_true(uintmax_t holds, const char *what, const char *file, int line);
void plain_equal(uintmax_t a, uintmax_t b, int equal, const char *file,
		 int line);
void plain_strings(const char *a, const char *b, int equal, const char *file,
		   int line);
void plain_memory(const void *a, const void *b, size_t len, int equal,
		  const char *file, int line);

#define fail() _fail(__FILE__, __LINE__)
#define skip() plain_skip(__FILE__, __LINE__)
#define fail_msg(...)                      \
	do {                               \
		print_error(__VA_ARGS__);  \
		print_error("\n");         \
		_fail(__FILE__, __LINE__); \
	} while (0)

#define assert_true(c)	   plain_true((uintmax_t) !!(c), #c, __FILE__, __LINE__)
#define assert_false(c)	   plain_true(!(c), "!(" #c ")", __FILE__, __LINE__)
#define assert_non_null(p) plain_true((p) != NULL, #p, __FILE__, __LINE__)
#define assert_null(p)	   plain_true((p) == NULL, "!" #p, __FILE__, __LINE__)
#define assert_int_equal(a, b) \
	plain_equal((uintmax_t)(a), (uintmax_t)(b), 1, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) \
	plain_equal((uintmax_t)(a), (uintmax_t)(b), 0, __FILE__, __LINE__)
#define assert_ptr_equal(a, b)                    \
	plain_equal((uintptr_t)(const void *)(a), \
		    (uintptr_t)(const void *)(b), 1, __FILE__, __LINE__)
#define assert_ptr_not_equal(a, b)                \
	plain_equal((uintptr_t)(const void *)(a), \
		    (uintptr_t)(const void *)(b), 0, __FILE__, __LINE__)
#define assert_string_equal(a, b)     plain_strings(a, b, 1, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) plain_strings(a, b, 0, __FILE__, __LINE__)
#define assert_memory_equal(a, b, len) \
	plain_memory(a, b, len, 1, __FILE__, __LINE__)
#define assert_memory_not_equal(a, b, len) \
	plain_memory(a, b, len, 0, __FILE__, __LINE__)
#define assert_in_range(x, low, high)                           \
	plain_true((uintmax_t)(x) >= (uintmax_t)(low) &&        \
			   (uintmax_t)(x) <= (uintmax_t)(high), \
		   #x " in range", __FILE__, __LINE__)

#endif
