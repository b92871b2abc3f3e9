#include "qsweep/report/result_table.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/plan/row_value.hpp"
#include "qsweep/report/csv.hpp"

#include <cmath>
#include <utility>

namespace qsweep {

ResultTable::ResultTable(std::string name, const std::string& csv, std::string kind)
    : name_(std::move(name)), kind_(std::move(kind)) {
  rows_ = read_csv(name_, csv);
  if (rows_.empty()) {
    throw IoError(name_, "is empty; it must be a " + kind_);
  }
  read_header(rows_.front());
  rows_.erase(rows_.begin());
  read_labels();
}

void ResultTable::read_header(const std::vector<std::string>& header) {
  for (size_t i = 0; i < header.size(); ++i) {
    if (!columns_.emplace(header[i], i).second) {
      throw IoError(name_, "has two columns '" + header[i] + "'");
    }
  }
  for (const char* needed : {"trial", "model", "policy", "data"}) {
    column(needed);
  }
  if (kind_ == "results.csv") {
    column("status");
  }
  for (size_t i = column("policy") + 1; i < column("data"); ++i) {
    variables_.push_back(header[i]);
  }
}

void ResultTable::read_labels() {
  for (const std::vector<std::string>& row : rows_) {
    RowLabel label{
        row[column("trial")], row[column("model")], row[column("policy")], row[column("data")], {}};
    for (const std::string& variable : variables_) {
      if (!row[column(variable)].empty()) {
        label.values.emplace_back(variable, row[column(variable)]);
      }
    }
    labels_.push_back(std::move(label));
  }
  guess_float_trials();
}

// A float row stands right before the first row that is compared with it. In a file from which rows
// were taken it may be another's, but then their difference is none of the two.
void ResultTable::guess_float_trials() {
  if (!has("delta") || !has("top1")) {
    return;
  }
  constexpr double kRounding = 0.0051;  // of two decimals
  for (size_t i = 1; i < labels_.size(); ++i) {
    const auto delta = number(i, "delta");
    const auto top1 = number(i, "top1");
    const auto before = number(i - 1, "top1");
    if (labels_[i - 1].is_float() && !labels_[i].is_float() && delta && top1 && before &&
        std::abs(*top1 - *before - *delta) <= 2 * kRounding) {
      labels_[i].float_trial = labels_[i - 1].trial;
    }
  }
}

void ResultTable::add_float_trials(const Results& run) {
  const FrozenPlan& plan = run.plan();
  for (RowLabel& label : labels_) {
    const auto number = plan.trial_numbers.find(label.trial);
    if (number != plan.trial_numbers.end() && !label.is_float()) {
      label.float_trial = plan.trials.at(number->second).float_trial;
    }
  }
}

size_t ResultTable::column(const std::string& name) const {
  const auto found = columns_.find(name);
  if (found == columns_.end()) {
    throw IoError(name_, "has no column '" + name + "'; it must be a " + kind_);
  }
  return found->second;
}

std::optional<double> ResultTable::number(size_t row, const std::string& name) const {
  const bool is_done = !has("status") || text(row, "status") == "done";
  const std::string& cell = text(row, name);
  if (!is_done || cell.empty()) {
    return std::nullopt;
  }
  const auto number = as_number(cell);
  if (!number) {
    throw IoError(name_ + ":" + std::to_string(row + 2),
                  "'" + name + "' must be a number, got '" + cell + "'");
  }
  return number;
}

const std::string& ResultTable::text(size_t row, const std::string& name) const {
  return rows_.at(row)[column(name)];
}

}  // namespace qsweep
