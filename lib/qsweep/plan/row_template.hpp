#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/matrix.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A part of the file that may hold `$name`, and the columns whose values it reads.
class RowTemplate {
 public:
  /// `what` names it in messages: "policy 'binary'".
  RowTemplate(std::string what, Node node, const Matrix& matrix);

  const std::vector<size_t>& columns() const { return columns_; }
  /// Appends what tells rows apart that fill it in differently.
  void add_key(const Choice& row, std::string& key) const;
  const Node& node() const { return node_; }
  /// The node filled in for a row. Throws ConfigError at an added row that lacks a value.
  Node fill(const Choice& row) const { return fill(node_, row); }
  /// The same for an edited copy of the node.
  Node fill(const Node& node, const Choice& row) const;

 private:
  std::string what_;
  Node node_;
  const Matrix& matrix_;
  std::vector<size_t> columns_;
};

/// Appends a number to a key of a Memo.
void add_to_key(uint32_t number, std::string& key);

}  // namespace qsweep
