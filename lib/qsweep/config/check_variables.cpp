#include "qsweep/config/matrix.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"
#include "qsweep/config/variables.hpp"

#include <algorithm>
#include <set>

namespace qsweep {
namespace {

void check_known(const Node& node, const std::vector<std::string>& variables) {
  std::vector<std::string> dollar_names;
  for (const std::string& variable : variables) {
    dollar_names.push_back('$' + variable);
  }
  for (const Node* found : variable_nodes(node)) {
    if (std::find(dollar_names.begin(), dollar_names.end(), found->text) == dollar_names.end()) {
      throw config_error(found->place,
                         "'" + found->text + "' is not a variable of the matrix" +
                             suggestion(found->text, dollar_names));
    }
  }
}

// The policies that the matrix has, whatever its exclusions drop.
std::set<std::string> named_policies(const Experiment& experiment) {
  std::set<std::string> used;
  for (const Axis& axis : experiment.axes) {
    const auto found = std::find(axis.names.begin(), axis.names.end(), "policy");
    for (const std::vector<Node>& values : axis.entries) {
      if (found != axis.names.end()) {
        used.insert(values[static_cast<size_t>(found - axis.names.begin())].text);
      }
    }
  }
  for (const Include& include : experiment.include) {
    for (const auto& [name, value] : include.values) {
      if (name == "policy") {
        used.insert(value.text);
      }
    }
  }
  return used;
}

// A condition of an override reads a variable as well: it makes rows differ by it.
std::set<std::string> read_variables(const Experiment& experiment,
                                     const std::set<std::string>& policies) {
  std::set<std::string> read;
  const auto add = [&read](const Node& node) {
    const std::vector<std::string> names = variables_in(node);
    read.insert(names.begin(), names.end());
  };
  add(experiment.settings);
  for (const std::string& name : policies) {
    add(*experiment.policy(name));
  }
  for (const Override& edit : experiment.overrides) {
    for (const auto& [name, values] : edit.when.any_of) {
      read.insert(name);
    }
  }
  return read;
}

}  // namespace

void check_variables(const Experiment& experiment) {
  const std::vector<std::string> variables = variables_of(experiment.axes);
  check_known(experiment.settings, variables);
  for (const auto& [name, policy] : experiment.policies) {
    check_known(policy, variables);
  }
  check_all_read(experiment, named_policies(experiment));
}

void check_all_read(const Experiment& experiment, const std::set<std::string>& policies) {
  const std::vector<std::string> variables = variables_of(experiment.axes);
  const std::set<std::string> read = read_variables(experiment, policies);
  for (const Axis& axis : experiment.axes) {
    for (const std::string& name : axis.names) {
      if (std::find(variables.begin(), variables.end(), name) != variables.end() &&
          read.count(name) == 0) {
        std::vector<std::string> meant = setting_paths();
        meant.insert(meant.end(), {"model", "policy"});
        throw config_error(axis.place,
                           "unread variable '" + name + "': no row has a '$" + name + "'" +
                               suggestion(name, meant));
      }
    }
  }
}

}  // namespace qsweep
