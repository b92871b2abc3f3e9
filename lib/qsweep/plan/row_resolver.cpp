#include "qsweep/plan/row_resolver.hpp"

#include "qsweep/plan/identity.hpp"

#include <utility>

namespace qsweep {
namespace {

constexpr size_t kRememberedResults = 8192;  // a few KB each
constexpr size_t kRememberedClasses = 1024;

}  // namespace

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

Trial ResolvedRow::trial() const {
  const std::string text = identity();
  Trial trial;
  trial.id = identity_of(text);
  trial.float_trial = identity_of(as_float().identity());
  trial.key = Json::parse(text);
  const ModelChoice& choice = model->choice;
  trial.model = {choice.zoo, choice.script, choice.weights, choice.parameters, choice.size};
  if (policy != nullptr) {
    trial.groups = policy->groups;
  }
  trial.settings = settings.whole();
  trial.settings.data = model->data_settings;
  // What the trial does not read is the same whichever of its rows it was made from.
  if (!model->is_pretrained()) {
    trial.settings.pretrain.reset();
  }
  if (!calibrates()) {
    trial.settings.calibrate = Calibration();
  }
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
      catalog_(catalog),
      names_(names),
      settings_(experiment, catalog, matrix, overrides),
      models_(experiment, catalog, facts),
      results_(kRememberedResults),
      classes_(kRememberedClasses) {
  for (const auto& [name, node] : experiment.policies) {
    policies_.emplace_back("the policy '" + name + "'", node, matrix);
  }
}

std::string RowResolver::data_name(const Choice& row, uint32_t overrides) {
  return settings_.read(row, overrides).of(Section::Data).data.name;
}

ResolvedRow RowResolver::resolve(const Choice& row, uint32_t overrides) {
  ResolvedRow resolved;
  resolved.settings = settings_.read(row, overrides);
  resolved.model = &models_.get(names_.models()[names_.model_of(row)], resolved.settings);
  const auto policy = names_.policy_of(row);
  if (!policy) {
    return resolved;
  }
  const Calibration& calibrate = resolved.settings.of(Section::Calibrate).calibrate;
  std::string key = calibrate.method + '\n' + resolved.settings.identity(Section::Calibrate);
  add_to_key(*policy, key);
  add_to_key(resolved.model->number, key);
  policies_[*policy].add_key(row, key);
  resolved.policy =
      results_.get(key, [&] { return apply(*policy, row, *resolved.model, calibrate); });
  return resolved;
}

PolicyResult RowResolver::apply(uint32_t policy,
                                const Choice& row,
                                const ModelContext& model,
                                const Calibration& calibrate) {
  const NamedPolicy read{experiment_.policies[policy].first,
                         read_policy(policies_[policy].fill(row), catalog_)};
  std::string key = selection_text(read.rules);
  add_to_key(policy, key);
  add_to_key(model.number, key);
  const auto classes = classes_.get(key, [&] {
    coverage_.note(read, model.choice.as, model.network);
    return classify(read.rules, model.network);
  });
  PolicyResult result;
  result.groups = qsweep::resolve(read, *classes, calibrate, catalog_);
  result.identity = groups_identity(result.groups);
  result.calibrates = needs_calibration(result.groups, model.network);
  return result;
}

}  // namespace qsweep
