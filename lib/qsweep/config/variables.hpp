#pragma once

#include "qsweep/config/node.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// Letters, digits and `_`, not starting with a digit: what can follow a `$`.
bool is_identifier(const std::string& text);

/// Is this text a `$name`, whole?
bool is_variable(const std::string& text);

/// The `$name`s in a template, all of them, in order.
std::vector<const Node*> variable_nodes(const Node& node);
inline bool has_variables(const Node& node) {
  return !variable_nodes(node).empty();
}

/// Replaces `${NAME}` of the environment and `$$` in all texts. A `$` that stands for neither, nor
/// for a whole `$name`, is a ConfigError.
void resolve_dollars(Node& node);

/// A ConfigError at the first `$name`, where none can be read: `section` says where that is.
void reject_variables(const Node& node, const std::string& section);

}  // namespace qsweep
