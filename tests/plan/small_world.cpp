#include "plan/small_world.hpp"

#include "qsweep/plan/channel_axes.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace qsweep {
namespace {

Layer step(const std::string& name,
           const std::string& type,
           const std::vector<int64_t>& shape,
           const std::vector<std::vector<int>>& sources) {
  Layer layer;
  layer.name = name;
  layer.type = type;
  layer.op = type;
  layer.output_shape = shape;
  layer.sources = sources;
  return layer;
}

Layer weighted(Layer layer, const std::vector<int64_t>& weight, int64_t biases, int64_t macs) {
  layer.weight_shape = weight;
  layer.weight_name = layer.name + ".weight";
  layer.parameters =
      std::accumulate(weight.begin(), weight.end(), int64_t{1}, std::multiplies<>()) + biases;
  layer.macs = macs;
  return layer;
}

Layer multiplying(Layer layer, int64_t macs) {
  layer.macs = macs;
  return layer;
}

// Each activation has the shape that its first maker gave it; a linear layer takes planes
// flattened.
void add_input_shapes(std::vector<Layer>& layers) {
  for (Layer& layer : layers) {
    for (const std::vector<int>& makers : layer.sources) {
      const std::vector<int64_t> image{3, 8, 8};
      std::vector<int64_t> shape =
          makers[0] < 0 ? image : layers[static_cast<size_t>(makers[0])].output_shape;
      if (layer.type == "Linear" && shape.size() == 3) {
        shape = {std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>())};
      }
      layer.input_shapes.push_back(std::move(shape));
    }
  }
}

Catalog::Quantizer uniform() {
  Catalog::Quantizer quantizer;
  quantizer.name = "uniform";
  quantizer.min_bits = 2;
  quantizer.max_bits = 16;
  using Type = Parameter::Type;
  quantizer.parameters = {{"granularity",
                           Type::Choice,
                           "per_tensor",
                           0,
                           0,
                           {"per_tensor", "per_channel"},
                           "one scale for the tensor, or one per channel"},
                          {"symmetric", Type::Boolean, false, 0, 0, {}, ""}};
  quantizer.weight_defaults = {{"symmetric", true}};
  return quantizer;
}

Catalog::Quantizer sign() {
  Catalog::Quantizer quantizer;
  quantizer.name = "sign";
  quantizer.fixed_bits = 1;
  using Type = Parameter::Type;
  quantizer.range_when = nullptr;
  quantizer.parameters = {{"scale", Type::Choice, "none", 0, 0, {"none", "mean_abs"}, ""}};
  return quantizer;
}

Catalog::Quantizer grouped() {
  Catalog::Quantizer quantizer;
  quantizer.name = "grouped";
  quantizer.min_bits = 2;
  quantizer.max_bits = 8;
  using Type = Parameter::Type;
  quantizer.parameters = {
      {"granularity", Type::Choice, "per_group", 0, 0, {"per_group", "per_tensor"}, ""},
      {"group", Type::Integer, 16, 1, 1024, {}, "weights that share a scale"},
      {"learned", Type::Boolean, false, 0, 0, {}, ""}};
  quantizer.beside_scale = {{{{"learned", true}}, 4}};
  return quantizer;
}

Catalog::Quantizer blocks() {
  Catalog::Quantizer quantizer;
  quantizer.name = "blocks";
  quantizer.paper = "OCP 2023";
  quantizer.bits_from = "format";
  quantizer.format_bits = {{"block4", 4}};
  quantizer.range_when = nullptr;
  quantizer.scales = {{{{"axis", "last"}}, ScaleSpread::Per::LastBlock, "block"},
                      {Json::object(), ScaleSpread::Per::Block, "block"}};
  quantizer.scale_bytes = 1;
  quantizer.tensor_bytes = 4;
  quantizer.short_forms = {{"block4", {{"format", "block4"}}}};
  using Type = Parameter::Type;
  quantizer.parameters = {{"format", Type::Choice, nullptr, 0, 0, {"block4"}, ""},
                          {"block", Type::Integer, 4, 1, 1024, {}, ""},
                          {"axis", Type::Choice, "channels", 0, 0, {"channels", "last"}, ""}};
  return quantizer;
}

Catalog::Quantizer clipped() {
  Catalog::Quantizer quantizer;
  quantizer.name = "clipped";
  quantizer.min_bits = 2;
  quantizer.max_bits = 8;
  quantizer.for_weights = false;
  using Type = Parameter::Type;
  quantizer.learns_when = Json::object();
  quantizer.parameters = {{"signed", Type::Boolean, false, 0, 0, {}, ""}};
  quantizer.unsigned_when = {{"signed", false}};
  return quantizer;
}

}  // namespace

std::vector<Layer> residual_layers() {
  return {weighted(step("conv1", "Conv2d", {4, 8, 8}, {{-1}}), {4, 3, 3, 3}, 0, 6912),
          step("relu", "ReLU", {4, 8, 8}, {{0}}),
          weighted(step("block.conv2", "Conv2d", {4, 8, 8}, {{1}}), {4, 4, 3, 3}, 0, 9216),
          step("block.add", "Add", {4, 8, 8}, {{2}, {1}}),
          step("pool", "AvgPool2d", {4, 1, 1}, {{3}}),
          weighted(step("fc", "Linear", {10}, {{4}}), {10, 4}, 10, 40)};
}

