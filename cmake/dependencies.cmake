# SPDX-License-Identifier: MIT
#
# What has to be there, found before anything is compiled.

include(CheckIncludeFile)

# mmsim_need_header(header package): headers without a library.
function(mmsim_need_header header package)
	string(MAKE_C_IDENTIFIER "MMSIM_HAVE_${header}" var)
	check_include_file(${header} ${var})
	if(NOT ${var})
		unset(${var} CACHE)
		message(FATAL_ERROR
			"${header} is missing: apt-get install ${package}, or run scripts/test, "
			"which installs what is missing")
	endif()
endfunction()

# mmsim_find_library(NAME header library package): an imported target
# mmsim_dep_NAME.
function(mmsim_find_library name header library package)
	if(TARGET mmsim_dep_${name})
		return()
	endif()
	string(TOUPPER "MMSIM_${name}" prefix)
	find_path(${prefix}_INCLUDE_DIR ${header})
	find_library(${prefix}_LIBRARY ${library})
	mark_as_advanced(${prefix}_INCLUDE_DIR ${prefix}_LIBRARY)
	if(NOT ${prefix}_INCLUDE_DIR OR NOT ${prefix}_LIBRARY)
		message(FATAL_ERROR
			"${name} is missing: apt-get install ${package}, or run scripts/test, "
			"which installs what is missing")
	endif()
	add_library(mmsim_dep_${name} INTERFACE IMPORTED GLOBAL)
	set_target_properties(mmsim_dep_${name} PROPERTIES
		INTERFACE_INCLUDE_DIRECTORIES "${${prefix}_INCLUDE_DIR}"
		INTERFACE_LINK_LIBRARIES "${${prefix}_LIBRARY}")
endfunction()

mmsim_need_header(uthash.h uthash-dev)
mmsim_need_header(bsd/sys/queue.h libbsd-dev)
if(MMSIM_BUILD_TOOLS)
	mmsim_find_library(jansson jansson.h jansson libjansson-dev)
	mmsim_find_library(lzma lzma.h lzma liblzma-dev)
	mmsim_find_library(zlib zlib.h z zlib1g-dev)
endif()
if(MMSIM_BUILD_TESTS AND MMSIM_PLAIN_CMOCKA)
	add_library(mmsim_dep_cmocka STATIC EXCLUDE_FROM_ALL
		tests/hosts/plain/cmocka.c)
	target_include_directories(mmsim_dep_cmocka PUBLIC tests/hosts/plain)
elseif(MMSIM_BUILD_TESTS)
	mmsim_find_library(cmocka cmocka.h cmocka libcmocka-dev)
endif()

if(NOT CMAKE_OBJCOPY)
	message(FATAL_ERROR "objcopy is missing: apt-get install binutils")
endif()
