# SPDX-License-Identifier: MIT
#
# Warnings of our own code; never passed on to those who link the library.

option(MMSIM_WERROR "Make warnings errors" OFF)

set(MMSIM_WARNINGS
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings
	-Wundef -Wvla -Wimplicit-fallthrough -Wmisleading-indentation
	-Wconversion -Wno-sign-conversion -Wdouble-promotion -Wformat=2)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	list(APPEND MMSIM_WARNINGS -Wlogical-op -Wduplicated-cond)
endif()
if(MMSIM_WERROR)
	list(APPEND MMSIM_WARNINGS -Werror)
endif()
