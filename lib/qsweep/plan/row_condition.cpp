#include "qsweep/plan/row_condition.hpp"

#include "qsweep/plan/row_value.hpp"

#include <algorithm>
#include <optional>

namespace qsweep {
namespace {

// Of what a condition says of a name.
const Place& place_in(const RowMatch& match, const std::string& name) {
  const auto wanted = match.any_of.find(name);
  return wanted == match.any_of.end() || wanted->second.empty() ? match.place
                                                                : wanted->second.front().place;
}

bool equals_any(const std::vector<Node>& wanted, const std::string& value) {
  return std::any_of(
      wanted.begin(), wanted.end(), [&](const Node& node) { return equals_written(node, value); });
}

// A setting as the file gives it, outside the matrix.
const Node* find_path(const Node& settings, const std::string& path) {
  const size_t dot = path.find('.');
  const Node* value = settings.find(path.substr(0, dot));
  if (dot != std::string::npos && value != nullptr) {
    value = value->find(path.substr(dot + 1));
  }
  return value == nullptr ? nullptr : &compared(*value);
}

std::string compared_text(const Matrix& matrix,
                          const NamedChoices& names,
                          size_t column,
                          uint32_t value) {
  const Column& all = matrix.columns()[column];
  return all.kind == Column::Kind::Setting ? written(compared(*all.values[value]))
                                           : names.written(matrix, column, value);
}

}  // namespace

bool equals_written(const Node& wanted, const std::string& value) {
  const std::string text = written(wanted);
  const auto a = wanted.quoted ? std::nullopt : as_number(text);
  const auto b = as_number(value);
  return a && b ? *a == *b : text == value;
}

RowCondition::RowCondition(const RowMatch& match,
                           const Experiment& experiment,
                           const Matrix& matrix,
                           const NamedChoices& names) {
  for (const auto& [name, wanted] : match.any_of) {
    auto column = matrix.column(name);
    if (!column) {
      const Node* constant = find_path(experiment.settings, name);
      if (constant == nullptr) {
        throw config_error(place_in(match, name),
                           "the setting '" + name + "' is not given in this file");
      }
      const std::vector<std::string> reads = variables_in(*constant);
      if (!reads.empty() && !constant->variable) {
        throw config_error(place_in(match, name),
                           "'" + name + "' differs by '$" + reads.front() + "' here; name '" +
                               reads.front() + "' instead");
      }
      column = reads.empty() ? std::nullopt : matrix.column(reads.front());
      if (!column) {
        constants_hold_ = constants_hold_ && equals_any(wanted, written(*constant));
        continue;
      }
    }
    Test test;
    test.column = *column;
    const auto count = static_cast<uint32_t>(matrix.columns()[*column].values.size());
    for (uint32_t value = 0; value < count; ++value) {
      test.fulfils.push_back(
          static_cast<char>(equals_any(wanted, compared_text(matrix, names, *column, value))));
    }
    tests_.push_back(std::move(test));
  }
}

bool RowCondition::holds(const Choice& row) const {
  return constants_hold_ && std::all_of(tests_.begin(), tests_.end(), [&](const Test& test) {
           const uint32_t value = row.values[test.column];
           return value != Choice::kMissing && test.fulfils[value] != 0;
         });
}

}  // namespace qsweep
