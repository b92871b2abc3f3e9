#include "qsweep/report/timings.hpp"

#include "qsweep/report/csv.hpp"
#include "qsweep/report/number_text.hpp"

#include <set>
#include <vector>

namespace qsweep {
namespace {

std::set<std::string> stages_of(const Results& results) {
  std::set<std::string> stages;
  for (const RowResult& row : results.rows()) {
    if (row.record != nullptr) {
      for (const auto& stage : row.record->seconds) {
        stages.insert(stage.first);
      }
    }
  }
  return stages;
}

std::vector<std::string> header(const Results& results, const std::set<std::string>& stages) {
  std::vector<std::string> fields{"trial", "model", "policy"};
  const auto& variables = results.plan().variables;
  fields.insert(fields.end(), variables.begin(), variables.end());
  fields.emplace_back("data");
  for (const std::string& stage : stages) {
    fields.push_back(stage + "_s");
  }
  fields.insert(fields.end(), {"total_s", "images_per_s", "repeats", "peak_memory_bytes", "host"});
  return fields;
}

std::vector<std::string> fields_of(const RowResult& row, const std::set<std::string>& stages) {
  const Record& record = *row.record;
  std::vector<std::string> fields{record.trial, row.row->model, row.row->policy};
  fields.insert(fields.end(), row.row->values.begin(), row.row->values.end());
  fields.push_back(row.row->data);
  for (const std::string& stage : stages) {
    const auto found = record.seconds.find(stage);
    fields.push_back(found == record.seconds.end() ? "" : fixed_text(found->second, 3));
  }
  fields.push_back(fixed_text(record.total_seconds(), 3));
  fields.push_back(record.images_per_second > 0 ? fixed_text(record.images_per_second, 1) : "");
  fields.push_back(record.repeats > 0 ? std::to_string(record.repeats) : "");
  fields.push_back(record.peak_memory > 0 ? std::to_string(record.peak_memory) : "");
  fields.push_back(record.host);
  return fields;
}

}  // namespace

std::string timings_csv(const Results& results) {
  const std::set<std::string> stages = stages_of(results);
  std::string text = csv_line(header(results, stages));
  std::set<const FrozenTrial*> told;
  for (const RowResult& row : results.rows()) {
    const bool has_run = row.record != nullptr && row.record->started;
    if (has_run && told.insert(row.trial).second) {
      text += csv_line(fields_of(row, stages));
    }
  }
  return text;
}

}  // namespace qsweep
