#include "qsweep/plan/matrix.hpp"

#include <utility>

namespace qsweep {
namespace {

constexpr uint64_t kMostRows = 10'000'000;

Column::Kind kind_of(const std::string& name) {
  if (name == "model") {
    return Column::Kind::Model;
  }
  if (name == "policy") {
    return Column::Kind::Policy;
  }
  return is_setting(name) ? Column::Kind::Setting : Column::Kind::Variable;
}

std::string written_map(const Node& map) {
  std::string name;
  std::string parameters;
  for (const Node::Entry& entry : map.entries) {
    if (entry.key == "name") {
      name = written(entry.value);
    } else {
      parameters += (parameters.empty() ? "" : " ") + entry.key + "=" + written(entry.value);
    }
  }
  return parameters.empty() ? name : name + "(" + parameters + ")";
}

std::string factors_text(const std::vector<Axis>& axes) {
  std::string text;
  for (const Axis& axis : axes) {
    text += text.empty() ? "" : " x ";
    text += std::to_string(axis.entries.size());
  }
  return text;
}

}  // namespace

std::string written(const Node& value) {
  std::string text = value.text;
  for (const Node& item : value.items) {
    text += (text.empty() ? "" : "+") + written(item);
  }
  return value.kind == Node::Kind::Map ? written_map(value) : text;
}

const Node& compared(const Node& value) {
  const Node* name = value.find("name");
  return name == nullptr ? value : *name;
}

Matrix::Matrix(const Experiment& experiment) {
  check_size(experiment);
  for (const Axis& axis : experiment.axes) {
    add_axis(axis);
  }
  product_ = experiment.axes.empty() ? 0 : 1;
  for (const AxisColumns& axis : axes_) {
    product_ *= axis.entries;
  }
  for (const Include& include : experiment.include) {
    add_include(include);
  }
  for (Choice& row : includes_) {
    row.values.resize(columns_.size(), Choice::kMissing);
  }
}

void Matrix::check_size(const Experiment& experiment) const {
  uint64_t rows = experiment.axes.empty() ? 0 : 1;
  for (const Axis& axis : experiment.axes) {
    // A count of entries fits 32 bits and the rows so far are at most 10^7: no overflow.
    rows *= axis.entries.size();
    if (rows > kMostRows) {
      break;
    }
  }
  if (rows + experiment.include.size() > kMostRows) {
    const Place& place =
        experiment.axes.empty() ? experiment.include.front().place : experiment.axes.front().place;
    throw config_error(place,
                       "the matrix has more than " + std::to_string(kMostRows) +
                           " rows: " + factors_text(experiment.axes));
  }
}

void Matrix::add_axis(const Axis& axis) {
  AxisColumns added;
  added.entries = static_cast<uint32_t>(axis.entries.size());
  for (size_t j = 0; j < axis.names.size(); ++j) {
    Column column{axis.names[j], kind_of(axis.names[j]), {}};
    column.values.reserve(axis.entries.size());
    for (const std::vector<Node>& entry : axis.entries) {
      column.values.push_back(&entry[j]);
    }
    added.columns.push_back(columns_.size());
    columns_.push_back(std::move(column));
  }
  axes_.push_back(std::move(added));
}

size_t Matrix::column_for(const std::string& name) {
  if (const auto known = column(name)) {
    return *known;
  }
  columns_.push_back({name, kind_of(name), {}});
  return columns_.size() - 1;
}

void Matrix::add_include(const Include& include) {
  Choice row;
  row.include = &include.place;
  row.values.resize(columns_.size(), Choice::kMissing);
  for (const auto& [name, value] : include.values) {
    const size_t at = column_for(name);
    row.values.resize(columns_.size(), Choice::kMissing);
    row.values[at] = static_cast<uint32_t>(columns_[at].values.size());
    columns_[at].values.push_back(&value);
  }
  includes_.push_back(std::move(row));
}

std::optional<size_t> Matrix::column(const std::string& name) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) {
      return i;
    }
  }
  return std::nullopt;
}

Choice Matrix::row(uint32_t index) const {
  if (index >= product_) {
    return includes_[index - product_];
  }
  Choice row;
  row.values.resize(columns_.size(), Choice::kMissing);
  for (size_t a = axes_.size(); a-- > 0;) {
    for (const size_t at : axes_[a].columns) {
      row.values[at] = index % axes_[a].entries;
    }
    index /= axes_[a].entries;
  }
  return row;
}

}  // namespace qsweep
