#include "qsweep/config/map_reader.hpp"

#include "qsweep/config/scalars.hpp"
#include "qsweep/config/utf8.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

constexpr size_t kLongestKey = 60;  // of a key in a message

}  // namespace

MapReader::MapReader(const Node& map, std::string what, const std::vector<std::string>& known)
    : map_(map), what_(std::move(what)) {
  for (const Node::Entry& entry : read_map(map, what_)) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      throw unknown_key(entry, what_, known);
    }
  }
}

const Node& MapReader::required(const std::string& key) const {
  const Node* value = map_.find(key);
  if (value == nullptr) {
    throw config_error(map_.place, "missing key '" + key + "' in " + what_);
  }
  return *value;
}

const std::vector<Node::Entry>& read_map(const Node& node, const std::string& what) {
  if (node.kind != Node::Kind::Map) {
    throw config_error(node.place, what + " must be a map, got " + described(node));
  }
  if (node.entries.empty()) {
    throw config_error(node.place, what + " is an empty map");
  }
  return node.entries;
}

ConfigError unknown_key(const Node::Entry& entry,
                        const std::string& what,
                        const std::vector<std::string>& known) {
  const std::string start =
      "unknown key '" + std::string(first_code_points(entry.key, kLongestKey)) + "' in " + what;
  const std::string nearest = suggestion(entry.key, known);
  return config_error(entry.place,
                      start + (nearest.empty() ? "; known are " + listed(known) : nearest));
}

}  // namespace qsweep
