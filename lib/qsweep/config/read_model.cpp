#include "qsweep/config/existing_file.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/matrix.hpp"
#include "qsweep/config/parameters.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <algorithm>
#include <filesystem>

namespace qsweep {
namespace {

constexpr int64_t kLargestSide = 8192;
const std::vector<std::string> kModelKeys{"model", "weights", "as", "mean", "std", "size"};
const std::vector<std::string> kScriptKeys{"script", "output", "as", "mean", "std", "size"};

// All values that the axes give to `model`, in order.
std::vector<const Node*> model_entries(const Experiment& experiment) {
  std::vector<const Node*> entries;
  for (const Axis& axis : experiment.axes) {
    const auto found = std::find(axis.names.begin(), axis.names.end(), "model");
    for (const std::vector<Node>& values : axis.entries) {
      if (found != axis.names.end()) {
        entries.push_back(&values[static_cast<size_t>(found - axis.names.begin())]);
      }
    }
  }
  return entries;
}

std::string stem_of(const std::string& path) {
  return std::filesystem::path(path).stem().string();
}

// The map of the axes whose model has this name.
const Node* entry_named(const std::string& name, const Experiment& experiment) {
  for (const Node* entry : model_entries(experiment)) {
    if (model_name_in(*entry) == name) {
      return entry;
    }
  }
  return nullptr;
}

const Catalog::Model& zoo_model(const Node& name, const Catalog& catalog) {
  const Catalog::Model* model = catalog.model(read_text(name, "model"));
  if (model == nullptr) {
    throw config_error(name.place, unknown_name("model", name.text, names_of(catalog.models)));
  }
  return *model;
}

Json default_parameters(const Catalog::Model& model) {
  Json parameters = Json::object();
  for (const Parameter& parameter : model.parameters) {
    if (!parameter.default_value.is_null()) {
      parameters[parameter.name] = parameter.default_value;
    }
  }
  return parameters;
}

void read_parameters(const Node& entry, const Catalog::Model& zoo, ModelChoice& model) {
  for (const Node::Entry& given : entry.entries) {
    if (const Parameter* parameter = find_parameter(zoo.parameters, given.key)) {
      model.parameters[given.key] = read_parameter(given.value, *parameter, zoo.name);
    }
  }
  for (const Parameter& parameter : zoo.parameters) {
    if (!model.parameters.contains(parameter.name)) {
      throw config_error(entry.place,
                         "missing key '" + parameter.name + "' for the model '" + zoo.name + "'");
    }
  }
}

ModelChoice plain_model(const Node& name, const Catalog::Model& zoo) {
  ModelChoice model;
  model.place = name.place;
  model.as = zoo.name;
  model.zoo = zoo.name;
  model.parameters = default_parameters(zoo);
  return model;
}

// What every model can say.
void read_common(const MapReader& map, ModelChoice& model) {
  if (const Node* as = map.find("as")) {
    model.as = read_plain_name(*as, "as");
  }
  if (const Node* mean = map.find("mean")) {
    model.mean = read_numbers(*mean, "mean", {0, 1});
    model.places["mean"] = mean->place;
  }
  if (const Node* deviation = map.find("std")) {
    model.std = read_numbers(*deviation, "std", {0, 1, true});
    model.places["std"] = deviation->place;
  }
  if (const Node* size = map.find("size")) {
    model.size = static_cast<int>(read_integer(*size, "size", 1, kLargestSide));
  }
}

// A position in what a script returns, from 0, or a name.
Json read_output(const Node& output) {
  const Json value = output.kind == Node::Kind::Scalar ? json_value(output) : Json();
  const bool is_position = value.is_number_integer() && value.get<int64_t>() >= 0;
  if (!is_position && (!value.is_string() || output.text.empty())) {
    throw config_error(output.place,
                       "'output' must be a position from 0 or a name, got " + described(output));
  }
  return value;
}

ModelChoice script_of_map(const Node& entry, const Node& script, const Experiment& experiment) {
  const MapReader map(entry, "a script model", kScriptKeys);
  ModelChoice model;
  model.place = entry.place;
  model.script = existing_file(script, "script", "a TorchScript file", experiment.directory);
  if (const Node* output = map.find("output")) {
    model.parameters["output"] = read_output(*output);
  }
  read_common(map, model);
  if (model.as.empty()) {
    Node stem = script;
    stem.text = stem_of(script.text);
    model.as = read_plain_name(stem, "as");
  }
  return model;
}

ModelChoice model_of_map(const Node& entry, const Experiment& experiment, const Catalog& catalog) {
  if (const Node* script = entry.find("script")) {
    return script_of_map(entry, *script, experiment);
  }
  const Node* name = entry.find("model");
  if (name == nullptr) {
    throw config_error(entry.place, "missing key 'model' or 'script' in a model");
  }
  const Catalog::Model& zoo = zoo_model(*name, catalog);
  std::vector<std::string> keys = kModelKeys;
  for (const Parameter& parameter : zoo.parameters) {
    keys.push_back(parameter.name);
  }
  const MapReader map(entry, "the model '" + zoo.name + "'", keys);
  ModelChoice model = plain_model(*name, zoo);
  model.place = entry.place;
  read_parameters(entry, zoo, model);
  read_common(map, model);
  if (const Node* weights = map.find("weights")) {
    model.weights = existing_file(*weights, "weights", "a file of weights", experiment.directory);
    model.places["weights"] = weights->place;
  }
  return model;
}

bool same_content(const ModelChoice& a, const ModelChoice& b) {
  return a.zoo == b.zoo && a.script == b.script && a.weights == b.weights &&
         a.parameters == b.parameters && a.mean == b.mean && a.std == b.std && a.size == b.size;
}

ConfigError clash(const ModelChoice& model) {
  return config_error(model.place,
                      "another model is called '" + model.as +
                          "' already; give this one a name of its own with 'as'");
}

const ModelChoice* find_model(const std::vector<ModelChoice>& models, const std::string& as) {
  for (const ModelChoice& model : models) {
    if (model.as == as) {
      return &model;
    }
  }
  return nullptr;
}

std::vector<ModelChoice> models_of_axes(const Experiment& experiment, const Catalog& catalog) {
  std::vector<ModelChoice> models;
  for (const Node* entry : model_entries(experiment)) {
    ModelChoice model = read_model(*entry, experiment, catalog);
    if (find_model(models, model.as) != nullptr) {
      throw clash(model);
    }
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace

std::string model_name_in(const Node& entry) {
  for (const char* key : {"as", "model"}) {
    if (const Node* name = entry.find(key)) {
      return name->text;
    }
  }
  const Node* script = entry.find("script");
  return script == nullptr ? "" : stem_of(script->text);
}

ModelChoice read_model(const Node& entry, const Experiment& experiment, const Catalog& catalog) {
  if (entry.kind == Node::Kind::Map) {
    return model_of_map(entry, experiment, catalog);
  }
  const std::string name = read_text(entry, "model");
  if (const Node* named = entry_named(name, experiment)) {
    ModelChoice model = model_of_map(*named, experiment, catalog);
    model.place = entry.place;
    return model;
  }
  const Catalog::Model& zoo = zoo_model(entry, catalog);
  ModelChoice model = plain_model(entry, zoo);
  read_parameters(entry, zoo, model);
  return model;
}

std::vector<std::string> model_names(const Experiment& experiment, const Catalog& catalog) {
  std::vector<ModelChoice> models = models_of_axes(experiment, catalog);
  for (const Include& include : experiment.include) {
    for (const auto& [name, value] : include.values) {
      if (name != "model") {
        continue;
      }
      ModelChoice model = read_model(value, experiment, catalog);
      const ModelChoice* known = find_model(models, model.as);
      if (known != nullptr && !same_content(*known, model)) {
        throw clash(model);
      }
      if (known == nullptr) {
        models.push_back(std::move(model));
      }
    }
  }
  std::vector<std::string> names;
  for (const ModelChoice& model : models) {
    names.push_back(model.as);
  }
  return names;
}

const Place& ModelChoice::place_of(const std::string& key) const {
  const auto found = places.find(key);
  return found == places.end() ? place : found->second;
}

}  // namespace qsweep
