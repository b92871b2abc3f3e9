#pragma once

#include "qsweep/config/experiment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// What rows have a value for: a name of an axis, or one that only `include` gives.
struct Column {
  enum class Kind { Model, Policy, Setting, Variable };

  std::string name;
  Kind kind = Kind::Variable;
  std::vector<const Node*> values;  // of the axis' entries, then those that `include` gives
};

/// A row as a position in the values of each column.
struct Choice {
  static constexpr uint32_t kMissing = UINT32_MAX;

  std::vector<uint32_t> values;
  const Place* include = nullptr;  // where the row was added; null for a row of the matrix
};

/// The cartesian product of the axes, the first axis slowest, and behind it the added rows. Nothing
/// is kept per row. The experiment must outlive it.
class Matrix {
 public:
  /// Throws ConfigError for more than 10^7 rows, before any is made.
  explicit Matrix(const Experiment& experiment);

  const std::vector<Column>& columns() const { return columns_; }
  std::optional<size_t> column(const std::string& name) const;
  uint32_t row_count() const { return product_ + static_cast<uint32_t>(includes_.size()); }
  Choice row(uint32_t index) const;

 private:
  struct AxisColumns {
    std::vector<size_t> columns;
    uint32_t entries = 0;
  };

  void add_axis(const Axis& axis);
  void add_include(const Include& include);
  size_t column_for(const std::string& name);
  void check_size(const Experiment& experiment) const;

  std::vector<Column> columns_;
  std::vector<AxisColumns> axes_;
  std::vector<Choice> includes_;
  uint32_t product_ = 0;
};

/// A value as the file writes it; of a list the items joined by '+', and a choice with parameters
/// as "adaround(iterations=500)".
std::string written(const Node& value);

/// The part of a value that conditions compare: of a choice with parameters, as in `{name: step,
/// gamma: 0.5}`, the name.
const Node& compared(const Node& value);

}  // namespace qsweep
