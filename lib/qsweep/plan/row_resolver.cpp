#include "qsweep/plan/row_resolver.hpp"

#include "qsweep/plan/identity.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {

bool ResolvedRow::reads_seed() const {
  const bool draws_images =
      settings.of(Section::Evaluate).limit > 0 || model->data_settings.images > 0;
  return model->is_pretrained() || calibrates() || finetunes() || draws_images;
}

std::string ResolvedRow::identity() const {
  IdentityParts parts;
  parts.data = model->data->identity;
  parts.model = model->identity;
  parts.evaluate = settings.identity(Section::Evaluate);
  parts.groups = policy == nullptr ? "[]" : policy->identity;
  if (model->is_pretrained()) {
    parts.pretrain = settings.identity(Section::Pretrain);
  }
  if (calibrates()) {
    parts.calibrate = settings.identity(Section::Calibrate);
  }
  if (corrections != nullptr) {
    parts.corrections = corrections->identity;
  }
  if (finetunes()) {
    parts.finetune = settings.identity(Section::Finetune);
    parts.validation = settings.identity(Section::Validation);
  }
  if (finetunes() || model->is_pretrained()) {
    parts.augment = Json(model->data_settings.augment).dump();
  }
  if (reads_seed()) {
    parts.seed = settings.identity(Section::Seed);
  }
  return identity_text(parts);
}

int64_t ResolvedRow::calibrated_on_test() const {
  return calibrates() ? model->data->facts.shared_images : 0;
}

double ResolvedRow::passes() const {
  constexpr int64_t kTraining = 3;
  const DataFacts& data = model->data->facts;
  const int64_t limit = settings.of(Section::Evaluate).limit;
  const int64_t evaluated = limit > 0 ? std::min(limit, data.test_images) : data.test_images;
  int64_t images = evaluated;
  if (policy == nullptr) {
    const auto& pretrain = settings.of(Section::Pretrain).pretrain;
    images +=
        model->is_pretrained() && pretrain ? pretrain->epochs * kTraining * data.train_images : 0;
    return static_cast<double>(images);
  }
  images += calibrates() ? settings.of(Section::Calibrate).calibrate.images : 0;
  if (finetunes()) {
    images += settings.of(Section::Finetune).finetune->epochs *
              (kTraining * data.train_images + evaluated);
  }
  return static_cast<double>(images);
}

std::vector<SiteGroup> ResolvedRow::groups() const {
  return policy == nullptr ? std::vector<SiteGroup>() : site_groups(*policy, policy_name);
}

Trial ResolvedRow::trial() const {
  const std::string text = identity();
  Trial trial;
  trial.id = identity_of(text);
  trial.float_trial = identity_of(as_float().identity());
  trial.key = Json::parse(text);
  const ModelChoice& choice = model->choice;
  trial.model = {choice.zoo, choice.script, choice.weights, choice.parameters, choice.size};
  trial.groups = groups();
  trial.calibrated_on_test = calibrated_on_test();
  trial.settings = settings.whole();
  trial.settings.data = model->data_settings;
  // What the trial does not read is the same whichever of its rows it was made from.
  if (!model->is_pretrained()) {
    trial.settings.pretrain.reset();
  }
  if (!calibrates()) {
    trial.settings.calibrate = Calibration();
  }
  trial.settings.corrections =
      corrections == nullptr ? std::vector<Correction>() : corrections->corrections;
  if (!finetunes()) {
    trial.settings.finetune.reset();
  }
  if (!reads_seed()) {
    trial.settings.seed = 0;
  }
  return trial;
}

RowResolver::RowResolver(const Experiment& experiment,
                         const Catalog& catalog,
                         FactSource& facts,
                         const Matrix& matrix,
                         const NamedChoices& names,
                         const Overrides& overrides)
    : experiment_(experiment),
      names_(names),
      settings_(experiment, catalog, matrix, overrides),
      models_(experiment, catalog, facts),
      policies_(experiment, catalog, matrix),
      corrections_(catalog, facts) {}

std::string RowResolver::data_name(const Choice& row, uint32_t overrides) {
  return settings_.read(row, overrides).of(Section::Data).data.name;
}

ResolvedRow RowResolver::resolve(const Choice& row, uint32_t overrides) {
  ResolvedRow resolved;
  resolved.settings = settings_.read(row, overrides);
  resolved.model = &models_.get(names_.models()[names_.model_of(row)], resolved.settings);
  if (const auto policy = names_.policy_of(row)) {
    const Calibration& calibrate = resolved.settings.of(Section::Calibrate).calibrate;
    resolved.policy = policies_.resolve(*policy, row, *resolved.model, calibrate);
    resolved.policy_name = experiment_.policies[*policy].first;
    const auto& wanted = resolved.settings.of(Section::Corrections).corrections;
    if (!wanted.empty()) {
      resolved.corrections =
          corrections_.resolve(wanted, resolved.policy_name, *resolved.policy, *resolved.model);
    }
  }
  return resolved;
}

}  // namespace qsweep
