#pragma once

#include "qsweep/config/node.hpp"

#include <cstddef>
#include <memory>

namespace qsweep {

/// The longest text that is read as an experiment, in bytes.
constexpr size_t kLongestSource = size_t{8} << 20U;
constexpr const char* kSourceTooLong = "the text is longer than 8 MB";

/// The most values of a file, with those that its aliases repeat.
constexpr size_t kMostNodes = 1'000'000;
constexpr const char* kTooMany = "more than 1,000,000 values, aliases counted";
constexpr const char* kTooDeep = "lists and maps are nested more than 64 deep";

/// Throws a ConfigError for a text that the YAML parser should not see: too long, no text, or with
/// brackets beyond any use.
void check_source(const std::shared_ptr<const Source>& source);

}  // namespace qsweep
