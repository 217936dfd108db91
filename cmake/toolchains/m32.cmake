# SPDX-License-Identifier: MIT
#
# A 32-bit build by a 64-bit x86 compiler: gcc-multilib, or gcc-12-multilib and
# libc6-dev-i386, which do not exclude cross compilers. The kernel's headers
# lie below the 64-bit triplet only then.

set(CMAKE_C_FLAGS_INIT "-m32 -idirafter /usr/include/x86_64-linux-gnu")
