# SPDX-License-Identifier: MIT
#
# `cmake --build DIR --target selfcheck`: layout and clang-tidy, where those
# tools are installed. No part of ctest: their versions differ too much.

if(MMSIM_TOP_LEVEL)
	set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
	add_custom_target(selfcheck
		COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/scripts/selfcheck
			${CMAKE_CURRENT_BINARY_DIR}
		WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
		USES_TERMINAL VERBATIM)
endif()
