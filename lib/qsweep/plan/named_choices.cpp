#include "qsweep/plan/named_choices.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

uint32_t policy_number(const std::string& name, const Experiment& experiment) {
  const auto& policies = experiment.policies;
  const auto found = std::find_if(
      policies.begin(), policies.end(), [&](const auto& policy) { return policy.first == name; });
  return static_cast<uint32_t>(found - policies.begin());
}

}  // namespace

NamedChoices::NamedChoices(const Experiment& experiment,
                           const Matrix& matrix,
                           const Catalog& catalog)
    : model_column_(matrix.column("model").value()), policy_column_(matrix.column("policy")) {
  for (const Node* value : matrix.columns()[model_column_].values) {
    model_of_.push_back(number_of(read_model(*value, experiment, catalog)));
  }
  if (policy_column_) {
    for (const Node* value : matrix.columns()[*policy_column_].values) {
      policy_of_.push_back(policy_number(value->text, experiment));
    }
  }
}

uint32_t NamedChoices::number_of(ModelChoice model) {
  const auto known = std::find_if(models_.begin(), models_.end(), [&](const ModelChoice& other) {
    return other.as == model.as;
  });
  if (known != models_.end()) {
    return static_cast<uint32_t>(known - models_.begin());
  }
  models_.push_back(std::move(model));
  return static_cast<uint32_t>(models_.size() - 1);
}

std::optional<uint32_t> NamedChoices::policy_of(const Choice& row) const {
  if (!policy_column_ || row.values[*policy_column_] == Choice::kMissing) {
    return std::nullopt;
  }
  return policy_of_[row.values[*policy_column_]];
}

std::string NamedChoices::written(const Matrix& matrix, size_t column, uint32_t value) const {
  if (value == Choice::kMissing) {
    return "";
  }
  return column == model_column_ ? models_[model_of_[value]].as
                                 : qsweep::written(*matrix.columns()[column].values[value]);
}

}  // namespace qsweep
