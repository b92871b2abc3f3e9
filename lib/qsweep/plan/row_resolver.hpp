#pragma once

#include "qsweep/plan/correction_resolver.hpp"
#include "qsweep/plan/model_contexts.hpp"
#include "qsweep/plan/named_choices.hpp"
#include "qsweep/plan/policy_resolver.hpp"
#include "qsweep/plan/row_settings.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// A row with nothing left open.
struct ResolvedRow {
  const ModelContext* model = nullptr;
  RowSettings settings;
  std::shared_ptr<const PolicyResult> policy;  // null for a float row
  std::string policy_name;
  std::shared_ptr<const CorrectionResult> corrections;  // null for a float row, and without any

  /// Does it read the calibration images?
  bool calibrates() const {
    return (policy != nullptr && policy->calibrates) ||
           (corrections != nullptr && corrections->uses_images);
  }
  bool finetunes() const {
    return policy != nullptr && !settings.identity(Section::Finetune).empty();
  }
  /// Evaluated images among those that calibration draws from.
  int64_t calibrated_on_test() const;
  /// How often an image goes through the network, about; a step of training counts three times,
  /// since it goes back through it for the activations and for the weights.
  double passes() const;
  /// The stages as it reads them: what has no effect on it is as if the file did not say it. A
  /// limit that no image exceeds; learning rates of quantizers that learn nothing, and the like.
  int64_t limit() const;
  Calibration calibrate() const;
  std::optional<Training> finetune() const;
  /// The text whose hash identifies its trial.
  std::string identity() const;
  Trial trial() const;
  std::vector<SiteGroup> groups() const;
  /// The same row with nothing quantized and nothing fine-tuned.
  ResolvedRow as_float() const { return {model, settings, nullptr, "float", nullptr}; }

 private:
  bool reads_seed() const;
  std::string evaluation_identity() const;
  std::string calibration_identity() const;
  std::string finetuning_identity() const;
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
  const RuleCoverage& coverage() const { return policies_.coverage(); }
  std::vector<CorrectionMatch> correction_matches() const { return corrections_.matches(); }
  const UnsignedSites& unsigned_sites() const { return policies_.unsigned_sites(); }

 private:
  const Experiment& experiment_;
  const NamedChoices& names_;
  SettingsReader settings_;
  ModelContexts models_;
  PolicyResolver policies_;
  CorrectionResolver corrections_;
};

}  // namespace qsweep
