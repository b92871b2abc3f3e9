// The only door to Catch2: it hides the major version, and takes CHECK back from LibTorch's glog,
// whose CHECK aborts the process instead of failing the test.
#pragma once

#ifdef QSWEEP_TEST_TORCH
#include <torch/types.h>
#include <torch/utils.h>
#endif
#undef CHECK

#ifdef QSWEEP_CATCH3
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) {
  return Catch::Matchers::Contains(text);
}
#endif
