#pragma once

#include "qsweep/report/results.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// A number of a row that tables can show; a column of results.csv, with all its digits.
struct PivotValue {
  std::string name;
  std::string (*text)(double) = nullptr;
  std::optional<double> (*number)(const RowResult&) = nullptr;  // of a row that is done
};

/// All of them, by the names of results.csv.
const std::vector<PivotValue>& pivot_values();

/// Null for an unknown name.
const PivotValue* find_pivot_value(const std::string& name);

}  // namespace qsweep
