# SPDX-License-Identifier: MIT
#
# Manual pages, and reference documentation: `cmake --build DIR --target docs`
# where doxygen is installed. Building the library needs neither.

# A page that describes several functions is found by each of their names.
function(mmsim_manual page)
	get_filename_component(name ${page} NAME_WE)
	string(REGEX REPLACE ".*\\." "" section ${page})
	set(dir ${CMAKE_INSTALL_MANDIR}/man${section})
	install(FILES docs/man/${page} DESTINATION ${dir} COMPONENT docs)

	file(READ docs/man/${page} text)
	string(REGEX MATCH "\n\\.SH NAME\n[^\\\\]*" names "${text}")
	string(REGEX MATCHALL "mmsim[a-z_]*" names "${names}")
	list(REMOVE_ITEM names ${name})
	foreach(other IN LISTS names)
		set(link ${CMAKE_CURRENT_BINARY_DIR}/man/${other}.${section})
		file(WRITE ${link} ".so man${section}/${page}\n")
		install(FILES ${link} DESTINATION ${dir} COMPONENT docs)
	endforeach()
endfunction()

foreach(page mmsim.1 mmsim.7 mmsim_access.3 mmsim_check.3 mmsim_create.3
		mmsim_entry_get.3 mmsim_fail.3 mmsim_mbind.3 mmsim_mmap.3
		mmsim_on_event.3 mmsim_scenario.3)
	mmsim_manual(${page})
endforeach()

if(MMSIM_TOP_LEVEL)
	find_program(MMSIM_DOXYGEN doxygen)
	find_program(MMSIM_AWK awk)
	mark_as_advanced(MMSIM_DOXYGEN MMSIM_AWK)
	if(MMSIM_DOXYGEN AND MMSIM_AWK)
		configure_file(Doxyfile.in
			${CMAKE_CURRENT_BINARY_DIR}/Doxyfile @ONLY)
		add_custom_target(docs
			COMMAND ${MMSIM_DOXYGEN}
				${CMAKE_CURRENT_BINARY_DIR}/Doxyfile
			WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
			COMMENT "Reference documentation in docs/html"
			VERBATIM)
	endif()
endif()