std::vector<Layer> attention_layers() {
  return {weighted(step("embed", "Linear", {3, 8}, {{-1}}), {8, 4}, 8, 96),
          multiplying(step("scores", "MatMul", {3, 3}, {{0}, {0}}), 72),
          step("softmax", "Softmax", {3, 3}, {{1}}),
          multiplying(step("mix", "MatMul", {3, 8}, {{2}, {0}}), 72),
          weighted(step("head", "Linear", {3, 10}, {{3}}), {10, 8}, 10, 240)};
}

Catalog small_catalog() {
  Catalog catalog;
  catalog.quantizers = {uniform(), sign(), grouped(), blocks(), clipped()};
  catalog.models = {{"residual", "", {}}, {"attention", "", {}}};
  catalog.datasets = {{"synthetic", "", false, false, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}}};
  catalog.calibrators = {
      {"minmax", "", "", {}},
      {"percentile", "", "", {{"p", Parameter::Type::Number, 99.99, 50, 100, {}, ""}}}};
  Catalog::Correction fold;
  fold.name = "fold";
  Catalog::Correction round;
  round.name = "round";
  round.of_quantized = round.uses_images = true;
  round.parameters = {{"steps", Parameter::Type::Integer, 10, 1, 1000, {}, ""}};
  catalog.corrections = {fold, round};
  catalog.types = {"Conv2d", "ReLU", "Add", "AvgPool2d", "Linear", "MatMul", "Softmax", "GELU"};
  catalog.moving_types = {"MaxPool2d"};
  return catalog;
}

DataFacts SmallFacts::data(const Settings& /*settings*/, const SettingPlaces& /*place_of*/) {
  ++data_asked;
  DataFacts facts;
  facts.classes.resize(10);
  facts.channels = 3;
  facts.height = 8;
  facts.width = 8;
  facts.train_images = 100;
  facts.test_images = 100;
  facts.shared_images = shared_images;
  facts.fingerprint = "da7a";
  facts.warnings = data_warnings;
  return facts;
}

ModelFacts SmallFacts::model(const ModelChoice& model, const Settings& /*settings*/) {
  ++models_asked;
  const bool residual = model.zoo == "residual";
  ModelFacts facts;
  facts.layers = residual ? residual_layers() : attention_layers();
  add_input_shapes(facts.layers);
  find_channel_axes(facts.layers, {3, 8, 8});
  facts.weights = residual ? residual_weights : "";
  facts.warnings = model_warnings;
  facts.training_warnings = training_warnings;
  for (const Layer& layer : facts.layers) {
    facts.parameters += layer.parameters;
  }
  return facts;
}

std::vector<std::vector<int>> SmallFacts::corrected_layers(const CorrectionQuestion& question) {
  ++corrections_asked;
  const std::vector<Site> sites = sites_of(question.layers);
  std::vector<std::vector<int>> found;
  bool folded = false;
  for (const std::string& name : question.corrections) {
    std::vector<int>& layers = found.emplace_back();
    for (size_t i = 0; i < sites.size(); ++i) {
      const bool is_weight = sites[i].kind == SiteKind::Weight;
      const bool is_conv = question.layers[static_cast<size_t>(sites[i].layer)].type == "Conv2d";
      const bool rounds = question.quantizers[i] == "uniform" && (folded || layers.empty());
      if (is_weight && (name == "fold" ? is_conv : rounds)) {
        layers.push_back(sites[i].layer);
      }
    }
    folded = folded || name == "fold";
  }
  return found;
}

Experiment experiment_of(const std::string& yaml) {
  const auto source = std::make_shared<const Source>(Source{"x.yaml", yaml});
  return read_experiment(parse_yaml(source), small_catalog());
}

std::unique_ptr<Plan> plan_of(const std::string& yaml, FactSource& facts) {
  return make_plan(experiment_of(yaml), small_catalog(), facts);
}

std::unique_ptr<Plan> plan_of(const std::string& yaml) {
  SmallFacts facts;
  return plan_of(yaml, facts);
}

std::string plan_error(const std::string& yaml) {
  try {
    plan_of(yaml);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::vector<std::string> rows_of(const Plan& plan) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < plan.row_count(); ++i) {
    const Row row = plan.row(i);
    std::string line = row.model + " " + row.policy;
    for (const std::string& value : row.values) {
      line += " " + (value.empty() ? "-" : value);
    }
    lines.push_back(line + " #" + std::to_string(row.trial));
  }
  return lines;
}

Trial trial_of_row(const Plan& plan, size_t row) {
  return plan.trial(plan.row(row).trial);
}

std::map<std::string, std::vector<int>> sites_by_quantizer(const Trial& trial) {
  std::map<std::string, std::vector<int>> sites;
  for (const SiteGroup& group : trial.groups) {
    const std::string name = group.quantizer.at("quantizer").get<std::string>() + ":" +
                             std::to_string(group.quantizer.at("bits").get<int>());
    std::vector<int>& all = sites[name];
    all.insert(all.end(), group.sites.begin(), group.sites.end());
    std::sort(all.begin(), all.end());
  }
  return sites;
}

}  // namespace qsweep
