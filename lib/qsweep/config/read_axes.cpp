#include "qsweep/config/column_names.hpp"
#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/matrix.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/setting_keys.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <algorithm>

namespace qsweep {
namespace {

// Far beyond what anybody means; names are looked up one by one.
constexpr size_t kMostNames = 1000;
constexpr size_t kMostModels = 10'000;

void check_count(size_t count, size_t most, const Place& place, const std::string& what) {
  if (count > most) {
    throw config_error(place,
                       std::to_string(count) + ' ' + what + ", more than " + std::to_string(most));
  }
}

bool is_special(const std::string& name) {
  return name == "model" || name == "policy";
}

// Can one value of this axis be a map? Elsewhere a map sets several names together.
bool takes_maps(const std::string& name) {
  return name == "model" || name == "corrections";
}

void check_name(const std::string& name, const Place& place) {
  if (is_special(name) || is_setting(name)) {
    return;
  }
  if (find_section(name) != nullptr) {
    throw config_error(place,
                       "'" + name + "' is a section; an axis sets one of its keys, as in '" + name +
                           '.' + find_section(name)->keys[0].name + "'");
  }
  if (name.find('.') != std::string::npos) {
    reject_finetune_key_in_pretrain(name, place);
    throw config_error(place, unknown_name("setting", name, setting_paths()));
  }
  if (!is_identifier(name)) {
    throw config_error(place,
                       "'" + name + "' cannot name a variable; it takes letters, digits and '_'");
  }
  if (contains(column_names(), name)) {
    throw config_error(place,
                       "'" + name + "' cannot name a variable: reports have a column of that name");
  }
}

// The entries of an axis; a single value is an axis of one.
std::vector<const Node*> entries_of(const Node::Entry& axis) {
  return one_or_more(axis.value, axis.key);
}

Axis read_plain_axis(const Node::Entry& source) {
  Axis axis{source.place, source.key, {source.key}, {}};
  check_name(source.key, source.place);
  for (const Node* value : entries_of(source)) {
    if (value->kind == Node::Kind::Map && !takes_maps(source.key)) {
      const std::string example = "; a map as the value is written {" + source.key + ": {...}}";
      throw config_error(value->place,
                         "either all entries of an axis are maps or none is" +
                             (is_setting(source.key) ? example : ""));
    }
    axis.entries.push_back({*value});
  }
  return axis;
}

std::vector<Node> values_in_order(const Node& entry, const Axis& axis) {
  const std::string expected = "every entry of this axis sets " + listed(axis.names, "and");
  if (entry.kind != Node::Kind::Map) {
    throw config_error(entry.place, expected + ", got " + described(entry));
  }
  for (const Node::Entry& given : entry.entries) {
    if (std::find(axis.names.begin(), axis.names.end(), given.key) == axis.names.end()) {
      throw config_error(given.place, expected + ", got '" + given.key + "'");
    }
  }
  std::vector<Node> values;
  for (const std::string& name : axis.names) {
    const Node* value = entry.find(name);
    if (value == nullptr) {
      throw config_error(entry.place, expected + "; '" + name + "' is missing");
    }
    values.push_back(*value);
  }
  return values;
}

Axis read_grouped_axis(const Node::Entry& source) {
  Axis axis{source.place, source.key, {}, {}};
  const std::vector<const Node*> entries = entries_of(source);
  const auto& first = read_map(*entries[0], "an entry of '" + source.key + "'");
  check_count(first.size(), kMostNames, entries[0]->place, "names in one axis");
  for (const Node::Entry& given : first) {
    check_name(given.key, given.place);
    axis.names.push_back(given.key);
  }
  for (const Node* entry : entries) {
    axis.entries.push_back(values_in_order(*entry, axis));
  }
  return axis;
}

Axis read_axis(const Node::Entry& source) {
  const bool grouped = !takes_maps(source.key) && entries_of(source)[0]->kind == Node::Kind::Map;
  return grouped ? read_grouped_axis(source) : read_plain_axis(source);
}

void reject_twice_set(const std::vector<Axis>& axes) {
  std::vector<std::string> seen;
  for (const Axis& axis : axes) {
    for (const std::string& name : axis.names) {
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
        throw config_error(axis.place, "'" + name + "' is set by another axis already");
      }
      seen.push_back(name);
    }
  }
}

// A variable's value is a scalar or a list of them: what a scalar of a template can stand for.
void check_variable_value(const std::string& name, const Node& value) {
  for (const Node* item : one_or_more(value, name)) {
    if (item->kind != Node::Kind::Scalar) {
      throw config_error(item->place,
                         "a value of '" + name + "' must be a scalar or a list of scalars, got " +
                             described(*item));
    }
  }
}

}  // namespace

void check_value(const std::string& name,
                 const Node& value,
                 const Experiment& experiment,
                 const Catalog& catalog) {
  if (name == "model") {
    read_model(value, experiment, catalog);
  } else if (name == "policy") {
    if (experiment.policy(value.text) == nullptr) {
      read_policy_name(value, policy_names(experiment));
    }
  } else if (is_setting(name)) {
    check_setting(name, value, experiment.directory, catalog);
  } else {
    check_variable_value(name, value);
  }
}

std::vector<std::string> variables_of(const std::vector<Axis>& axes) {
  std::vector<std::string> variables;
  for (const Axis& axis : axes) {
    for (const std::string& name : axis.names) {
      if (!is_special(name) && !is_setting(name)) {
        variables.push_back(name);
      }
    }
  }
  return variables;
}

std::vector<Axis> read_axes(const Node& matrix,
                            const Experiment& experiment,
                            const Catalog& catalog) {
  std::vector<Axis> axes;
  size_t names = 0;
  for (const Node::Entry& entry : read_map(matrix, "'matrix'")) {
    axes.push_back(read_axis(entry));
    names += axes.back().names.size();
    check_count(names, kMostNames, entry.place, "names in the matrix");
  }
  reject_twice_set(axes);
  for (const Axis& axis : axes) {
    if (axis.names[0] == "model") {
      check_count(axis.entries.size(), kMostModels, axis.place, "models");
    }
    for (const std::vector<Node>& values : axis.entries) {
      for (size_t i = 0; i < axis.names.size(); ++i) {
        check_value(axis.names[i], values[i], experiment, catalog);
      }
    }
  }
  return axes;
}

std::vector<std::string> policy_names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const auto& [name, policy] : experiment.policies) {
    names.push_back(name);
  }
  return names;
}

std::string read_policy_name(const Node& value, const std::vector<std::string>& policies) {
  const std::string name = read_text(value, "policy");
  if (name == "float") {
    throw config_error(value.place,
                       "'float' is the reserved policy of the rows that are always there");
  }
  if (std::find(policies.begin(), policies.end(), name) == policies.end()) {
    throw config_error(value.place, unknown_name("policy", name, policies));
  }
  return name;
}

}  // namespace qsweep
