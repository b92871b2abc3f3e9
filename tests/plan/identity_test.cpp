#include "qsweep/plan/identity.hpp"

#include "qsweep/core/sha256.hpp"

#include <set>

#include "plan/small_world.hpp"
#include "support/catch.hpp"

using namespace qsweep;

namespace {

struct Parts {
  std::string settings = "finetune: {epochs: 1}\n";
  std::string policy_name = "p";
  std::string rules = "[{type: [Conv2d, Linear], weight: {quantizer: uniform, bits: 4}}]";
  std::string model = "residual";
  std::string more_axes;
};

// The trial of the first quantized row.
Trial trial_of(const Parts& parts, FactSource& facts) {
  const auto plan =
      plan_of("qsweep: 1\nname: x\n" + parts.settings + "policies: {" + parts.policy_name + ": " +
                  parts.rules + "}\nmatrix: {model: [" + parts.model + "], policy: [" +
                  parts.policy_name + "]" + parts.more_axes + "}\n",
              facts);
  return trial_of_row(*plan, 1);
}

Trial trial_of(const Parts& parts) {
  SmallFacts facts;
  return trial_of(parts, facts);
}

std::string id_of(const std::string& settings) {
  Parts parts;
  parts.settings = settings;
  return trial_of(parts).id;
}

// `residual`, with a batch norm for its ReLU.
class NormedFacts : public SmallFacts {
 public:
  ModelFacts model(const ModelChoice& model, const Settings& settings) override {
    ModelFacts facts = SmallFacts::model(model, settings);
    facts.layers.at(1).type = "BatchNorm2d";
    return facts;
  }
};

class ValidatedFacts : public SmallFacts {
 public:
  DataFacts data(const Settings& settings, const SettingPlaces& place_of) override {
    DataFacts facts = SmallFacts::data(settings, place_of);
    facts.validation = settings.validation.empty() ? "" : "of " + settings.validation;
    return facts;
  }
};

const std::string kLearned =
    "[{type: Conv2d, weight: {quantizer: uniform, bits: 4}, output: {quantizer: clipped, bits: "
    "4}}]";
const std::string kActivations = "[{type: Conv2d, output: {quantizer: uniform, bits: 4}}]";

}  // namespace

TEST_CASE("an identity is the hash of this text; a change of it makes every result stale",
          "[plan]") {
  Parts parts;
  parts.rules = "[{type: Linear, weight: {quantizer: uniform, bits: 4}}]";
  const Trial trial = trial_of(parts);
  const std::string golden =
      R"({"augment":"","data":{"fingerprint":"da7a"},)"
      R"("evaluate":{"batch":100,"limit":0},)"
      R"("finetune":{"batch":128,"epochs":1,"label_smoothing":0.0,"lr":0.01,"momentum":0.9,)"
      R"("nesterov":false,"optimizer":"sgd","schedule":{"name":"constant","warmup":0},)"
      R"("weight_decay":0.0},)"
      R"("groups":[[{"bits":4,"calibrate":"minmax","granularity":"per_tensor",)"
      R"("quantizer":"uniform","symmetric":true},[14]]],)"
      R"("model":{"mean":[0.5,0.5,0.5],"parameters":{},"size":[8,8],"std":[0.25,0.25,0.25],)"
      R"("weights":"5e1f","zoo":"residual"},"numerics":3,"seed":0})";
  CHECK(trial.key.dump() == golden);
  CHECK(trial.id == sha256_hex(golden).substr(0, 16));
}

TEST_CASE("a float trial reads neither seed nor stages", "[plan]") {
  SmallFacts facts;
  const auto plan =
      plan_of("qsweep: 1\nname: x\nfinetune: {epochs: 1}\npolicies: {p: " + kActivations +
                  "}\nmatrix: {model: [residual], policy: [p]}\n",
              facts);
  const Trial trial = plan->trial(0);
  CHECK(trial.is_float());
  CHECK(trial.groups.empty());
  CHECK(trial.key.dump() ==
        R"({"data":{"fingerprint":"da7a"},)"
        R"("evaluate":{"batch":100,"limit":0},"groups":[],)"
        R"("model":{"mean":[0.5,0.5,0.5],"parameters":{},"size":[8,8],"std":[0.25,0.25,0.25],)"
        R"("weights":"5e1f","zoo":"residual"},"numerics":3})");
}

