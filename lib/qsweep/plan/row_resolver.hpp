#pragma once

#include "qsweep/plan/memo.hpp"
#include "qsweep/plan/model_contexts.hpp"
#include "qsweep/plan/named_choices.hpp"
#include "qsweep/plan/resolve.hpp"
#include "qsweep/plan/row_settings.hpp"
#include "qsweep/plan/row_template.hpp"
#include "qsweep/plan/rule_coverage.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// What a policy gives one network.
struct PolicyResult {
  std::vector<SiteGroup> groups;
  std::string identity;
  bool calibrates = false;
};

/// A row with nothing left open.
struct ResolvedRow {
  const ModelContext* model = nullptr;
  RowSettings settings;
  std::shared_ptr<const PolicyResult> policy;  // null for a float row

  bool calibrates() const { return policy != nullptr && policy->calibrates; }
  bool finetunes() const {
    return policy != nullptr && !settings.identity(Section::Finetune).empty();
  }
  /// The text whose hash identifies its trial.
  std::string identity() const;
  Trial trial() const;
  /// The same row with nothing quantized and nothing fine-tuned.
  ResolvedRow as_float() const { return {model, settings, nullptr}; }

 private:
  bool reads_seed() const;
};

/// Brings rows to what identifies them. What rows share is read once.
class RowResolver {
 public:
  RowResolver(const Experiment& experiment,
              const Catalog& catalog,
              FactSource& facts,
              const Matrix& matrix,
              const NamedChoices& names,
              const Overrides& overrides);

  /// `overrides` is Overrides::matching().
  ResolvedRow resolve(const Choice& row, uint32_t overrides);
  std::string data_name(const Choice& row, uint32_t overrides);

  const ModelContexts& models() const { return models_; }
  const RuleCoverage& coverage() const { return coverage_; }

 private:
  PolicyResult apply(uint32_t policy,
                     const Choice& row,
                     const ModelContext& model,
                     const Calibration& calibrate);

  const Experiment& experiment_;
  const Catalog& catalog_;
  const NamedChoices& names_;
  SettingsReader settings_;
  ModelContexts models_;
  RuleCoverage coverage_;
  std::vector<RowTemplate> policies_;
  Memo<PolicyResult> results_;
  Memo<std::vector<SiteClass>> classes_;
};

}  // namespace qsweep
