# SPDX-License-Identifier: MIT
#
# The objects, and the two libraries made of them.

# What our own sources, and tests of our insides, are compiled with.
add_library(mmsim_internal INTERFACE)
target_include_directories(mmsim_internal INTERFACE
	${CMAKE_CURRENT_SOURCE_DIR}/src
	${CMAKE_CURRENT_SOURCE_DIR}/include
	${CMAKE_CURRENT_BINARY_DIR}/generated)
target_compile_definitions(mmsim_internal INTERFACE
	_GNU_SOURCE
	$<$<BOOL:${MMSIM_ASSERT}>:MMSIM_ASSERT>
	$<$<BOOL:${MMSIM_CHUNKS_ONLY}>:MMSIM_CHUNKS_ONLY>
	$<$<NOT:$<BOOL:${MMSIM_EVENTS}>>:MMSIM_NO_EVENTS>)
# Release defines NDEBUG, which would silence what MMSIM_ASSERT asks for.
target_compile_options(mmsim_internal INTERFACE
	${MMSIM_WARNINGS}
	$<$<BOOL:${MMSIM_ASSERT}>:-UNDEBUG>)

set(stub_sources)
foreach(stub IN LISTS MMSIM_LIBRARY_STUBS)
	mmsim_stub_path(${stub} path)
	list(APPEND stub_sources src/${path})
endforeach()

# No link-time optimisation: the static library is one relocatable object.
add_library(mmsim_compiled OBJECT ${MMSIM_ONCE_SOURCES} ${stub_sources})
target_link_libraries(mmsim_compiled PRIVATE mmsim_internal)
target_compile_options(mmsim_compiled PRIVATE -fno-lto)
set_target_properties(mmsim_compiled PROPERTIES
	C_VISIBILITY_PRESET hidden
	INTERPROCEDURAL_OPTIMIZATION OFF
	POSITION_INDEPENDENT_CODE ON)

# The same objects with nothing localised, for tests of our insides. A test
# takes out of it what it needs.
add_library(mmsim_objects STATIC EXCLUDE_FROM_ALL
	$<TARGET_OBJECTS:mmsim_compiled>)
target_link_libraries(mmsim_objects INTERFACE mmsim_internal)
set_target_properties(mmsim_objects PROPERTIES LINKER_LANGUAGE C)

# The static library is one relocatable object with its hidden symbols made
# local, so that it links with a program that has a find_vma() of its own. The
# driver runs the linker, since only it knows what -m32 and the like mean.
separate_arguments(driver_flags NATIVE_COMMAND "${CMAKE_C_FLAGS}")
# These would put a run-time library into the object.
list(FILTER driver_flags EXCLUDE REGEX "sanitize|coverage|profile")
# i386's code shares functions of the compiler's in groups of sections, which a
# later link throws away whole if another object has them too. Ours are local
# then: take them out of their groups.
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
	list(APPEND driver_flags -Wl,--force-group-allocation)
endif()
set(one_object ${CMAKE_CURRENT_BINARY_DIR}/mmsim_one.o)
add_custom_command(OUTPUT ${one_object}
	COMMAND ${CMAKE_C_COMPILER} ${driver_flags} -fno-lto -nostdlib -r
		-o ${one_object}.all $<TARGET_OBJECTS:mmsim_compiled>
	COMMAND ${CMAKE_OBJCOPY} --localize-hidden
		${one_object}.all ${one_object}
	COMMAND ${CMAKE_COMMAND} -E remove ${one_object}.all
	DEPENDS mmsim_compiled $<TARGET_OBJECTS:mmsim_compiled>
	COMMENT "Making hidden symbols local"
	COMMAND_EXPAND_LISTS VERBATIM)

add_library(mmsim_static STATIC ${one_object})
set_source_files_properties(${one_object} PROPERTIES
	EXTERNAL_OBJECT TRUE GENERATED TRUE)

add_library(mmsim_shared SHARED $<TARGET_OBJECTS:mmsim_compiled>)
set(export_map ${CMAKE_CURRENT_SOURCE_DIR}/cmake/mmsim.map)
target_link_options(mmsim_shared PRIVATE -Wl,--version-script=${export_map})
# clang's sanitizers leave their names to the program.
if(NOT MMSIM_SANITIZE AND NOT CMAKE_C_FLAGS MATCHES "-fsanitize")
	target_link_options(mmsim_shared PRIVATE -Wl,-z,defs)
endif()
set_target_properties(mmsim_shared PROPERTIES
	VERSION ${PROJECT_VERSION}
	SOVERSION ${PROJECT_VERSION_MAJOR}
	LINK_DEPENDS ${export_map})

foreach(library mmsim_static mmsim_shared)
	set_target_properties(${library} PROPERTIES
		LINKER_LANGUAGE C
		OUTPUT_NAME mmsim)
	target_include_directories(${library} INTERFACE
		$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
	add_library(mmsim::${library} ALIAS ${library})
endforeach()

if(BUILD_SHARED_LIBS)
	add_library(mmsim::mmsim ALIAS mmsim_shared)
else()
	add_library(mmsim::mmsim ALIAS mmsim_static)
endif()
