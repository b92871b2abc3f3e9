#include "qsweep/config/variables.hpp"

#include "qsweep/config/experiment.hpp"
#include "qsweep/core/nearest_name.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace qsweep {
namespace {

std::string environment_value(const Place& place, const std::string& name) {
  if (!is_identifier(name)) {
    throw config_error(place, "'${" + name + "}' does not name an environment variable");
  }
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    throw config_error(place, "the environment variable '" + name + "' is not set");
  }
  return value;
}

std::string resolved(const Node& node) {
  const std::string& text = node.text;
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      result += text[at];
      continue;
    }
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    const size_t end = next == '{' ? text.find('}', at) : std::string::npos;
    if (next == '$') {
      result += '$';
      ++at;
    } else if (end != std::string::npos) {
      result += environment_value(node.place, text.substr(at + 2, end - at - 2));
      at = end;
    } else {
      throw config_error(node.place,
                         "'$' starts a variable that stands for a whole value, or '${NAME}' of the "
                         "environment; write '$$' for a dollar");
    }
  }
  return result;
}

// "${NAME}" and nothing else: YAML wants the quotes within [ ] and { }, so they do not make a text
// of the number that the environment holds.
bool is_one_environment_name(const std::string& text) {
  return text.rfind("${", 0) == 0 && text.find('}') == text.size() - 1;
}

void collect(const Node& node, std::vector<const Node*>& found) {
  if (node.variable) {
    found.push_back(&node);
  }
  for (const Node& item : node.items) {
    collect(item, found);
  }
  for (const Node::Entry& entry : node.entries) {
    collect(entry.value, found);
  }
}

void substitute_in(Node& node, const Variables& variables) {
  if (node.variable) {
    const auto value = variables.find(node.text.substr(1));
    if (value == variables.end()) {
      throw config_error(node.place, "'" + node.text + "' has no value in this row");
    }
    node = value->second;
    return;
  }
  for (Node& item : node.items) {
    substitute_in(item, variables);
  }
  for (Node::Entry& entry : node.entries) {
    substitute_in(entry.value, variables);
  }
}

Node& entry_of(Node& map, const std::string& key, const Place& place) {
  if (map.kind != Node::Kind::Map) {
    map = Node();
    map.kind = Node::Kind::Map;
    map.place = place;
  }
  for (Node::Entry& entry : map.entries) {
    if (entry.key == key) {
      return entry.value;
    }
  }
  map.entries.push_back({key, place, Node()});
  return map.entries.back().value;
}

}  // namespace

bool is_identifier(const std::string& text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x80 && (std::isalnum(byte) != 0 || c == '_');
  });
}

bool is_variable(const std::string& text) {
  return text.size() > 1 && text[0] == '$' && is_identifier(text.substr(1));
}

std::vector<const Node*> variable_nodes(const Node& node) {
  std::vector<const Node*> found;
  collect(node, found);
  return found;
}

void resolve_dollars(Node& node) {
  if (node.kind == Node::Kind::Scalar && !node.variable) {
    node.quoted = node.quoted && !is_one_environment_name(node.text);
    node.text = resolved(node);
  }
  for (Node& item : node.items) {
    resolve_dollars(item);
  }
  for (Node::Entry& entry : node.entries) {
    resolve_dollars(entry.value);
  }
}

void reject_variables(const Node& node, const std::string& section) {
  const std::vector<const Node*> found = variable_nodes(node);
  if (!found.empty()) {
    throw config_error(
        found[0]->place,
        "'" + found[0]->text + "' cannot be read in '" + section + "'; write '$$' for a dollar");
  }
}

std::vector<std::string> variables_in(const Node& node) {
  std::vector<std::string> names;
  for (const Node* variable : variable_nodes(node)) {
    const std::string name = variable->text.substr(1);
    if (!contains(names, name)) {
      names.push_back(name);
    }
  }
  return names;
}

Node substitute(const Node& node, const Variables& variables) {
  Node result = node;
  substitute_in(result, variables);
  return result;
}

void set_path(Node& settings, const std::string& path, const Node& value) {
  Node* node = &settings;
  size_t start = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    node = &entry_of(*node, path.substr(start, dot - start), value.place);
    start = dot + 1;
  }
  entry_of(*node, path.substr(start), value.place) = value;
}

}  // namespace qsweep
