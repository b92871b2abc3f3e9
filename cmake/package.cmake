# What find_package(qsweep) finds: every room as a static library, their headers, and qsweep::qsweep,
# which is all of them.

include(CMakePackageConfigHelpers)

set(qsweep_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/qsweep)

#   qsweep_export(TARGET NAME)  installs a library as qsweep::NAME
function(qsweep_export target name)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT qsweep
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endfunction()

# After all rooms are there.
function(qsweep_install_package)
  add_library(qsweep_package INTERFACE)
  target_link_libraries(qsweep_package INTERFACE qsweep_study qsweep_zoo)
  qsweep_export(qsweep_package qsweep)
  qsweep_export(qsweep_torch torch)
  # What a plugin is built with: headers and LibTorch. The code of the rooms it finds in the worker.
  add_library(qsweep_plugin INTERFACE)
  target_compile_features(qsweep_plugin INTERFACE cxx_std_17)
  target_compile_definitions(qsweep_plugin INTERFACE QSWEEP_VERSION="${PROJECT_VERSION}")
  target_include_directories(qsweep_plugin INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(qsweep_plugin INTERFACE qsweep_torch nlohmann_json::nlohmann_json)
  qsweep_export(qsweep_plugin plugin)
  install(EXPORT qsweep NAMESPACE qsweep:: FILE qsweep-targets.cmake
    DESTINATION ${qsweep_package_dir} COMPONENT development)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/qsweep-config.cmake.in
    ${PROJECT_BINARY_DIR}/qsweep-config.cmake INSTALL_DESTINATION ${qsweep_package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/qsweep-config-version.cmake
    COMPATIBILITY ExactVersion)
  install(FILES ${PROJECT_BINARY_DIR}/qsweep-config.cmake
                ${PROJECT_BINARY_DIR}/qsweep-config-version.cmake
    DESTINATION ${qsweep_package_dir} COMPONENT development)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/qsweep
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.hpp")
  install(FILES ${PROJECT_SOURCE_DIR}/model_zoo/registry.hpp
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/model_zoo COMPONENT development)
endfunction()
