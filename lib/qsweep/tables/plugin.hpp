#pragma once

#include "qsweep/tables/tables.hpp"

#include <torch/version.h>

// What a plugin and the worker that loads it must have in common, as text. What defines
// QSWEEP_VERSION is the CMake target qsweep::plugin.
#define QSWEEP_TEXT_OF_VALUE(value) #value
#define QSWEEP_TEXT_OF(macro) QSWEEP_TEXT_OF_VALUE(macro)
#define QSWEEP_PLUGIN_BUILD                            \
  "qsweep " QSWEEP_VERSION ", LibTorch " TORCH_VERSION \
  ", C++ ABI " QSWEEP_TEXT_OF(_GLIBCXX_USE_CXX11_ABI)

// In front of that text in the library's file, where it is read before any of its code runs.
#define QSWEEP_PLUGIN_MARK \
  "qsweep-plugin"          \
  "|"

/// Once in a plugin: the body adds what it brings to `tables`, which are empty.
///
///   QSWEEP_PLUGIN(tables) {
///     tables.models.push_back(small_net());
///     tables.quantizers.push_back(fixed_point());
///   }
#define QSWEEP_PLUGIN(tables)                                                             \
  extern "C" {                                                                            \
  __attribute__((visibility("default"))) extern const char qsweep_plugin_build[];         \
  const char qsweep_plugin_build[] = QSWEEP_PLUGIN_MARK QSWEEP_PLUGIN_BUILD;              \
  __attribute__((visibility("default"))) void qsweep_fill_tables(qsweep::Tables& tables); \
  }                                                                                       \
  void qsweep_fill_tables(qsweep::Tables& tables)
