#pragma once

#include "qsweep/report/pivot_value.hpp"
#include "qsweep/report/results.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

/// What a table of several runs has along its two sides and in its cells. Sides are named by run
/// (the folder as given), experiment, model, policy, data, variables, and axes, which stand for the
/// variables that they set.
struct PivotRequest {
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<std::string> values;  // "top1", "delta": see pivot_values()
};

/// The trials of one cell.
struct PivotCell {
  std::vector<std::vector<double>> numbers;              // per value: of the trials that have it
  std::set<std::pair<std::string, std::string>> trials;  // run and identity
  size_t failed = 0;                                     // among them
  size_t pending = 0;
  std::string name;  // of the first row: "resnet20 all w=8"

  std::optional<double> mean(size_t value) const;
  /// The standard deviation of the trials (n - 1); nothing for fewer than two.
  std::optional<double> deviation(size_t value) const;
};

/// A table of several runs.
struct Pivot {
  using Key = std::vector<std::string>;  // values of the names along a side; empty where none

  PivotRequest request;
  std::vector<Key> lines;
  std::vector<Key> columns;
  std::map<std::pair<Key, Key>, PivotCell> cells;  // by line and column; not all need be there
  bool is_limited = false;                         // by --limit, in some cell
  std::set<std::string> best_on;                   // splits that chose the epoch of top1_best
  int64_t calibrated_on_test = 0;                  // the most evaluated images that ranges are of

  const PivotCell* find(const Key& line, const Key& column) const;
};

/// Sides are in the order in which values first appear. Rows that fall into one cell must be one
/// trial, or differ in `seed` alone. With several runs of which no side speaks, the columns begin
/// with `run`. Float rows are left out where a side names a variable, since they have none. Throws
/// ConfigError for unknown names, and for rows that nothing tells apart.
Pivot make_pivot(const std::vector<std::string>& names,
                 const std::vector<Results>& runs,
                 PivotRequest request);

}  // namespace qsweep
