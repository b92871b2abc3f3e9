#pragma once

#include "qsweep/report/results.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

/// What tells a row from the others, within a run and across runs.
struct RowLabel {
  std::string trial;
  std::string model;
  std::string policy;
  std::string data;
  std::vector<std::pair<std::string, std::string>> values;  // of variables; empty ones are left out
  std::string float_trial{};  // that it is compared with; empty where that is not known

  bool is_float() const { return policy == "float"; }
};

/// The rows of a run, in its order.
std::vector<RowLabel> row_labels(const Results& results);

/// For each row of `rows` the position of its counterpart in `base`; no row of `base` is taken
/// twice. First the rows of the same trial and the same name find each other, then those of the
/// same trial whatever their name, then those of the same name (model, policy, variables) and data,
/// then those of the same name. Numbers are equal as numbers, and of equals the first comes first.
/// Float rows show no variables, by which those of several seeds differ: one is found through rows
/// that are compared with it, or by a name that no other float row has.
std::vector<std::optional<size_t>> match_rows(const std::vector<RowLabel>& base,
                                              const std::vector<RowLabel>& rows);

}  // namespace qsweep
