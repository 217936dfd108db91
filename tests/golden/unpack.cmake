# SPDX-License-Identifier: MIT
#
# cmake -DARCHIVE=... -DROOT=... -P unpack.cmake: ROOT becomes what ARCHIVE
# holds and nothing else.

file(REMOVE_RECURSE ${ROOT})
file(MAKE_DIRECTORY ${ROOT})
execute_process(COMMAND ${CMAKE_COMMAND} -E tar xf ${ARCHIVE}
	WORKING_DIRECTORY ${ROOT} RESULT_VARIABLE rc)
file(GLOB held ${ROOT}/*)
if(NOT rc EQUAL 0 OR NOT held)
	message(FATAL_ERROR "${ARCHIVE} does not unpack")
endif()
