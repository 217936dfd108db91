# SPDX-License-Identifier: MIT
#
# A big-endian build, run by qemu-user: s390x or powerpc64, whichever compiler
# is there. Linked statically, so that qemu needs no libraries of that host.

set(CMAKE_SYSTEM_NAME Linux)

find_program(MMSIM_S390X_CC s390x-linux-gnu-gcc)
find_program(MMSIM_S390X_QEMU NAMES qemu-s390x qemu-s390x-static)
mark_as_advanced(MMSIM_S390X_CC MMSIM_S390X_QEMU)
if(MMSIM_S390X_CC AND MMSIM_S390X_QEMU)
	set(CMAKE_SYSTEM_PROCESSOR s390x)
	set(CMAKE_C_COMPILER ${MMSIM_S390X_CC})
	set(CMAKE_CROSSCOMPILING_EMULATOR ${MMSIM_S390X_QEMU})
else()
	set(CMAKE_SYSTEM_PROCESSOR ppc64)
	set(CMAKE_C_COMPILER powerpc64-linux-gnu-gcc)
	find_program(MMSIM_PPC64_QEMU NAMES qemu-ppc64 qemu-ppc64-static)
	mark_as_advanced(MMSIM_PPC64_QEMU)
	set(CMAKE_CROSSCOMPILING_EMULATOR ${MMSIM_PPC64_QEMU})
endif()

# uthash and libbsd's queue.h are headers alone: this machine's will do, but
# nothing else out of /usr/include may be found.
set(headers ${CMAKE_BINARY_DIR}/headers)
file(MAKE_DIRECTORY ${headers})
file(GLOB found /usr/include/uthash.h /usr/include/ut*.h /usr/include/bsd)
file(COPY ${found} DESTINATION ${headers})

set(CMAKE_C_FLAGS_INIT "-isystem ${headers}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
