#include "qsweep/plan/row_template.hpp"

#include <utility>

namespace qsweep {

RowTemplate::RowTemplate(std::string what, Node node, const Matrix& matrix)
    : what_(std::move(what)), node_(std::move(node)), matrix_(matrix) {
  for (const std::string& name : variables_in(node_)) {
    if (const auto column = matrix.column(name)) {
      columns_.push_back(*column);
    }
  }
}

void RowTemplate::add_key(const Choice& row, std::string& key) const {
  for (const size_t column : columns_) {
    add_to_key(row.values[column], key);
  }
}

Node RowTemplate::fill(const Node& node, const Choice& row) const {
  Variables variables;
  for (const std::string& name : variables_in(node)) {
    const auto column = matrix_.column(name);
    if (!column) {
      continue;
    }
    const uint32_t value = row.values[*column];
    if (value == Choice::kMissing) {
      throw config_error(*row.include,
                         what_ + " reads '$" + name + "', and this row has no '" + name + "'");
    }
    variables.emplace(name, *matrix_.columns()[*column].values[value]);
  }
  return substitute(node, variables);
}

void add_to_key(uint32_t number, std::string& key) {
  for (int shift = 0; shift < 32; shift += 8) {
    key += static_cast<char>(number >> static_cast<unsigned>(shift) & 255U);
  }
}

}  // namespace qsweep
