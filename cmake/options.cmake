# What the build can be told, and the flags that all of our own code is compiled with.
option(RANVIER_TESTS "Build the C++ tests (GoogleTest)" OFF)
option(RANVIER_BENCH "Build the benchmarks (Google Benchmark)" OFF)
option(RANVIER_PYTHON "Build the Python extension (pybind11)" OFF)
option(RANVIER_WERROR "Treat warnings as errors" OFF)
option(RANVIER_EMBEDDED "Build only what embedded programs need (libranvier_embed and drivers): no JSON, HDF5, zlib, libmd" OFF)
option(RANVIER_FUZZ "Build the fuzz targets (clang, libFuzzer)" OFF)
set(RANVIER_SANITIZE "" CACHE STRING "Sanitizers for all of our code: address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Only what runs per neuron or synapse gains from -O3: ranvier_driver asks for it.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# The build tree has the layout of the installed one, so that both find drivers and helper programs in the same way.
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(RANVIER_DRIVER_OUTPUT ${PROJECT_BINARY_DIR}/lib/ranvier/drivers)
set(RANVIER_HELPER_OUTPUT ${PROJECT_BINARY_DIR}/lib/ranvier/bin)

add_library(ranvier_options INTERFACE)
target_compile_options(
  ranvier_options
  INTERFACE -Wall
            -Wextra
            -Wconversion
            -Wshadow
            # The arithmetic contract (core/README.md): no operation is fused, reordered or approximated.
            -ffp-contract=off
            -fno-fast-math
            # GCC vectorises no comparison otherwise; results are the same bits, only the flags of the FPU are not promised.
            -fno-trapping-math
            # A false alarm of GCC 12 on every `"text" + std::string` (GCC bug 105651).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            $<$<BOOL:${RANVIER_WERROR}>:-Werror>)
if(RANVIER_SANITIZE)
  target_compile_options(ranvier_options INTERFACE -fsanitize=${RANVIER_SANITIZE} -fno-omit-frame-pointer
                                                   -fno-sanitize-recover=all)
  target_link_options(ranvier_options INTERFACE -fsanitize=${RANVIER_SANITIZE})
endif()
