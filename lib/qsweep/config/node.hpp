#pragma once

#include "qsweep/core/error.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

/// A text that the user wrote: a file, or an option of the command line.
struct Source {
  std::string name;  // "experiments/x.yaml", as given; "--set finetune.lr=fast" for an option
  std::string text;
};

/// Where something stands; line and column (of the byte) count from 1. Line 0: the place is the
/// source as a whole.
struct Place {
  std::shared_ptr<const Source> source;
  int line = 0;
  int column = 0;
};

/// A YAML value with its place. Aliases and `<<` merges are resolved, keys are unique.
struct Node {
  enum class Kind { Null, Scalar, Sequence, Map };
  struct Entry;

  Kind kind = Kind::Null;
  std::string text;       // of a scalar, as written
  bool quoted = false;    // a quoted scalar is text and never a number
  bool variable = false;  // the text is `$name`: a value of the matrix comes here
  Place place;
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a map, in the order of the file

  const Node* find(const std::string& key) const;
};

struct Node::Entry {
  std::string key;
  Place place;  // of the key
  Node value;
};

/// A ConfigError: "name:line:column: error: message", the line, and a caret below the column.
/// Long lines are cut around the column; control characters are shown as '?'.
ConfigError config_error(const Place& place, const std::string& message);

/// The same text with "warning" in place of "error".
std::string config_warning(const Place& place, const std::string& message);

/// Reads one YAML document. Throws ConfigError with its place for syntax errors, duplicate keys,
/// undefined aliases, a nesting deeper than 64, more than 1,000,000 nodes after aliases, a text of
/// more than 8 MB, or bytes that are not UTF-8 text.
Node parse_yaml(std::shared_ptr<const Source> source);

/// Reads a file of at most 8 MB; throws ConfigError if it is missing, a folder, or larger.
std::shared_ptr<const Source> read_source(const std::string& path);

}  // namespace qsweep