TEST_CASE("a pretrained model is identified by how it is trained", "[plan]") {
  Parts parts;
  parts.model = "attention";
  parts.settings = "pretrain: {epochs: 3}\n";
  parts.rules = "[{type: Linear, weight: {quantizer: uniform, bits: 4}}]";
  const Trial trial = trial_of(parts);
  CHECK(trial.key.at("pretrain").at("epochs") == 3);
  CHECK(trial.key.at("seed") == 0);
  CHECK(trial.key.at("model").at("classes") == 10);
  CHECK_FALSE(trial.key.at("model").contains("weights"));
  CHECK(trial.settings.pretrain->epochs == 3);
}

TEST_CASE("corrections that find something are part of an identity, with their images", "[plan]") {
  const std::string id = id_of("finetune: {epochs: 1}\n");
  Parts parts;
  parts.settings = "finetune: {epochs: 1}\ncorrections: [fold, {name: round, steps: 7}]\n";
  const Trial both = trial_of(parts);
  CHECK(both.key.at("corrections").dump() ==
        R"([{"name":"fold","parameters":{}},{"name":"round","parameters":{"steps":7}}])");
  CHECK(both.key.contains("calibrate"));
  CHECK(both.settings.corrections.size() == 2);
  CHECK(both.id != id);
  const Trial fold = [&] {
    parts.settings = "finetune: {epochs: 1}\ncorrections: [fold]\n";
    return trial_of(parts);
  }();
  CHECK_FALSE(fold.key.contains("calibrate"));  // folding reads no images
  CHECK(fold.id != id);
  CHECK(fold.float_trial == both.float_trial);
  CHECK(id_of("finetune: {epochs: 1}\ncorrections: []\n") == id);
  parts.rules = "[{type: [Conv2d, Linear], weight: {quantizer: sign}}]";
  parts.settings = "finetune: {epochs: 1}\n";
  const std::string plain = trial_of(parts).id;
  parts.settings += "corrections: [round]\n";  // finds uniform weights only
  CHECK(trial_of(parts).id == plain);
  CHECK(trial_of(parts).settings.corrections.empty());
}

TEST_CASE("a float row has no corrections", "[plan]") {
  SmallFacts facts;
  const auto plan =
      plan_of("qsweep: 1\nname: x\ncorrections: [fold]\npolicies: {p: " + kActivations +
                  "}\nmatrix: {model: [residual], policy: [p]}\n",
              facts);
  CHECK(plan->trial(0).settings.corrections.empty());
  CHECK(plan->trial(1).settings.corrections.size() == 1);
  CHECK_FALSE(plan->trial(0).key.contains("corrections"));
}

TEST_CASE("names, orders and spellings are no part of an identity", "[plan]") {
  const std::string id = trial_of(Parts()).id;
  Parts renamed;
  renamed.policy_name = "other";
  CHECK(trial_of(renamed).id == id);
  Parts split;
  split.rules =
      "[{type: Linear, weight: {quantizer: uniform, bits: 4, symmetric: true}}, "
      "{name: '*conv?', weight: {bits: 4, quantizer: uniform, granularity: per_tensor}}]";
  const Trial by_two_rules = trial_of(split);
  CHECK(by_two_rules.id == id);
  CHECK(by_two_rules.groups.size() == 2);
  Parts named_model;
  named_model.model = "{model: residual, as: mine}";
  CHECK(trial_of(named_model).id == id);
  Parts own_mean;
  own_mean.model = "{model: residual, mean: [0.5, 0.5, 0.5], size: 8}";
  CHECK(trial_of(own_mean).id == id);
}

TEST_CASE("a model's own size is made from the images as they came, not from the data's",
          "[plan]") {
  const auto id_with = [](const std::string& size, const std::string& model) {
    Parts parts;
    parts.settings += "data: {name: synthetic" + size + "}\n";
    parts.model = model;
    return trial_of(parts).id;
  };
  const std::string own = "{model: residual, size: 8}";
  CHECK(id_with(", size: {resize: 9, crop: 8}", own) !=
        id_with(", size: {resize: 9, crop: 8}", "residual"));
  CHECK(id_with(", size: {crop: 8}", own) != id_with(", size: {crop: 8}", "residual"));
  CHECK(id_with(", size: 8", own) == id_with(", size: 8", "residual"));
  CHECK(id_with("", own) == id_with("", "residual"));
}

