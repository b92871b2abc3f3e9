#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/matrix.hpp"
#include "qsweep/plan/named_choices.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A RowMatch made ready for many rows: per column, which of its values fulfil it.
class RowCondition {
 public:
  /// Throws ConfigError for a setting that this file does not give.
  RowCondition(const RowMatch& match,
               const Experiment& experiment,
               const Matrix& matrix,
               const NamedChoices& names);

  bool holds(const Choice& row) const;

 private:
  struct Test {
    size_t column = 0;
    std::vector<char> fulfils;  // per value of the column
  };

  std::vector<Test> tests_;
  bool constants_hold_ = true;  // what is asked of settings that are the same in all rows
};

/// Is this the written value? Numbers are equal as numbers, anything else as text.
bool equals_written(const Node& wanted, const std::string& value);

}  // namespace qsweep
