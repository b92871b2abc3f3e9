#pragma once

#include "qsweep/config/catalog.hpp"
#include "qsweep/config/node.hpp"

#include <string>

namespace qsweep {

/// A calibrator as trials hold it: its name, or where it has parameters an object with `name` and
/// all of them. Here each has its default.
Json default_calibrator(const Catalog::Calibrator& calibrator);

/// The same from the value of `key`, `percentile` or `{name: percentile, p: 99.9}`, without `$`.
Json read_calibrator(const Node& value, const std::string& key, const Catalog& catalog);

}  // namespace qsweep
