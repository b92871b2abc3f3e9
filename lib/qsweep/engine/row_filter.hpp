#pragma once

#include "qsweep/plan/plan.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// Part of the matrix, as --only and --skip name it: "model=resnet*,w<=4". A comma is and; several
/// expressions are or. Operators are = != < <= > >=; = and != take globs and compare numbers as
/// numbers, the others hold for numbers only.
class RowFilter {
 public:
  RowFilter() = default;
  /// `option` names it in messages: "--only". Throws ConfigError for an expression that cannot be
  /// read and for a name that rows do not have.
  RowFilter(const std::string& option,
            const std::vector<std::string>& expressions,
            const std::vector<std::string>& variables);

  bool is_empty() const { return any_of_.empty(); }
  bool matches(const Row& row) const;

  /// "no row has w=3; w is 2, 4, 8", of a condition that holds for no row of this plan; empty if
  /// each holds for some.
  std::string unmatched(const Plan& plan) const;

 private:
  struct Condition {
    std::string name;
    std::string op;
    std::string value;
  };

  std::string values_text(const std::string& name, const Plan& plan) const;
  bool holds(const Condition& condition, const Row& row) const;
  static Condition read_condition(const std::string& text, const std::string& place);

  std::vector<std::string> variables_;
  std::vector<std::vector<Condition>> any_of_;
};

}  // namespace qsweep
