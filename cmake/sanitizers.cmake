# SPDX-License-Identifier: MIT
#
# MMSIM_SANITIZE="address;undefined": everything of this tree, since the
# run-time of a sanitizer belongs to the whole program.

set(MMSIM_SANITIZE "" CACHE STRING
	"Sanitizers to build with, as a list for -fsanitize=")

if(MMSIM_SANITIZE)
	string(REPLACE ";" "," sanitizers "${MMSIM_SANITIZE}")
	add_compile_options(-fsanitize=${sanitizers}
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${sanitizers})
endif()

# Coverage for libFuzzer in everything; its main() in the targets alone.
if(MMSIM_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
