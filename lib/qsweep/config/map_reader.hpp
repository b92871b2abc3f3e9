#pragma once

#include "qsweep/config/node.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A map whose keys are all known: the constructor throws a ConfigError at the first that is not.
class MapReader {
 public:
  /// `what` completes "unknown key 'x' in ...": "a rule", "'finetune'".
  MapReader(const Node& map, std::string what, const std::vector<std::string>& known);

  const Node* find(const std::string& key) const { return map_.find(key); }
  const Node& required(const std::string& key) const;

 private:
  const Node& map_;
  std::string what_;
};

/// The entries of a value that must be a map and not an empty one.
const std::vector<Node::Entry>& read_map(const Node& node, const std::string& what);

/// "unknown key 'x' in a rule; did you mean 'y'?"
ConfigError unknown_key(const Node::Entry& entry,
                        const std::string& what,
                        const std::vector<std::string>& known);

}  // namespace qsweep
