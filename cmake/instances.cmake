# SPDX-License-Identifier: MIT
#
# Instances: the core compiled once per page-table format. A name chosen in
# MMSIM_INSTANCES brings the stub of its older layout too: worlds of older
# releases use that one.

set(MMSIM_INSTANCE_NAMES
	x86_64
	arm64_4k arm64_16k arm64_64k
	ppc64_radix_4k ppc64_radix_64k ppc64_hash_4k ppc64_hash_64k)

set(MMSIM_INSTANCES "${MMSIM_INSTANCE_NAMES}" CACHE STRING
	"Page-table formats to build: a list of ${MMSIM_INSTANCE_NAMES}")

# The stubs that an instance stands for.
function(mmsim_instance_stubs instance out)
	if(instance MATCHES "^x86")
		set(stubs ${instance} ${instance}_pre6_6)
	elseif(instance MATCHES "^arm64")
		set(stubs ${instance} ${instance}_pre6_11)
	else()
		set(stubs ${instance} ${instance}_pre6_7)
	endif()
	set(${out} ${stubs} PARENT_SCOPE)
endfunction()

# Where the stub of a name lies, below src/.
function(mmsim_stub_path stub out)
	if(stub MATCHES "^x86")
		set(dir x86)
	elseif(stub MATCHES "^arm64")
		set(dir arm64)
	elseif(stub MATCHES "^ppc64")
		set(dir powerpc)
	else()
		set(dir fake)
	endif()
	set(${out} arch/${dir}/${stub}.c PARENT_SCOPE)
endfunction()

# The list that src/api/backends.c makes its table from.
function(mmsim_write_instances file)
	set(lines "#define MMSIM_INSTANCES(X)")
	foreach(stub IN LISTS ARGN)
		string(APPEND lines " \\\n\tX(${stub})")
	endforeach()
	file(WRITE ${file}.new
		"/* Written by cmake/instances.cmake. */\n${lines}\n")
	configure_file(${file}.new ${file} COPYONLY)
endfunction()

# MMSIM_LIBRARY_STUBS: the stubs of the library; MMSIM_ALL_INSTANCES: those
# and `fake`, which only tests use.
set(MMSIM_LIBRARY_STUBS)
foreach(instance IN LISTS MMSIM_INSTANCES)
	if(NOT instance IN_LIST MMSIM_INSTANCE_NAMES)
		string(REPLACE ";" " " valid "${MMSIM_INSTANCE_NAMES}")
		message(FATAL_ERROR
			"MMSIM_INSTANCES: found '${instance}', expected names "
			"out of: ${valid}")
	endif()
	mmsim_instance_stubs(${instance} stubs)
	list(APPEND MMSIM_LIBRARY_STUBS ${stubs})
endforeach()
list(REMOVE_DUPLICATES MMSIM_LIBRARY_STUBS)
if(NOT MMSIM_LIBRARY_STUBS)
	message(FATAL_ERROR "MMSIM_INSTANCES is empty: name one at least")
endif()
set(MMSIM_ALL_INSTANCES ${MMSIM_LIBRARY_STUBS} fake)

mmsim_write_instances(${CMAKE_CURRENT_BINARY_DIR}/generated/mmsim_instances.h
	${MMSIM_LIBRARY_STUBS})
