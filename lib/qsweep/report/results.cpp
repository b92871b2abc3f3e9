#include "qsweep/report/results.hpp"

#include "qsweep/config/utf8.hpp"

#include <algorithm>
#include <utility>

namespace qsweep {
namespace {

RowStatus status_of(const Record* record) {
  if (record == nullptr) {
    return RowStatus::Pending;
  }
  return record->failed ? RowStatus::Failed : RowStatus::Done;
}

std::optional<AccuracyChange> change_of(const RowResult& row) {
  if (row.status != RowStatus::Done || row.float_record == nullptr || !row.record->final ||
      row.record->final->images < 1) {
    return std::nullopt;
  }
  const Record& record = *row.record;
  return accuracy_change(record.images_won, record.images_lost, record.final->images);
}

}  // namespace

std::string to_string(RowStatus status) {
  switch (status) {
    case RowStatus::Done:
      return "done";
    case RowStatus::Failed:
      return "failed";
    case RowStatus::Pending:
      break;
  }
  return "pending";
}

Results::Results(FrozenPlan plan, Journal journal)
    : plan_(std::move(plan)),
      journal_(std::move(journal)),
      rows_of_trial_(plan_.trials.size()),
      rows_of_float_(plan_.trials.size()) {
  rows_.reserve(plan_.rows.size());
  for (const Row& row : plan_.rows) {
    const auto number = static_cast<uint32_t>(rows_.size());
    rows_of_trial_.at(row.trial).push_back(number);
    const auto reference = plan_.trial_numbers.find(plan_.trial_of(row).float_trial);
    if (reference != plan_.trial_numbers.end()) {
      rows_of_float_[reference->second].push_back(number);
    }
    rows_.push_back(result_of(row));
  }
}

const RowResult* Results::first_row(const std::string& trial) const {
  const auto number = plan_.trial_numbers.find(trial);
  if (number == plan_.trial_numbers.end() || rows_of_trial_[number->second].empty()) {
    return nullptr;
  }
  return &rows_[rows_of_trial_[number->second].front()];
}

void Results::add(JournalEntry entry) {
  const auto number = plan_.trial_numbers.find(entry.record.trial);
  journal_.add(std::move(entry));
  if (number == plan_.trial_numbers.end()) {
    return;
  }
  for (const auto* touched : {&rows_of_trial_, &rows_of_float_}) {
    for (const uint32_t row : (*touched)[number->second]) {
      rows_[row] = result_of(plan_.rows[row]);
    }
  }
}

RowResult Results::result_of(const Row& row) const {
  RowResult result;
  result.row = &row;
  result.trial = &plan_.trial_of(row);
  result.record = journal_.find(result.trial->id);
  result.status = status_of(result.record);
  const Record* reference = journal_.find(result.trial->float_trial);
  result.float_record = status_of(reference) == RowStatus::Done ? reference : nullptr;
  result.change = change_of(result);
  return result;
}

Results load_results(const std::string& run_directory) {
  return {load_plan(run_directory), read_journal(run_directory)};
}

std::vector<std::string> variables_of(const std::vector<const Results*>& runs) {
  std::vector<std::string> all;
  for (const Results* run : runs) {
    for (const std::string& name : run->plan().variables) {
      if (std::find(all.begin(), all.end(), name) == all.end()) {
        all.push_back(name);
      }
    }
  }
  return all;
}

std::string row_name(const Row& row, const std::vector<std::string>& variables) {
  std::string name = row.model + " " + row.policy;
  for (size_t i = 0; i < variables.size(); ++i) {
    if (!row.values.at(i).empty()) {
      name += " " + variables[i] + "=" + row.values[i];
    }
  }
  return printable(name);
}

}  // namespace qsweep
