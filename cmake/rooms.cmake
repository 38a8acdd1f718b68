# ranvier_room(name SOURCES ... [USES room ...] [LIBRARIES target ...])
# One target a room (core/README.md): an object library `ranvier_<name>` that sees the repository root, the public headers, and
# what it lists. Libraries and tests that link a room must list the rooms under it too: object libraries do not pass objects on.
function(ranvier_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_library(ranvier_${name} OBJECT ${ROOM_SOURCES})
  target_include_directories(ranvier_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(ranvier_${name} PUBLIC ranvier_headers ${ROOM_LIBRARIES} PRIVATE ranvier_options)
endfunction()

# ranvier_driver(name SOURCES ... [LIBRARIES target ...])
# A device driver: lib/ranvier/drivers/<name>.so with rvd_driver as its only exported symbol.
function(ranvier_driver name)
  cmake_parse_arguments(DRIVER "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(ranvier_driver_${name} MODULE ${DRIVER_SOURCES})
  set_target_properties(
    ranvier_driver_${name}
    PROPERTIES OUTPUT_NAME ${name} PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${RANVIER_DRIVER_OUTPUT}
               LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/driver.map)
  target_link_libraries(ranvier_driver_${name} PRIVATE ranvier_headers ranvier_kernels ranvier_options ${DRIVER_LIBRARIES})
  target_compile_options(ranvier_driver_${name} PRIVATE $<$<CONFIG:Release,RelWithDebInfo>:-O3>)
  target_link_options(ranvier_driver_${name} PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/driver.map)
  if(NOT RANVIER_SANITIZE)
    target_link_options(ranvier_driver_${name} PRIVATE -Wl,--no-undefined)
  endif()
  install(TARGETS ranvier_driver_${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/ranvier/drivers)
endfunction()

# ranvier_helper(name SOURCES ... [LIBRARIES target ...])
# A program that the library starts as a child: lib/ranvier/bin/<name>.
function(ranvier_helper name)
  cmake_parse_arguments(HELPER "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${HELPER_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${RANVIER_HELPER_OUTPUT})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ranvier_headers ranvier_options ${HELPER_LIBRARIES})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR}/ranvier/bin)
endfunction()

# ranvier_test(name SOURCES ... [ROOMS room ...] [LIBRARIES target ...])
# A GoogleTest program. With ROOMS it sees their inner headers; without, link `ranvier` and test through the public door.
function(ranvier_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  list(TRANSFORM TEST_ROOMS PREPEND ranvier_)
  target_link_libraries(${name} PRIVATE ${TEST_ROOMS} ${TEST_LIBRARIES} ranvier_headers ranvier_options GTest::gtest_main
                                        Threads::Threads ${CMAKE_DL_LIBS})
  target_compile_definitions(${name} PRIVATE RANVIER_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60)
endfunction()
