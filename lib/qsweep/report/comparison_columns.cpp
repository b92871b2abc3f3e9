#include "qsweep/report/comparison_columns.hpp"

#include "qsweep/plan/row_value.hpp"
#include "qsweep/report/csv.hpp"
#include "qsweep/report/json_cell.hpp"
#include "qsweep/report/number_text.hpp"

namespace qsweep {
namespace {

constexpr int kCsvDigits = 6;  // of a p

using ComparedRef = const ComparedRow&;

struct Column {
  const char* name;
  bool is_number;
  std::string (*text)(ComparedRef);  // null: the variables
};

const Evaluation* result_of(const RowResult* row) {
  const bool is_done = row != nullptr && row->status == RowStatus::Done && row->record->final;
  return is_done ? &*row->record->final : nullptr;
}

std::string trial_of(const RowResult* row) {
  return row == nullptr ? "" : row->trial->id;
}

std::string top1_of(const RowResult* row) {
  const Evaluation* result = result_of(row);
  return result == nullptr ? "" : percent_text(result->top1);
}

std::string images_of(ComparedRef row) {
  const Evaluation* result = result_of(&row.shown());
  return result == nullptr ? "" : std::to_string(result->images);
}

std::string delta_of(ComparedRef row) {
  return row.is_compared() ? percent_text(result_of(row.now)->top1 - result_of(row.base)->top1)
                           : "";
}

std::string change_part(ComparedRef row, double AccuracyChange::*part) {
  return row.test ? percent_text(row.test->change.*part) : "";
}

std::string count_part(ComparedRef row, int64_t PairedTest::*part) {
  return row.test ? std::to_string((*row.test).*part) : "";
}

std::string p_part(ComparedRef row, double PairedTest::*part) {
  return row.test ? significant_text((*row.test).*part, kCsvDigits) : "";
}

const std::vector<Column>& compared_columns() {
  static const std::vector<Column> table{
      {"trial_base", false, [](ComparedRef row) { return trial_of(row.base); }},
      {"trial", false, [](ComparedRef row) { return trial_of(row.now); }},
      {"model", false, [](ComparedRef row) { return row.shown().row->model; }},
      {"policy", false, [](ComparedRef row) { return row.shown().row->policy; }},
      {"", false, nullptr},  // the variables
      {"data", false, [](ComparedRef row) { return row.shown().row->data; }},
      {"images", true, images_of},
      {"top1_base", true, [](ComparedRef row) { return top1_of(row.base); }},
      {"top1", true, [](ComparedRef row) { return top1_of(row.now); }},
      {"delta", true, delta_of},
      {"ci_low", true, [](ComparedRef row) { return change_part(row, &AccuracyChange::low); }},
      {"ci_high", true, [](ComparedRef row) { return change_part(row, &AccuracyChange::high); }},
      {"images_won", true, [](ComparedRef row) { return count_part(row, &PairedTest::won); }},
      {"images_lost", true, [](ComparedRef row) { return count_part(row, &PairedTest::lost); }},
      {"p", true, [](ComparedRef row) { return p_part(row, &PairedTest::p); }},
      {"p_holm", true, [](ComparedRef row) { return p_part(row, &PairedTest::p_holm); }},
      {"verdict", false, [](ComparedRef row) { return to_string(row.verdict); }},
      {"note", false, [](ComparedRef row) { return row.note; }}};
  return table;
}

}  // namespace

std::vector<std::string> variables_of(const Comparison& comparison) {
  return variables_of({&comparison.now->results, &comparison.base->results});
}

std::string variable_of(const Comparison& comparison,
                        const ComparedRow& row,
                        const std::string& variable) {
  const RunInFolder& run = row.now != nullptr ? *comparison.now : *comparison.base;
  return value_of(*row.shown().row, run.results.plan().variables, variable).value_or("");
}

std::string comparison_csv(const Comparison& comparison) {
  const std::vector<std::string> variables = variables_of(comparison);
  std::vector<std::string> header;
  for (const Column& column : compared_columns()) {
    if (column.text == nullptr) {
      header.insert(header.end(), variables.begin(), variables.end());
    } else {
      header.emplace_back(column.name);
    }
  }
  std::string text = csv_line(header);
  for (const ComparedRow& row : comparison.rows) {
    std::vector<std::string> fields;
    for (const Column& column : compared_columns()) {
      if (column.text != nullptr) {
        fields.push_back(column.text(row));
        continue;
      }
      for (const std::string& variable : variables) {
        fields.push_back(variable_of(comparison, row, variable));
      }
    }
    text += csv_line(fields);
  }
  return text;
}

Json comparison_json(const Comparison& comparison, const ComparedRow& row) {
  Json json;
  for (const Column& column : compared_columns()) {
    if (column.text != nullptr) {
      json[column.name] = json_cell(column.text(row), column.is_number);
    }
  }
  json["variables"] = Json::object();
  for (const std::string& variable : variables_of(comparison)) {
    json["variables"][variable] = variable_of(comparison, row, variable);
  }
  return json;
}

}  // namespace qsweep
