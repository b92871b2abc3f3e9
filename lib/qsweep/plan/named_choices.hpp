#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/matrix.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// The models and the policies that rows name.
class NamedChoices {
 public:
  NamedChoices(const Experiment& experiment, const Matrix& matrix, const Catalog& catalog);

  /// Each once, in the order in which the file names them.
  const std::vector<ModelChoice>& models() const { return models_; }
  uint32_t model_of(const Choice& row) const { return model_of_[row.values[model_column_]]; }
  /// A position in the experiment's policies. A matrix without policies has none: its rows are the
  /// float rows of its models.
  std::optional<uint32_t> policy_of(const Choice& row) const;
  /// A value as rows and conditions have it: of a model its name.
  std::string written(const Matrix& matrix, size_t column, uint32_t value) const;

 private:
  uint32_t number_of(ModelChoice model);

  std::vector<ModelChoice> models_;
  std::vector<uint32_t> model_of_;   // per value of the column
  std::vector<uint32_t> policy_of_;  // per value of the column
  size_t model_column_ = 0;
  std::optional<size_t> policy_column_;
};

}  // namespace qsweep
