#include "qsweep/config/gate_words.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/matrix.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <charconv>
#include <filesystem>
#include <string_view>

namespace qsweep {
namespace {

void check_row_name(const Node::Entry& entry, const std::vector<std::string>& variables) {
  if (entry.key == "model" || entry.key == "policy" || is_setting(entry.key) ||
      contains(variables, entry.key)) {
    return;
  }
  std::vector<std::string> names{"model", "policy"};
  names.insert(names.end(), variables.begin(), variables.end());
  std::vector<std::string> all = names;
  const std::vector<std::string> paths = setting_paths();
  all.insert(all.end(), paths.begin(), paths.end());
  const std::string nearest = suggestion(entry.key, all);
  throw config_error(entry.place,
                     "'" + entry.key + "' is neither an axis nor a setting" +
                         (nearest.empty() ? "; the axes give " + listed(names, "and") : nearest));
}

void check_match_value(const std::string& name, const Node& value, const RowNames& names) {
  if (value.kind == Node::Kind::Null || value.kind == Node::Kind::Map) {
    throw config_error(
        value.place, "a value of '" + name + "' must be as in the matrix, got " + described(value));
  }
  if (name == "model" && !contains(names.models, read_text(value, name))) {
    throw config_error(value.place, unknown_name("model", value.text, names.models));
  }
  if (name == "policy") {
    read_policy_name(value, names.policies);
  }
}

RowMatch read_row_match(const Node& node, const std::string& what, const RowNames& names) {
  RowMatch match;
  match.place = node.place;
  for (const Node::Entry& entry : read_map(node, what)) {
    check_row_name(entry, names.variables);
    for (const Node* value : one_or_more(entry.value, entry.key)) {
      check_match_value(entry.key, *value, names);
      match.any_of[entry.key].push_back(*value);
    }
  }
  return match;
}

// What a gate compares with; a baseline need not be there yet.
std::string read_reference(const Node& node, const std::string& directory) {
  if (node.kind == Node::Kind::Scalar && is_baseline_path(node.text)) {
    return (std::filesystem::path(directory) / node.text).lexically_normal().string();
  }
  if (node.kind != Node::Kind::Scalar || node.text != "float") {
    throw config_error(
        node.place,
        "'vs' must be float, or the path of a run's folder or of a results.csv, with "
        "a '/' or .csv; got " +
            described(node));
  }
  return node.text;
}

constexpr double kMostDrop = 1e6;

// Timings differ from run to run, so that a gate has to say how much and how often.
void read_timing(const MapReader& map, Gate& gate) {
  const Node& drop = map.required("max_drop");
  const auto percent = drop.kind == Node::Kind::Scalar ? as_percent(drop.text) : std::nullopt;
  if (!percent) {
    throw config_error(drop.place,
                       "'max_drop' of " + gate.metric +
                           " is a part of what it compares with, like 10%, from 0% to below 100%; "
                           "got " +
                           described(drop));
  }
  gate.max_drop = *percent;
  gate.repeats = static_cast<int>(
      read_integer(map.required("repeats"), "repeats", kFewestRepeats, kMostRepeats));
}

void read_limit(const MapReader& map, Gate& gate) {
  if (is_timing_metric(gate.metric)) {
    read_timing(map, gate);
    return;
  }
  gate.max_drop = read_number(map.required("max_drop"), "max_drop", {0, kMostDrop});
  if (const Node* repeats = map.find("repeats")) {
    throw config_error(repeats->place,
                       "'repeats' is for timings; " + gate.metric + " is the same every time");
  }
}

// A policy's variables have to be in the row, since no axis gives them.
void require_variables(const Node& row, const Experiment& experiment) {
  const Node& policy = *row.find("policy");
  for (const std::string& variable : variables_in(*experiment.policy(policy.text))) {
    if (row.find(variable) == nullptr) {
      throw config_error(row.place,
                         "the policy '" + policy.text + "' reads '$" + variable +
                             "', which this row does not give");
    }
  }
}

}  // namespace

const std::vector<std::string> kGateMetrics{
    "top1", "top1_ptq", "top1_best", "top5", "loss", "images_per_s"};

bool is_timing_metric(const std::string& metric) {
  return metric == "images_per_s";
}

std::optional<double> as_percent(const std::string& text) {
  double percent = 0;
  const char* end = text.data() + text.size() - (text.empty() ? 0 : 1);
  if (text.size() < 2 || *end != '%') {
    return std::nullopt;
  }
  const auto read = std::from_chars(text.data(), end, percent);
  const bool is_number = read.ec == std::errc() && read.ptr == end;
  return is_number && percent >= 0 && percent < 100 ? std::make_optional(percent) : std::nullopt;
}

bool is_baseline_path(const std::string& vs) {
  constexpr std::string_view kCsv = ".csv";
  return vs.find('/') != std::string::npos ||
         (vs.size() > kCsv.size() && vs.substr(vs.size() - kCsv.size()) == kCsv);
}

std::vector<RowMatch> read_exclude(const Node& exclude, const RowNames& names) {
  std::vector<RowMatch> conditions;
  for (const Node& item : read_list(exclude, "exclude")) {
    conditions.push_back(read_row_match(item, "an entry of 'exclude'", names));
  }
  return conditions;
}

std::vector<Include> read_include(const Node& include,
                                  const Experiment& experiment,
                                  const Catalog& catalog) {
  const std::vector<std::string> variables = variables_of(experiment.axes);
  std::vector<Include> rows;
  for (const Node& item : read_list(include, "include")) {
    Include row;
    row.place = item.place;
    for (const Node::Entry& entry : read_map(item, "an entry of 'include'")) {
      check_row_name(entry, variables);
      check_value(entry.key, entry.value, experiment, catalog);
      row.values.emplace_back(entry.key, entry.value);
    }
    for (const char* key : {"model", "policy"}) {
      if (item.find(key) == nullptr) {
        throw config_error(item.place,
                           "missing key '" + std::string(key) + "' in an entry of 'include'");
      }
    }
    require_variables(item, experiment);
    rows.push_back(std::move(row));
  }
  return rows;
}

void reject_choice_of_row(const Node::Entry& entry, const std::vector<std::string>& variables) {
  if (entry.key == "model" || entry.key == "policy" || contains(variables, entry.key)) {
    throw config_error(entry.place,
                       "'" + entry.key +
                           "' tells rows apart and stays as it is; 'set' takes "
                           "settings, as in finetune.lr");
  }
}

std::vector<Override> read_overrides(const Node& overrides,
                                     const RowNames& names,
                                     const Experiment& experiment,
                                     const Catalog& catalog) {
  std::vector<Override> edits;
  for (const Node& item : read_list(overrides, "override")) {
    const MapReader map(item, "an entry of 'override'", {"when", "set"});
    Override edit;
    edit.when = read_row_match(map.required("when"), "'when'", names);
    for (const Node::Entry& entry : read_map(map.required("set"), "'set'")) {
      if (!is_setting(entry.key)) {
        reject_finetune_key_in_pretrain(entry.key, entry.place);
        reject_choice_of_row(entry, names.variables);
        throw config_error(entry.place, unknown_name("setting", entry.key, setting_paths()));
      }
      check_setting(entry.key, entry.value, experiment.directory, catalog);
      edit.set.emplace_back(entry.key, entry.value);
    }
    edits.push_back(std::move(edit));
  }
  return edits;
}

std::vector<Gate> read_gates(const Node& gates,
                             const RowNames& names,
                             const std::string& directory) {
  std::vector<Gate> all;
  for (const Node& item : read_list(gates, "gates")) {
    const MapReader map(item, "a gate", {"metric", "vs", "max_drop", "repeats", "where"});
    Gate gate;
    gate.place = item.place;
    gate.metric = read_choice(map.required("metric"), "metric", kGateMetrics);
    if (const Node* vs = map.find("vs")) {
      gate.vs = read_reference(*vs, directory);
    }
    read_limit(map, gate);
    gate.where.place = item.place;
    if (const Node* where = map.find("where")) {
      gate.where = read_row_match(*where, "'where'", names);
    }
    all.push_back(std::move(gate));
  }
  return all;
}

}  // namespace qsweep
