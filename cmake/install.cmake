# SPDX-License-Identifier: MIT
#
# What `cmake --install` puts where: both libraries, the headers, a package
# for find_package() and one for pkg-config.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mmsim)

install(TARGETS mmsim_static mmsim_shared EXPORT mmsimTargets
	LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
	ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
	INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/mmsim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
	FILES_MATCHING PATTERN "*.h")
install(EXPORT mmsimTargets NAMESPACE mmsim:: DESTINATION ${package_dir})

configure_package_config_file(cmake/mmsimConfig.cmake.in
	${CMAKE_CURRENT_BINARY_DIR}/mmsimConfig.cmake
	INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break callers.
write_basic_package_version_file(
	${CMAKE_CURRENT_BINARY_DIR}/mmsimConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES
	${CMAKE_CURRENT_BINARY_DIR}/mmsimConfig.cmake
	${CMAKE_CURRENT_BINARY_DIR}/mmsimConfigVersion.cmake
	DESTINATION ${package_dir})

# The package for pkg-config finds its prefix from where it lies, so that an
# installed tree can be moved. GNUInstallDirs allows absolute directories.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
	set(MMSIM_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
	file(RELATIVE_PATH up "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
	string(REGEX REPLACE "/$" "" up "${up}")
	set(MMSIM_PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(dir INCLUDEDIR LIBDIR)
	if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
		set(MMSIM_PC_${dir} "${CMAKE_INSTALL_${dir}}")
	else()
		set(MMSIM_PC_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
	endif()
endforeach()
configure_file(cmake/mmsim.pc.in ${CMAKE_CURRENT_BINARY_DIR}/mmsim.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mmsim.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

include(cmake/docs.cmake)
