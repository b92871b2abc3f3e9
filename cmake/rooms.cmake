# A room is a folder of lib/qsweep, built as one static library that names the rooms it may use.
#   qsweep_room(NAME [TORCH] SOURCES file... [USES room...] [LINKS target...])
function(qsweep_room name)
  cmake_parse_arguments(room "TORCH" "" "SOURCES;USES;LINKS" ${ARGN})
  set(target qsweep_${name})
  add_library(${target} STATIC ${room_SOURCES})
  list(TRANSFORM room_USES PREPEND qsweep_)
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  # What reads, writes and calls LibTorch gains nothing from -O3; the loops that do ask for it.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O2>)
  target_link_libraries(${target} PUBLIC ${room_USES} PRIVATE $<BUILD_INTERFACE:qsweep_warnings> ${room_LINKS})
  if(room_TORCH)
    target_link_libraries(${target} PUBLIC qsweep_torch)
    qsweep_precompile_torch(${target})
  else()
    qsweep_precompile(${target} plain <nlohmann/json.hpp>)
  endif()
  qsweep_export(${target} ${name})
endfunction()

# One precompiled header per kind of target: made by the first, reused by the others of that kind, which
# have the same flags and definitions.
function(qsweep_precompile target kind)
  get_property(first GLOBAL PROPERTY qsweep_precompiled_${kind})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE ${ARGN})
    set_property(GLOBAL PROPERTY qsweep_precompiled_${kind} ${target})
  endif()
endfunction()

# Not <torch/torch.h>: with it every file, however short, carries torch::nn's inline code, which costs
# more than to include what a file needs of it.
function(qsweep_precompile_torch target)
  qsweep_precompile(${target} torch <torch/types.h> <torch/utils.h>)
endfunction()
