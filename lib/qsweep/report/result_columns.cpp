#include "qsweep/report/result_columns.hpp"

#include "qsweep/plan/row_value.hpp"
#include "qsweep/report/csv.hpp"
#include "qsweep/report/json_cell.hpp"
#include "qsweep/report/number_text.hpp"

#include <optional>

namespace qsweep {
namespace {

bool is_done(const RowResult& row) {
  return row.status == RowStatus::Done;
}

std::string percent_or_empty(const std::optional<double>& value) {
  return value ? percent_text(*value) : "";
}

std::string final_text(const RowResult& row, double Evaluation::*number, int digits) {
  return is_done(row) && row.record->final ? fixed_text((*row.record->final).*number, digits) : "";
}

std::string change_part(const RowResult& row, double AccuracyChange::*part) {
  return row.change ? percent_text((*row.change).*part) : "";
}

std::string images_text(const Results&, const RowResult& row) {
  return is_done(row) && row.record->final ? std::to_string(row.record->final->images) : "";
}

std::string top1_float_text(const Results&, const RowResult& row) {
  const bool known = row.float_record != nullptr && row.float_record->final;
  return known ? percent_text(row.float_record->final->top1) : "";
}

// What is not quantized has no accuracy "before fine-tuning" of its own.
std::string top1_ptq_text(const Results&, const RowResult& row) {
  const bool known = is_done(row) && !row.trial->is_float() && row.record->ptq;
  return known ? percent_text(row.record->ptq->top1) : "";
}

std::string sqnr_text(const Results&, const RowResult& row) {
  return is_done(row) && row.record->sqnr_db ? fixed_text(*row.record->sqnr_db, 2) : "";
}

using RowRef = const RowResult&;
using RunRef = const Results&;

// In the order of the file.
const std::vector<ResultColumn>& columns() {
  static const std::vector<ResultColumn> table{
      {"experiment", false, [](RunRef run, RowRef) { return run.plan().experiment; }},
      {"trial", false, [](RunRef, RowRef row) { return row.trial->id; }},
      {"model", false, [](RunRef, RowRef row) { return row.row->model; }},
      {"policy", false, [](RunRef, RowRef row) { return row.row->policy; }},
      {"", false, nullptr},  // the variables
      {"data", false, [](RunRef, RowRef row) { return row.row->data; }},
      {"images", true, images_text},
      {"status", false, [](RunRef, RowRef row) { return to_string(row.status); }},
      {"top1_float", true, top1_float_text},
      {"top1_ptq", true, top1_ptq_text},
      {"top1", true, [](RunRef, RowRef row) { return final_text(row, &Evaluation::top1, 2); }},
      {"top1_best",
       true,
       [](RunRef, RowRef row) {
         return is_done(row) ? percent_or_empty(row.record->top1_best) : std::string();
       }},
      {"delta", true, [](RunRef, RowRef row) { return change_part(row, &AccuracyChange::delta); }},
      {"ci_low", true, [](RunRef, RowRef row) { return change_part(row, &AccuracyChange::low); }},
      {"ci_high", true, [](RunRef, RowRef row) { return change_part(row, &AccuracyChange::high); }},
      {"loss", true, [](RunRef, RowRef row) { return final_text(row, &Evaluation::loss, 6); }},
      {"top5", true, [](RunRef, RowRef row) { return final_text(row, &Evaluation::top5, 2); }},
      {"weight_bits",
       true,
       [](RunRef, RowRef row) { return short_text(row.trial->cost.weight_bits); }},
      {"output_bits",
       true,
       [](RunRef, RowRef row) { return short_text(row.trial->cost.output_bits); }},
      {"size_bytes",
       true,
       [](RunRef, RowRef row) { return std::to_string(row.trial->cost.size_bytes); }},
      {"macs", true, [](RunRef, RowRef row) { return std::to_string(row.trial->cost.macs); }},
      {"bops", true, [](RunRef, RowRef row) { return std::to_string(row.trial->cost.bops); }},
      {"sqnr_db", true, sqnr_text},
      {"error", false, [](RunRef, RowRef row) {
         return row.status == RowStatus::Failed ? row.record->error : std::string();
       }}};
  return table;
}

}  // namespace

std::vector<std::string> result_column_names(const std::vector<std::string>& variables) {
  std::vector<std::string> names;
  for (const ResultColumn& column : columns()) {
    if (column.text == nullptr) {
      names.insert(names.end(), variables.begin(), variables.end());
    } else {
      names.push_back(column.name);
    }
  }
  return names;
}

std::vector<std::string> result_fields(const Results& results,
                                       const RowResult& row,
                                       const std::vector<std::string>& variables) {
  std::vector<std::string> fields;
  for (const ResultColumn& column : columns()) {
    if (column.text != nullptr) {
      fields.push_back(column.text(results, row));
      continue;
    }
    for (const std::string& variable : variables) {
      fields.push_back(value_of(*row.row, results.plan().variables, variable).value_or(""));
    }
  }
  return fields;
}

Json result_json(const Results& results, const RowResult& row) {
  Json json;
  for (const ResultColumn& column : columns()) {
    if (column.text != nullptr) {
      json[column.name] = json_cell(column.text(results, row), column.is_number);
    }
  }
  const auto& variables = results.plan().variables;
  for (size_t i = 0; i < variables.size(); ++i) {
    json["variables"][variables[i]] = row.row->values.at(i);
  }
  return json;
}

std::string results_csv(const Results& results) {
  const auto& variables = results.plan().variables;
  std::string text = csv_line(result_column_names(variables));
  for (const RowResult& row : results.rows()) {
    text += csv_line(result_fields(results, row, variables));
  }
  return text;
}

}  // namespace qsweep
