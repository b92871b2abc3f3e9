#include "qsweep/config/map_reader.hpp"
#include "qsweep/config/rule_templates.hpp"
#include "qsweep/config/scalars.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/core/nearest_name.hpp"

namespace qsweep {
namespace {

const std::vector<std::string> kSelectorKeys{"type", "name", "position", "not"};
const std::vector<std::string> kRuleKeys{
    "type", "name", "position", "not", "weight", "output", "input"};

std::string read_type(const Node& value, const Catalog& catalog) {
  const std::string type = read_text(value, "type");
  if (contains(catalog.moving_types, type)) {
    throw config_error(value.place, "'" + type + "' only moves data and is never a step");
  }
  if (type != "*" && !contains(catalog.types, type)) {
    throw config_error(value.place, unknown_name("layer type", type, catalog.types));
  }
  return type;
}

// The values of a condition; those that are variables are left out.
std::vector<const Node*> given_values(const Node& node, const std::string& key) {
  std::vector<const Node*> values = one_or_more(node, key);
  values.erase(std::remove_if(
                   values.begin(), values.end(), [](const Node* value) { return value->variable; }),
               values.end());
  return values;
}

Selector read_selector(const MapReader& map, const Catalog& catalog);

std::shared_ptr<const Selector> read_negated(const Node& node, const Catalog& catalog) {
  const MapReader map(node, "'not'", kSelectorKeys);
  return std::make_shared<const Selector>(read_selector(map, catalog));
}

Selector read_selector(const MapReader& map, const Catalog& catalog) {
  Selector selector;
  if (const Node* types = map.find("type")) {
    for (const Node* value : given_values(*types, "type")) {
      selector.types.push_back(read_type(*value, catalog));
    }
  }
  if (const Node* names = map.find("name")) {
    for (const Node* value : given_values(*names, "name")) {
      selector.names.push_back(read_text(*value, "name"));
    }
  }
  if (const Node* positions = map.find("position")) {
    for (const Node* value : given_values(*positions, "position")) {
      selector.positions.push_back(read_choice(*value, "position", {"first", "last"}));
    }
  }
  if (const Node* negated = map.find("not")) {
    selector.negated = read_negated(*negated, catalog);
  }
  return selector;
}

std::optional<FieldRule> read_optional_field(const MapReader& map,
                                             const std::string& name,
                                             const Catalog& catalog) {
  const Node* field = map.find(name);
  return field == nullptr ? std::nullopt : std::make_optional(read_field(*field, name, catalog));
}

void require_selector(const MapReader& map, const Place& place) {
  for (const std::string& key : kSelectorKeys) {
    if (map.find(key) != nullptr) {
      return;
    }
  }
  throw config_error(place, "this rule would select every layer; if it should, write type: \"*\"");
}

Rule read_rule(const Node& node, const Catalog& catalog) {
  const MapReader map(node, "a rule", kRuleKeys);
  require_selector(map, node.place);
  Rule rule;
  rule.place = node.place;
  rule.selector = read_selector(map, catalog);
  rule.weight = read_optional_field(map, "weight", catalog);
  rule.output = read_optional_field(map, "output", catalog);
  rule.input = read_optional_field(map, "input", catalog);
  if (!rule.weight && !rule.output && !rule.input) {
    throw config_error(node.place, "this rule says nothing; give 'weight', 'output' or 'input'");
  }
  return rule;
}

std::vector<Rule> read_rules(const Node& policy, const Catalog& catalog) {
  if (policy.kind != Node::Kind::Sequence) {
    throw config_error(policy.place, "a policy must be a list of rules, got " + described(policy));
  }
  if (policy.items.empty()) {
    throw config_error(policy.place, "a policy without rules; the float row needs none");
  }
  std::vector<Rule> rules;
  for (const Node& item : policy.items) {
    rules.push_back(read_rule(item, catalog));
  }
  return rules;
}

}  // namespace

std::vector<Rule> read_policy_template(const Node& policy, const Catalog& catalog) {
  return read_rules(policy, catalog);
}

Node find_policy(const Node& file, const std::string& name, const Place& place) {
  const Node* policies = file.kind == Node::Kind::Map ? file.find("policies") : nullptr;
  if (policies == nullptr) {
    throw config_error(file.place, "missing key 'policies': no experiment file with policies");
  }
  std::vector<std::string> known;
  for (const Node::Entry& entry : read_map(*policies, "'policies'")) {
    if (entry.key == name) {
      Node policy = entry.value;
      resolve_dollars(policy);
      return policy;
    }
    known.push_back(entry.key);
  }
  throw config_error(place, unknown_name("policy", name, known));
}

std::vector<Rule> read_policy(const Node& policy, const Catalog& catalog) {
  const std::vector<const Node*> open = variable_nodes(policy);
  if (!open.empty()) {
    throw config_error(open[0]->place, "'" + open[0]->text + "' has no value in this row");
  }
  return read_rules(policy, catalog);
}

}  // namespace qsweep
