# Everything comes from the distribution; nothing is downloaded.
find_package(Torch REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(Threads REQUIRED)
if(QSWEEP_BUILD_TESTS)
  find_package(Catch2 REQUIRED)
endif()
if(QSWEEP_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

# yaml-cpp 0.7 exports a bare target, later versions a namespaced one.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

add_library(qsweep_warnings INTERFACE)
target_compile_options(qsweep_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wdouble-promotion)
# From 13 on, g++ takes any reference that a function was given a temporary for as one into it.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  target_compile_options(qsweep_warnings INTERFACE -Wno-dangling-reference)
endif()

# The torch rooms share one precompiled header; it needs the same flags and definitions everywhere.
add_library(qsweep_torch INTERFACE)
target_link_libraries(qsweep_torch INTERFACE ${TORCH_LIBRARIES})