TEST_CASE("what the numbers depend on changes the identity", "[plan]") {
  std::set<std::string> ids{trial_of(Parts()).id};
  const auto is_new = [&](const Parts& parts) { return ids.insert(trial_of(parts).id).second; };
  Parts bits;
  bits.rules = "[{type: [Conv2d, Linear], weight: {quantizer: uniform, bits: 5}}]";
  CHECK(is_new(bits));
  Parts fewer;
  fewer.rules = "[{type: Conv2d, weight: {quantizer: uniform, bits: 4}}]";
  CHECK(is_new(fewer));
  Parts size;
  size.model = "{model: residual, size: 16}";
  CHECK(is_new(size));
  Parts mean;
  mean.model = "{model: residual, mean: [0.4, 0.5, 0.5]}";
  CHECK(is_new(mean));
  for (const char* settings :
       {"finetune: {epochs: 2}\n",
        "finetune: {epochs: 1, momentum: 0.5}\n",
        "finetune: {epochs: 1, schedule: cosine}\n",
        "finetune: none\n",
        "finetune: {epochs: 1}\nseed: 1\n",
        "finetune: {epochs: 1}\nevaluate: {batch: 50}\n",
        "finetune: {epochs: 1}\nevaluate: {limit: 50}\n",
        "finetune: {epochs: 1}\ndata: {name: synthetic, augment: crop_flip}\n"}) {
    CHECK(ids.insert(id_of(settings)).second);
  }
  SmallFacts other_weights;
  other_weights.residual_weights = "0123";
  CHECK(ids.insert(trial_of(Parts(), other_weights).id).second);
}

TEST_CASE("every option of a training is part of the identity, and none is while not set",
          "[plan]") {
  NormedFacts facts;
  const auto id_with = [&facts](const std::string& options) {
    Parts parts;
    parts.settings = "finetune: {epochs: 4" + options + "}\n";
    parts.rules = kLearned;
    return trial_of(parts, facts).id;
  };
  const std::string plain = id_with("");
  std::set<std::string> ids{plain};
  for (const char* options : {", loss: hinge",
                              ", loss: squared_hinge",
                              ", clip_gradient: 1",
                              ", clip_gradient: 2",
                              ", ema: 0.9",
                              ", ema: 0.99",
                              ", distill: {temperature: 1, weight: 0.5}",
                              ", distill: {temperature: 2, weight: 0.5}",
                              ", distill: {temperature: 1, weight: 1}",
                              ", freeze_batchnorm: 0",
                              ", freeze_batchnorm: 1",
                              ", quantize_after: 1",
                              ", quantize_after: 2",
                              ", start_bits: 8",
                              ", start_bits: 6",
                              ", quantizer_lr: 0",
                              ", quantizer_lr: 0.1",
                              ", quantizer_weight_decay: 0",
                              ", quantizer_weight_decay: 0.1"}) {
    INFO(options);
    CHECK(ids.insert(id_with(options)).second);
  }
  for (const char* options : {", loss: cross_entropy",
                              ", ema: 0",
                              ", distill: none",
                              ", freeze_batchnorm: none",
                              ", quantize_after: 0",
                              ", start_bits: none"}) {
    INFO(options);
    CHECK(id_with(options) == plain);
  }
}

TEST_CASE("settings that a trial does not read are no part of its identity", "[plan]") {
  const std::string id = id_of("finetune: none\n");
  CHECK(id_of("seed: 7\n") == id);
  CHECK(id_of("calibrate: {images: 64, method: percentile, after: quantized}\n") == id);
  CHECK(id_of("pretrain: {epochs: 9}\n") == id);
  CHECK(id_of("data: {name: synthetic, augment: none}\n") == id);
  CHECK(id_of("data: {name: synthetic, augment: crop_flip}\n") == id);
  const std::string tuned = id_of("finetune: {epochs: 1}\n");
  CHECK(id_of("finetune: {epochs: 1}\ncalibrate: {images: 64}\n") == tuned);
  CHECK(id_of("finetune: {epochs: 1}\ndata: {name: synthetic, augment: none}\n") == tuned);
}

