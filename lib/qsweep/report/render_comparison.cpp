#include "qsweep/report/render_comparison.hpp"

#include "qsweep/report/aligned_table.hpp"
#include "qsweep/report/comparison_columns.hpp"
#include "qsweep/report/latex_table.hpp"
#include "qsweep/report/number_text.hpp"
#include "qsweep/report/row_columns.hpp"

#include <set>

namespace qsweep {
namespace {

constexpr int kTableDigits = 2;  // of a p in a table
constexpr Verdict kVerdicts[] = {Verdict::Same,
                                 Verdict::Better,
                                 Verdict::Worse,
                                 Verdict::Unsure,
                                 Verdict::Added,
                                 Verdict::Missing,
                                 Verdict::Failed,
                                 Verdict::Pending};

bool is_kept_quiet(Verdict verdict) {  // where there are none
  return verdict == Verdict::Added || verdict == Verdict::Missing || verdict == Verdict::Failed ||
         verdict == Verdict::Pending;
}

std::string top1_cell(const RowResult* row) {
  if (row == nullptr) {
    return "";
  }
  const bool is_done = row->status == RowStatus::Done && row->record->final;
  return is_done ? percent_text(row->record->final->top1) : to_string(row->status);
}

std::string change_cell(const ComparedRow& row) {
  return row.is_compared()
             ? change_text(row.now->record->final->top1 - row.base->record->final->top1)
             : "";
}

std::string interval_cell(const ComparedRow& row) {
  return row.test ? change_text(row.test->change.low) + " to " + change_text(row.test->change.high)
                  : "";
}

std::string p_cell(const ComparedRow& row, double PairedTest::*p) {
  return row.test ? significant_text((*row.test).*p, kTableDigits) : "";
}

std::string name_of(const ComparedRow& row, const Comparison& comparison) {
  const RunInFolder& run = row.now != nullptr ? *comparison.now : *comparison.base;
  return row_name(*row.shown().row, run.results.plan().variables);
}

std::set<std::string> datasets_of(const Comparison& comparison) {
  std::set<std::string> names;
  for (const ComparedRow& row : comparison.rows) {
    names.insert(row.shown().row->data);
  }
  return names;
}

AlignedTable table_of(const Comparison& comparison) {
  const std::vector<std::string> variables = variables_of(comparison);
  const RowColumns columns(variables, datasets_of(comparison));
  AlignedTable table = columns.table();
  for (const char* name : {"base", "new", "change", "95 % interval", "p", "p (Holm)"}) {
    table.header.emplace_back(name);
    table.is_number.push_back(true);
  }
  table.header.emplace_back("verdict");
  table.is_number.push_back(false);
  for (const ComparedRow& row : comparison.rows) {
    std::vector<std::string> values;
    for (const std::string& variable : variables) {
      values.push_back(variable_of(comparison, row, variable));
    }
    std::vector<std::string> cells = columns.cells(*row.shown().row, values);
    cells.insert(cells.end(),
                 {top1_cell(row.base),
                  top1_cell(row.now),
                  change_cell(row),
                  interval_cell(row),
                  p_cell(row, &PairedTest::p),
                  p_cell(row, &PairedTest::p_holm),
                  to_string(row.verdict)});
    table.rows.push_back(std::move(cells));
  }
  return table;
}

// "4 rows: 2 same, 0 better, 1 worse, 1 unsure"
std::string counts_line(const Comparison& comparison) {
  std::string text = std::to_string(comparison.rows.size()) + " rows:";
  const char* before = " ";
  for (const Verdict verdict : kVerdicts) {
    const size_t count = comparison.count(verdict);
    if (count > 0 || !is_kept_quiet(verdict)) {
      text += before + std::to_string(count) + " " + to_string(verdict);
      before = ", ";
    }
  }
  return text + "\n";
}

std::string test_line(const Comparison& comparison) {
  std::set<int64_t> images;
  bool is_limited = false;
  for (const ComparedRow& row : comparison.rows) {
    for (const RowResult* side : {row.base, row.now}) {
      is_limited = is_limited || (side != nullptr && side->trial->limit > 0);
    }
    if (row.test) {
      images.insert(row.now->record->final->images);
    }
  }
  const std::string limited = is_limited ? " (limited by evaluate.limit)" : "";
  if (images.empty()) {
    return "no row is paired by image" + limited + "\n";
  }
  std::string text = "top-1 in percent, on ";
  for (const int64_t count : images) {
    text += (count == *images.begin() ? "" : " or ") + std::to_string(count);
  }
  text += " images" + limited;
  return text + " paired one by one; p of McNemar's exact test, corrected by Holm for " +
         std::to_string(comparison.tests) + " rows\n";
}

std::string notes(const Comparison& comparison) {
  std::string text = counts_line(comparison) + test_line(comparison);
  for (const std::string& difference : comparison.differences) {
    text += difference + "\n";
  }
  for (const ComparedRow& row : comparison.rows) {
    if (!row.note.empty()) {
      text += name_of(row, comparison) + ": " + row.note + "\n";
    }
  }
  return text;
}

std::string as_table(const Comparison& comparison) {
  return table_of(comparison).text() + "\n" + notes(comparison);
}

std::string as_json(const Comparison& comparison) {
  Json rows = Json::array();
  for (const ComparedRow& row : comparison.rows) {
    rows.push_back(comparison_json(comparison, row));
  }
  Json counts;
  for (const Verdict verdict : kVerdicts) {
    counts[to_string(verdict)] = comparison.count(verdict);
  }
  const Json json{{"base", comparison.base->directory},
                  {"new", comparison.now->directory},
                  {"tests", comparison.tests},
                  {"counts", std::move(counts)},
                  {"differences", comparison.differences},
                  {"rows", std::move(rows)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string render(const Comparison& comparison, ReportFormat format) {
  switch (format) {
    case ReportFormat::Csv:
      return comparison_csv(comparison);
    case ReportFormat::JsonArray:
      return as_json(comparison);
    case ReportFormat::Latex:
      return latex_table(table_of(comparison), notes(comparison));
    case ReportFormat::Markdown:
      return "### " + comparison.base->directory + " and " + comparison.now->directory + "\n\n" +
             as_table(comparison);
    case ReportFormat::Text:
      break;
  }
  return as_table(comparison);
}

}  // namespace qsweep
