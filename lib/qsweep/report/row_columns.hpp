#pragma once

#include "qsweep/plan/plan.hpp"
#include "qsweep/report/aligned_table.hpp"

#include <set>
#include <string>
#include <vector>

namespace qsweep {

/// The columns that say which row a line of a table is of: model, policy, variables, and the data
/// where there are several data sets.
class RowColumns {
 public:
  RowColumns(std::vector<std::string> variables, const std::set<std::string>& datasets)
      : variables_(std::move(variables)), with_data_(datasets.size() > 1) {}

  /// A table with these columns and no lines.
  AlignedTable table() const;
  /// The first cells of a line; `values` are those of the variables.
  std::vector<std::string> cells(const Row& row, const std::vector<std::string>& values) const;

  bool with_data() const { return with_data_; }
  size_t count() const { return variables_.size() + (with_data_ ? 3 : 2); }

 private:
  std::vector<std::string> variables_;
  bool with_data_;
};

}  // namespace qsweep