TEST_CASE("a validation split is read, and is part of an identity, where an epoch is chosen",
          "[plan]") {
  ValidatedFacts facts;
  const auto with = [&facts](const std::string& settings) {
    Parts parts;
    parts.settings = settings;
    return trial_of(parts, facts);
  };
  const Trial plain = with("finetune: none\n");
  const Trial unread = with("finetune: none\nvalidation: train\n");
  CHECK(unread.id == plain.id);
  CHECK(unread.settings.validation.empty());
  const Trial tuned = with("finetune: {epochs: 1}\n");
  const Trial chosen = with("finetune: {epochs: 1}\nvalidation: train\n");
  CHECK(chosen.key.at("validation").at("fingerprint") == "of train");
  CHECK(chosen.settings.validation == "train");
  CHECK(chosen.id != tuned.id);
  CHECK(chosen.id != with("finetune: {epochs: 1}\nvalidation: test\n").id);
  CHECK(chosen.float_trial == tuned.float_trial);
}

TEST_CASE("what has no effect in a training is no part of an identity", "[plan]") {
  Parts plain;  // learns nothing, has no batch norm
  plain.settings = "finetune: {epochs: 4}\n";
  const Trial without = trial_of(plain);
  for (const char* option : {"quantizer_lr: 0.1",
                             "quantizer_weight_decay: 0.1",
                             "freeze_batchnorm: 0",
                             "start_bits: 4",
                             "start_bits: 3"}) {
    INFO(option);
    Parts parts;
    parts.settings = std::string("finetune: {epochs: 4, ") + option + "}\n";
    const Trial trial = trial_of(parts);
    CHECK(trial.id == without.id);
    CHECK(Json(trial.settings.finetune.value()) == Json(without.settings.finetune.value()));
  }
  CHECK(id_of("finetune: {epochs: 4, start_bits: 5}\n") != without.id);
}

TEST_CASE("a limit that no split exceeds is none", "[plan]") {
  const std::string id = id_of("finetune: none\n");
  CHECK(id_of("evaluate: {limit: 100}\n") == id);  // of 100 images
  CHECK(id_of("evaluate: {limit: 5000}\n") == id);
  CHECK(id_of("evaluate: {limit: 99}\n") != id);
  Parts parts;
  parts.rules = kActivations;
  parts.settings = "calibrate: {images: 100}\n";
  const Trial all = trial_of(parts);
  parts.settings = "calibrate: {images: 512}\n";
  CHECK(trial_of(parts).id == all.id);
  CHECK(trial_of(parts).settings.calibrate.images == 100);
}

TEST_CASE("calibrated activations depend on the images drawn and on the method", "[plan]") {
  std::set<std::string> ids;
  for (const char* settings : {"",
                               "seed: 1\n",
                               "calibrate: {images: 64}\n",
                               "calibrate: {method: percentile}\n",
                               "calibrate: {method: {name: percentile, p: 99}}\n",
                               "calibrate: {after: quantized}\n"}) {
    Parts parts;
    parts.settings = settings;
    parts.rules = kActivations;
    CHECK(ids.insert(trial_of(parts).id).second);
  }
}

TEST_CASE("a calibrator's defaults are part of an identity, written or not", "[plan]") {
  const auto id_with = [](const std::string& method) {
    Parts parts;
    parts.settings = "calibrate: {method: " + method + "}\n";
    parts.rules = kActivations;
    return trial_of(parts).id;
  };
  CHECK(id_with("{name: minmax}") == id_with("minmax"));
  CHECK(id_with("{name: percentile, p: 99.99}") == id_with("percentile"));
  CHECK(id_with("{name: percentile, p: 99}") == id_with("{name: percentile, p: 99.0}"));
}

TEST_CASE("adding models and axes leaves the identities of the others", "[plan]") {
  const Trial alone = trial_of(Parts());
  Parts more;
  more.settings = "finetune: {epochs: 1}\npretrain: {epochs: 1}\n";
  more.model = "residual, attention";
  more.more_axes = ", seed: [0, 1]";
  const Trial among_others = trial_of(more);
  CHECK(among_others.id == alone.id);
  CHECK(among_others.float_trial == alone.float_trial);
}

TEST_CASE("a trial survives the way through JSON", "[plan]") {
  const Json json = trial_of(Parts());
  CHECK(Json(json.get<Trial>()) == json);
}
