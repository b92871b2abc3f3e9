#include "qsweep/plan/row_resolver.hpp"

#include "qsweep/plan/identity.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {

namespace {

bool has_batch_norm(const Network& network) {
  return std::any_of(network.facts.layers.begin(),
                     network.facts.layers.end(),
                     [](const Layer& layer) { return layer.type.rfind("BatchNorm", 0) == 0; });
}

}  // namespace

bool ResolvedRow::reads_seed() const {
  return model->is_pretrained() || calibrates() || finetunes() || limit() > 0;
}

int64_t ResolvedRow::limit() const {
  const int64_t limit = settings.of(Section::Evaluate).limit;
  return limit < model->data->facts.test_images ? limit : 0;
}

Calibration ResolvedRow::calibrate() const {
  Calibration calibrate = settings.of(Section::Calibrate).calibrate;
  calibrate.images = std::min(calibrate.images, model->data->facts.train_images);
  return calibrate;
}

std::optional<Training> ResolvedRow::finetune() const {
  if (!finetunes()) {
    return std::nullopt;
  }
  auto finetune = settings.of(Section::Finetune).finetune;
  if (!policy->learns) {
    finetune->quantizer_lr.reset();
    finetune->quantizer_weight_decay.reset();
  }
  if (policy->least_bits == 0 || policy->least_bits >= finetune->start_bits.value_or(0)) {
    finetune->start_bits.reset();
  }
  if (finetune->freeze_batchnorm && !has_batch_norm(model->network)) {
    finetune->freeze_batchnorm.reset();
  }
  return finetune;
}

// Texts are made anew only where a row reads less than its section says: there are millions.
std::string ResolvedRow::evaluation_identity() const {
  if (limit() == settings.of(Section::Evaluate).limit) {
    return settings.identity(Section::Evaluate);
  }
  Settings read = settings.of(Section::Evaluate);
  read.limit = limit();
  return evaluate_identity(read);
}

std::string ResolvedRow::calibration_identity() const {
  const Calibration read = calibrate();
  return read.images == settings.of(Section::Calibrate).calibrate.images
             ? settings.identity(Section::Calibrate)
             : calibrate_identity(read);
}

std::string ResolvedRow::finetuning_identity() const {
  const Training& given = *settings.of(Section::Finetune).finetune;
  const Training read = *finetune();
  const bool is_same = read.quantizer_lr == given.quantizer_lr &&
                       read.quantizer_weight_decay == given.quantizer_weight_decay &&
                       read.start_bits == given.start_bits &&
                       read.freeze_batchnorm == given.freeze_batchnorm;
  return is_same ? settings.identity(Section::Finetune) : training_identity(read);
}

std::string ResolvedRow::identity() const {
  IdentityParts parts;
  parts.data = model->data->identity;
  parts.model = model->identity;
  parts.evaluate = evaluation_identity();
  parts.groups = policy == nullptr ? "[]" : policy->identity;
  if (model->is_pretrained()) {
    parts.pretrain = settings.identity(Section::Pretrain);
  }
  if (calibrates()) {
    parts.calibrate = calibration_identity();
  }
  if (corrections != nullptr) {
    parts.corrections = corrections->identity;
  }
  if (finetunes()) {
    parts.finetune = finetuning_identity();
    parts.validation = validation_identity(model->data->facts);
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
  const int64_t evaluated = limit() > 0 ? limit() : data.test_images;
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
  trial.settings.limit = limit();
  trial.settings.calibrate = calibrates() ? calibrate() : Calibration();
  trial.settings.corrections =
      corrections == nullptr ? std::vector<Correction>() : corrections->corrections;
  trial.settings.finetune = finetune();
  if (!finetunes()) {
    trial.settings.validation.clear();
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
      models_(catalog, facts),
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
