#include "qsweep/plan/identity.hpp"

#include "qsweep/core/sha256.hpp"
#include "qsweep/plan/plan.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

void add_part(const char* key, const std::string& part, std::string& text) {
  if (!part.empty()) {
    text += text.size() > 1 ? ",\"" : "\"";
    text += key;
    text += "\":";
    text += part;
  }
}

Json schedule_json(const Schedule& schedule) {
  Json json{{"name", schedule.name}, {"warmup", schedule.warmup}};
  if (schedule.name == "step") {
    json["milestones"] = schedule.milestones;
    json["gamma"] = schedule.gamma;
  }
  return json;
}

}  // namespace

std::string identity_text(const IdentityParts& parts) {
  std::string text = "{";
  add_part("augment", parts.augment, text);
  add_part("calibrate", parts.calibrate, text);
  add_part("corrections", parts.corrections, text);
  add_part("data", parts.data, text);
  add_part("evaluate", parts.evaluate, text);
  add_part("finetune", parts.finetune, text);
  add_part("groups", parts.groups, text);
  add_part("model", parts.model, text);
  add_part("numerics", std::to_string(kNumericsVersion), text);
  add_part("pretrain", parts.pretrain, text);
  add_part("seed", parts.seed, text);
  add_part("validation", parts.validation, text);
  return text + "}";
}

std::string identity_of(std::string_view identity_text) {
  return sha256_hex(identity_text).substr(0, 16);
}

std::string data_identity(const DataFacts& facts) {
  return Json{{"fingerprint", facts.fingerprint}}.dump();
}

std::string validation_identity(const DataFacts& facts) {
  return facts.validation.empty() ? "" : Json{{"fingerprint", facts.validation}}.dump();
}

std::string model_identity(const ModelChoice& model,
                           const ModelFacts& model_facts,
                           const DataSettings& data,
                           const DataFacts& data_facts) {
  Json json{{"parameters", model.parameters}, {"mean", data.mean}, {"std", data.std}};
  // The program of a script is part of what its weights' fingerprint covers.
  if (model.script.empty()) {
    json["zoo"] = model.zoo;
  }
  json["size"] =
      model.size > 0 ? Json{model.size, model.size} : Json{data_facts.height, data_facts.width};
  // The data's fingerprint is of their own size, from which the model's may be made in another way.
  const bool resizes = data.resize != 0 || data.crop != 0;
  if (model.size > 0 && resizes && (data.resize != model.size || data.crop != model.size)) {
    json["resized"] = true;
  }
  if (model_facts.weights.empty()) {
    json["classes"] = data_facts.classes.size();
  } else {
    json["weights"] = model_facts.weights;
  }
  return json.dump();
}

std::string training_identity(const Training& training) {
  Json json = training;
  const Json defaults = Training();
  for (const char* option : {"loss",
                             "clip_gradient",
                             "ema",
                             "distill",
                             "freeze_batchnorm",
                             "quantize_after",
                             "start_bits",
                             "quantizer_lr",
                             "quantizer_weight_decay"}) {
    if (json.at(option) == defaults.at(option)) {
      json.erase(option);  // the text of those that do not know the option
    }
  }
  const bool is_sgd = training.optimizer == "sgd";
  for (const char* unread : {is_sgd ? "beta1" : "momentum", is_sgd ? "beta2" : "nesterov"}) {
    json.erase(unread);
  }
  json["schedule"] = schedule_json(training.schedule);
  return json.dump();
}

std::string calibrate_identity(const Calibration& calibrate) {
  // The method is part of each quantizer.
  return Json{{"images", calibrate.images}, {"after", calibrate.after}}.dump();
}

std::string corrections_identity(const std::vector<Correction>& corrections) {
  return corrections.empty() ? "" : Json(corrections).dump();
}

std::string evaluate_identity(const Settings& settings) {
  return Json{{"batch", settings.evaluate_batch}, {"limit", settings.limit}}.dump();
}

std::string groups_identity(std::map<std::string, std::vector<int>> sites_by_quantizer) {
  std::string text = "[";
  for (auto& [quantizer, sites] : sites_by_quantizer) {
    std::sort(sites.begin(), sites.end());
    text += (text.size() > 1 ? ",[" : "[") + quantizer + ",[";
    for (const int site : sites) {
      text += (text.back() == '[' ? "" : ",") + std::to_string(site);
    }
    text += "]]";
  }
  return text + "]";
}

}  // namespace qsweep
