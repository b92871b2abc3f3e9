#include "qsweep/config/settings.hpp"

namespace nlohmann {

// As the file writes it.
template <class Value>
struct adl_serializer<std::optional<Value>> {
  static void to_json(json& to, const std::optional<Value>& value) {
    to = value ? json(*value) : json("none");
  }
  static void from_json(const json& from, std::optional<Value>& value) {
    value = from == "none" ? std::nullopt : std::make_optional(from.get<Value>());
  }
};

}  // namespace nlohmann

namespace qsweep {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Schedule, name, warmup, milestones, gamma)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    DataSettings, name, root, mean, std, resize, crop, train, test, augment, images, download)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Distillation, temperature, weight)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Training,
                                                epochs,
                                                optimizer,
                                                lr,
                                                momentum,
                                                nesterov,
                                                beta1,
                                                beta2,
                                                weight_decay,
                                                schedule,
                                                batch,
                                                loss,
                                                label_smoothing,
                                                clip_gradient,
                                                ema,
                                                distill,
                                                freeze_batchnorm,
                                                quantize_after,
                                                start_bits,
                                                quantizer_lr,
                                                quantizer_weight_decay)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Calibration, images, method, after)

namespace {

Json json_or_null(const std::optional<Training>& training) {
  return training ? Json(*training) : Json();
}

std::optional<Training> training_or_none(const Json& json) {
  return json.is_null() ? std::nullopt : std::make_optional(json.get<Training>());
}

}  // namespace

void to_json(Json& json, const Correction& correction) {
  json = Json{{"name", correction.name}, {"parameters", correction.parameters}};
}

void from_json(const Json& json, Correction& correction) {
  json.at("name").get_to(correction.name);
  correction.parameters = json.at("parameters");
}

void to_json(Json& json, const Settings& settings) {
  json = Json{{"seed", settings.seed},
              {"data", settings.data},
              {"pretrain", json_or_null(settings.pretrain)},
              {"calibrate", settings.calibrate},
              {"corrections", settings.corrections},
              {"finetune", json_or_null(settings.finetune)},
              {"evaluate_batch", settings.evaluate_batch},
              {"limit", settings.limit},
              {"validation", settings.validation}};
}

void from_json(const Json& json, Settings& settings) {
  json.at("seed").get_to(settings.seed);
  json.at("data").get_to(settings.data);
  settings.pretrain = training_or_none(json.at("pretrain"));
  json.at("calibrate").get_to(settings.calibrate);
  json.at("corrections").get_to(settings.corrections);
  settings.finetune = training_or_none(json.at("finetune"));
  json.at("evaluate_batch").get_to(settings.evaluate_batch);
  json.at("limit").get_to(settings.limit);
  json.at("validation").get_to(settings.validation);
}

}  // namespace qsweep
