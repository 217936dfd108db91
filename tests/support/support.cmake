# SPDX-License-Identifier: MIT
#
# How a test is made.

# What every test program is compiled with: assert() works in every build.
add_library(mmsim_test INTERFACE)
target_include_directories(mmsim_test INTERFACE
	${CMAKE_CURRENT_SOURCE_DIR})
target_compile_options(mmsim_test INTERFACE ${MMSIM_WARNINGS} -UNDEBUG)
target_compile_definitions(mmsim_test INTERFACE _GNU_SOURCE)
target_link_libraries(mmsim_test INTERFACE mmsim_dep_cmocka)

# mmsim_register_test(NAME target): ctest NAME runs the program; exit status
# 77 is a skip.
function(mmsim_register_test name target)
	add_test(NAME ${name} COMMAND ${target})
	set_tests_properties(${name} PROPERTIES
		LABELS quick SKIP_RETURN_CODE 77 TIMEOUT 120)
endfunction()

# mmsim_unit_test(NAME sources...): ctest unit.NAME, sees our insides.
function(mmsim_unit_test name)
	add_executable(unit_${name} ${ARGN})
	target_link_libraries(unit_${name} PRIVATE mmsim_test mmsim_objects)
	mmsim_register_test(unit.${name} unit_${name})
endfunction()

# mmsim_api_test(NAME sources...): ctest api.NAME, built as a user of the
# static library is, by the public headers alone.
function(mmsim_api_test name)
	add_executable(api_${name} ${ARGN})
	target_link_libraries(api_${name} PRIVATE mmsim_test mmsim_static)
	mmsim_register_test(api.${name} api_${name})
endfunction()

# mmsim_instance_test(NAME SOURCE): ctest unit.NAME.INSTANCE for each instance.
# SOURCE includes MM_TEST_INSTANCE_STUB and so sees the instance's statics. It
# has no other instance: its table of backends is built with that one name.
function(mmsim_instance_test name source)
	foreach(instance IN LISTS MMSIM_ALL_INSTANCES)
		set(target unit_${name}_${instance})
		set(generated ${CMAKE_CURRENT_BINARY_DIR}/instance/${instance})
		mmsim_stub_path(${instance} stub)
		mmsim_write_instances(${generated}/mmsim_instances.h
			${instance})
		add_executable(${target} ${source}
			${PROJECT_SOURCE_DIR}/src/api/backends.c)
		target_include_directories(${target} BEFORE PRIVATE
			${generated})
		target_compile_definitions(${target} PRIVATE
			MM_TEST_INSTANCE_STUB="${stub}"
			MM_TEST_INSTANCE_NAME="${instance}")
		target_link_libraries(${target} PRIVATE
			mmsim_test mmsim_objects)
		mmsim_register_test(unit.${name}.${instance} ${target})
	endforeach()
endfunction()

# mmsim_script_test(NAME script arguments...): ctest NAME runs a shell script.
function(mmsim_script_test name script)
	add_test(NAME ${name}
		COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${ARGN})
	set_tests_properties(${name} PROPERTIES
		LABELS quick SKIP_RETURN_CODE 77 TIMEOUT 120)
endfunction()
