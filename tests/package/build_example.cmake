# Installs qsweep into a scratch folder and builds an example against it: a program is run there, a
# plugin is left for tests of the command.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result WORKING_DIRECTORY ${scratch})
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " shown)
    message(FATAL_ERROR "failed with ${result}: ${shown}")
  endif()
endfunction()

file(REMOVE_RECURSE ${scratch})
file(MAKE_DIRECTORY ${scratch})
run(${CMAKE_COMMAND} --install ${build} --prefix ${scratch}/installed --component development)
run(${CMAKE_COMMAND} -S ${source} -B ${scratch}/build -G ${generator}
    -D CMAKE_BUILD_TYPE=Release -D CMAKE_PREFIX_PATH=${scratch}/installed)
run(${CMAKE_COMMAND} --build ${scratch}/build)
if(example STREQUAL "plugin")
  run(${CMAKE_COMMAND} --install ${build} --prefix ${scratch}/installed --component Unspecified)
  file(COPY ${source}/bits.yaml DESTINATION ${scratch})
else()
  set(ENV{QSWEEP_CACHE} ${scratch}/cache)
  run(${scratch}/build/${example} ${source}/bits.yaml)
endif()
