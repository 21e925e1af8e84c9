# cmake --install: the library, its headers, a package for find_package(reprise), files for
# pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(REPRISE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/reprise)
install(TARGETS reprise reprise_workflows reprise_testing EXPORT reprise
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET reprise_tool)
  install(TARGETS reprise_tool EXPORT reprise ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(TARGETS reprise_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
# The tool names pages of docs/; with all of them there the links between them hold.
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/reprise)
install(DIRECTORY api/reprise DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT reprise NAMESPACE reprise:: FILE reprise-targets.cmake
  DESTINATION ${REPRISE_PACKAGE_DIR})

configure_package_config_file(tools/cmake/reprise-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/reprise-config.cmake
  INSTALL_DESTINATION ${REPRISE_PACKAGE_DIR}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break: 0.2 is no substitute for 0.1.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/reprise-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/reprise-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/reprise-config-version.cmake
  DESTINATION ${REPRISE_PACKAGE_DIR})

# The prefix is found from the file's own place, so that the tree can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR
  BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE REPRISE_LIBDIR)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR
  BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE REPRISE_INCLUDEDIR)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE REPRISE_PREFIX)
foreach(config reprise reprise-testing)
  configure_file(tools/cmake/${config}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${config}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${config}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
