# What is installed besides drivers, helpers and the program (which their own folders install), relative to the prefix:
#   lib/libranvier.so  lib/libranvier_embed.so  include/ranvier/  lib/cmake/ranvier/
# A driver is found beside the library that looks for it (lib/ranvier/drivers), so the whole tree may be moved.
include(CMakePackageConfigHelpers)

# For drivers: headers alone, no library of ours to link.
add_library(ranvier_driver_headers INTERFACE)
target_link_libraries(ranvier_driver_headers INTERFACE ranvier_headers)
set_target_properties(ranvier_driver_headers PROPERTIES EXPORT_NAME driver)
set_target_properties(ranvier_headers PROPERTIES EXPORT_NAME headers)

# A wheel holds no symbolic links: with a version in its name, each library would be there three times.
set(libraries ranvier_embed_library)
if(NOT RANVIER_EMBEDDED)
  list(APPEND libraries ranvier)
endif()
if(SKBUILD)
  set_property(TARGET ${libraries} PROPERTY VERSION)
  set_property(TARGET ${libraries} PROPERTY SOVERSION)
endif()

install(
  TARGETS ${libraries} ranvier_driver_headers ranvier_headers
  EXPORT ranvier
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/include/ranvier DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# Nothing to find first: what the libraries link is private to them. So the file of targets is the whole package.
set(RANVIER_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/ranvier)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ranvier-config-version.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT ranvier FILE ranvier-config.cmake NAMESPACE ranvier:: DESTINATION ${RANVIER_PACKAGE})
install(FILES ${PROJECT_BINARY_DIR}/ranvier-config-version.cmake DESTINATION ${RANVIER_PACKAGE})
