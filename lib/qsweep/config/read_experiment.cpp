#include "qsweep/config/experiment.hpp"
#include "qsweep/config/keep.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/matrix.hpp"
#include "qsweep/config/rule_templates.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/folder_of.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <algorithm>
#include <filesystem>

namespace qsweep {
namespace {

const std::vector<std::string> kSettingKeys{
    "seed", "data", "pretrain", "calibrate", "corrections", "finetune", "evaluate", "validation"};
const std::vector<std::string> kRowKeys{"matrix", "exclude", "include", "override", "gates"};

bool is_free(const std::string& key) {
  return key.rfind("x-", 0) == 0;
}

void check_keys(const Node& file) {
  const std::vector<std::string> known = top_level_keys();
  for (const Node::Entry& entry : read_map(file, "the experiment file")) {
    if (!is_free(entry.key) && !contains(known, entry.key)) {
      throw unknown_key(entry, "the experiment file", known);
    }
  }
}

void check_version(const Node& file) {
  const Node* version = file.find("qsweep");
  if (version == nullptr) {
    throw config_error(file.place, "missing key 'qsweep'; the file starts with 'qsweep: 1'");
  }
  if (version->kind != Node::Kind::Scalar || version->quoted || version->text != "1") {
    throw config_error(
        version->place,
        "'qsweep' is the version of the format and must be 1, got " + described(*version));
  }
}

// Variables have values only in rows, so nothing that makes the rows can read them.
Node with_dollars_resolved(Node file) {
  for (Node::Entry& entry : file.entries) {
    if (is_free(entry.key)) {
      continue;
    }
    resolve_dollars(entry.value);
    if (!contains(kSettingKeys, entry.key) && entry.key != "policies") {
      reject_variables(entry.value, entry.key);
    }
  }
  return file;
}

std::string experiment_name(const Node& file) {
  if (const Node* name = file.find("name")) {
    return read_plain_name(*name, "name");
  }
  const std::string stem = std::filesystem::path(file.place.source->name).stem().string();
  if (!is_plain_name(stem)) {
    throw config_error(file.place, "the file's name cannot name a run; add a 'name'");
  }
  return stem;
}

Node settings_of(const Node& file) {
  Node settings;
  settings.kind = Node::Kind::Map;
  settings.place = file.place;
  for (const Node::Entry& entry : file.entries) {
    if (contains(kSettingKeys, entry.key)) {
      settings.entries.push_back(entry);
    }
  }
  return settings;
}

void check_policy_key(const Node::Entry& entry) {
  if (entry.key == "float") {
    throw config_error(entry.place,
                       "'float' is the reserved policy of the rows that are always there");
  }
  if (!is_plain_name(entry.key)) {
    throw config_error(
        entry.place,
        "a policy's name takes letters, digits, '.', '_' and '-', got '" + entry.key + "'");
  }
}

void read_policies(const Node& file, const Catalog& catalog, Experiment& experiment) {
  const Node* policies = file.find("policies");
  if (policies == nullptr) {
    return;
  }
  constexpr size_t kMostPolicies = 1000;  // they are looked up one by one
  if (read_map(*policies, "'policies'").size() > kMostPolicies) {
    throw config_error(policies->place,
                       std::to_string(policies->entries.size()) + " policies, more than " +
                           std::to_string(kMostPolicies));
  }
  for (const Node::Entry& entry : policies->entries) {
    check_policy_key(entry);
    read_policy_template(entry.value, catalog);
    experiment.policies.emplace_back(entry.key, entry.value);
  }
}

bool has_axis(const std::vector<Axis>& axes, const std::string& name) {
  return std::any_of(
      axes.begin(), axes.end(), [&name](const Axis& axis) { return contains(axis.names, name); });
}

void read_matrix(const Node& file, const Catalog& catalog, Experiment& experiment) {
  const Node* matrix = file.find("matrix");
  if (matrix == nullptr) {
    throw config_error(file.place, "missing key 'matrix' in the experiment file");
  }
  experiment.axes = read_axes(*matrix, experiment, catalog);
  if (!has_axis(experiment.axes, "model")) {
    throw config_error(matrix->place, "missing key 'model' in 'matrix'");
  }
  if (!has_axis(experiment.axes, "policy") && file.find("include") == nullptr) {
    throw config_error(matrix->place, "missing key 'policy' in 'matrix'");
  }
}

void read_rows(const Node& file, const Catalog& catalog, Experiment& experiment) {
  if (const Node* include = file.find("include")) {
    experiment.include = read_include(*include, experiment, catalog);
  }
  const RowNames names{
      model_names(experiment, catalog), policy_names(experiment), variables_of(experiment.axes)};
  if (const Node* exclude = file.find("exclude")) {
    experiment.exclude = read_exclude(*exclude, names);
  }
  if (const Node* overrides = file.find("override")) {
    experiment.overrides = read_overrides(*overrides, names, experiment, catalog);
  }
  if (const Node* gates = file.find("gates")) {
    experiment.gates = read_gates(*gates, names, experiment.directory);
  }
}

}  // namespace

std::vector<std::string> top_level_keys() {
  std::vector<std::string> keys{"qsweep", "name", "keep", "plugins", "policies", "engines"};
  keys.insert(keys.end(), kSettingKeys.begin(), kSettingKeys.end());
  keys.insert(keys.end(), kRowKeys.begin(), kRowKeys.end());
  return keys;
}

const Node* Experiment::policy(const std::string& policy_name) const {
  for (const auto& [known, node] : policies) {
    if (known == policy_name) {
      return &node;
    }
  }
  return nullptr;
}

Experiment read_experiment(const Node& root, const Catalog& catalog) {
  check_keys(root);
  check_version(root);
  const Node file = with_dollars_resolved(root);
  Experiment experiment;
  experiment.path = root.place.source->name;
  experiment.directory = folder_of(experiment.path);
  experiment.name = experiment_name(file);
  read_keep(file);
  experiment.settings = settings_of(file);
  check_setting_templates(experiment.settings, experiment.directory, catalog);
  read_policies(file, catalog, experiment);
  read_matrix(file, catalog, experiment);
  read_rows(file, catalog, experiment);
  check_variables(experiment);
  return experiment;
}

}  // namespace qsweep
