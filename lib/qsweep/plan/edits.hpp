#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/matrix.hpp"
#include "qsweep/plan/named_choices.hpp"
#include "qsweep/plan/plan.hpp"
#include "qsweep/plan/row_condition.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace qsweep {

/// The rows that `exclude` drops. Remembers which of its entries dropped any.
class Exclusions {
 public:
  Exclusions(const Experiment& experiment, const Matrix& matrix, const NamedChoices& names);

  bool drops(const Choice& row);
  void warn_of_unused(Warnings& warnings) const;

 private:
  const Experiment& experiment_;
  std::vector<RowCondition> conditions_;
  std::vector<char> used_;
};

/// The edits of `override`. Rows that the same entries match share a number, 0 for none.
class Overrides {
 public:
  Overrides(const Experiment& experiment, const Matrix& matrix, const NamedChoices& names);

  uint32_t matching(const Choice& row);
  /// The entries behind such a number, in the order of the file.
  const std::vector<size_t>& entries(uint32_t matching) const { return sets_[matching]; }
  void warn(Warnings& warnings) const;

 private:
  void warn_of_axes(const std::vector<size_t>& set, Warnings& warnings) const;
  void warn_of_clashes(const std::vector<size_t>& set, Warnings& warnings) const;

  const Experiment& experiment_;
  const Matrix& matrix_;
  std::vector<RowCondition> conditions_;
  std::map<std::vector<size_t>, uint32_t> numbers_;
  std::vector<std::vector<size_t>> sets_;
};

}  // namespace qsweep
