#include "qsweep/plan/describe.hpp"
#include "qsweep/plan/matrix.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace qsweep {
namespace {

constexpr size_t kMostValues = 100;  // of one variable

std::string name_of_value(const Node& value) {
  const std::string model = model_name_in(value);
  return model.empty() ? written(value) : model;
}

// The settings that the file gives, by path, as written.
void collect_settings(const Node& node,
                      const std::string& path,
                      std::vector<std::pair<std::string, std::string>>& settings) {
  for (const Node::Entry& entry : node.entries) {
    collect_settings(entry.value, path.empty() ? entry.key : path + "." + entry.key, settings);
  }
  if (node.kind != Node::Kind::Map) {
    settings.emplace_back(path, written(node));
  }
}

// What differs between rows, in the order of the file, with the values of each.
class Varying {
 public:
  explicit Varying(const Experiment& experiment) {
    for (const Axis& axis : experiment.axes) {
      for (size_t j = 0; j < axis.names.size(); ++j) {
        for (const std::vector<Node>& entry : axis.entries) {
          add(axis.names[j], name_of_value(entry[j]));
        }
      }
    }
    for (const Include& include : experiment.include) {
      for (const auto& [name, value] : include.values) {
        add(name, name_of_value(value));
      }
    }
    add_overrides(experiment);
  }

  bool has(const std::string& name) const { return position_.count(name) > 0; }

  Json json() const {
    Json all = Json::array();
    for (const auto& [name, values] : values_) {
      all.push_back({{"name", name}, {"values", values}, {"count", counts_.at(name)}});
    }
    return all;
  }

 private:
  void add_overrides(const Experiment& experiment) {
    std::vector<std::pair<std::string, std::string>> settings;
    collect_settings(experiment.settings, "", settings);
    for (const Override& edit : experiment.overrides) {
      for (const auto& [path, value] : edit.set) {
        for (const auto& [given, text] : settings) {
          if (given == path) {
            add(path, text);
          }
        }
        add(path, written(value));
      }
    }
  }

  void add(const std::string& name, const std::string& value) {
    if (!seen_.insert({name, value}).second) {
      return;
    }
    const auto [entry, is_new] = position_.try_emplace(name, values_.size());
    if (is_new) {
      values_.emplace_back(name, std::vector<std::string>());
    }
    ++counts_[name];
    if (values_[entry->second].second.size() < kMostValues) {
      values_[entry->second].second.push_back(value);
    }
  }

  std::vector<std::pair<std::string, std::vector<std::string>>> values_;
  std::map<std::string, size_t> position_;
  std::map<std::string, size_t> counts_;
  std::set<std::pair<std::string, std::string>> seen_;
};

Json constants_of(const Experiment& experiment, const Varying& varying) {
  std::vector<std::pair<std::string, std::string>> settings;
  collect_settings(experiment.settings, "", settings);
  Json constants = Json::array();
  for (const auto& [path, value] : settings) {
    const bool is_open = value.rfind('$', 0) == 0 || value.find("+$") != std::string::npos;
    if (!varying.has(path) && !is_open) {
      constants.push_back({{"name", path}, {"value", value}});
    }
  }
  return constants;
}

Json rules_of(const Plan& plan) {
  Json rules = Json::array();
  for (const RuleMatch& match : plan.matches()) {
    rules.push_back({{"policy", match.policy},
                     {"rule", match.rule},
                     {"field", match.field},
                     {"model", match.model},
                     {"sites", match.sites},
                     {"layers", match.layers}});
  }
  return rules;
}

Json corrections_of(const Plan& plan) {
  Json corrections = Json::array();
  for (const CorrectionMatch& match : plan.correction_matches()) {
    corrections.push_back({{"correction", match.correction},
                           {"after", match.after},
                           {"policy", match.policy},
                           {"model", match.model},
                           {"layers", match.layers}});
  }
  return corrections;
}

Json costs_of(const Plan& plan, size_t most) {
  Json costs = Json::array();
  for (size_t i = 0; i < std::min(most, plan.row_count()); ++i) {
    const Row row = plan.row(i);
    const Cost cost = plan.cost(row.trial);
    costs.push_back({{"trial", plan.trial_id(row.trial)},
                     {"model", row.model},
                     {"policy", row.policy},
                     {"values", row.values},
                     {"weight_bits", cost.weight_bits},
                     {"output_bits", cost.output_bits},
                     {"size_bytes", cost.size_bytes},
                     {"macs", cost.macs},
                     {"bops", cost.bops}});
  }
  return costs;
}

}  // namespace

Json plan_summary(const Experiment& experiment,
                  const Plan& plan,
                  const PlanProgress& progress,
                  size_t most_costs) {
  size_t done = 0;
  for (size_t i = 0; i < plan.trial_count() && !progress.done.empty(); ++i) {
    done += progress.done.count(plan.trial_id(i));
  }
  const size_t to_run = plan.trial_count() - done;
  const Varying varying(experiment);
  Json summary{{"name", plan.name()},
               {"rows", plan.row_count()},
               {"trials", plan.trial_count()},
               {"done", done},
               {"to_run", to_run},
               {"workers", progress.workers},
               {"seconds", nullptr},
               {"variables", plan.variables()},
               {"varies", varying.json()},
               {"constant", constants_of(experiment, varying)},
               {"rules", rules_of(plan)},
               {"corrections", corrections_of(plan)},
               {"costs", costs_of(plan, most_costs)},
               {"warnings", plan.warnings()}};
  if (progress.seconds_per_trial) {
    summary["seconds"] =
        *progress.seconds_per_trial * static_cast<double>(to_run) / progress.workers;
  }
  return summary;
}

}  // namespace qsweep
