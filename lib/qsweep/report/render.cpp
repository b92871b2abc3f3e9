#include "qsweep/report/render.hpp"

#include "qsweep/report/calibration_note.hpp"
#include "qsweep/report/csv.hpp"
#include "qsweep/report/latex_table.hpp"
#include "qsweep/report/models_by_bits.hpp"
#include "qsweep/report/result_columns.hpp"
#include "qsweep/report/run_status.hpp"

#include <algorithm>
#include <set>

namespace qsweep {
namespace {

template <class Item>
std::string joined(const std::set<Item>& items) {
  std::string text;
  for (const Item& item : items) {
    text += (text.empty() ? "" : " or ") + item;
  }
  return text;
}

// "top-1 in percent on 2000 images; in brackets the change against float, in points"
std::string images_note(const Results& results) {
  std::set<std::string> images;
  bool limited = false;
  for (const RowResult& row : results.rows()) {
    limited = limited || row.trial->limit > 0;
    if (row.status == RowStatus::Done && row.record->final) {
      images.insert(std::to_string(row.record->final->images));
    }
  }
  std::string note = "top-1 in percent";
  note += images.empty() ? "" : " on " + joined(images) + " images";
  note += limited ? " (limited by evaluate.limit)" : "";
  return note + "; in brackets the change against float, in points\n";
}

// Which epoch is the best one depends on the images that are asked.
std::string best_epoch_note(const Results& results) {
  std::set<std::string> splits;
  for (const RowResult& row : results.rows()) {
    if (row.status == RowStatus::Done && row.record->final && row.record->top1_best &&
        *row.record->top1_best != row.record->final->top1) {
      splits.insert(row.trial->best_on.empty() ? "the evaluated split itself" : row.trial->best_on);
    }
  }
  return splits.empty() ? "" : "top1_best is of the epoch chosen on " + joined(splits) + "\n";
}

int64_t calibrated_on_test(const Results& results) {
  int64_t most = 0;
  for (const RowResult& row : results.rows()) {
    most = std::max(most, row.trial->calibrated_on_test);
  }
  return most;
}

std::string as_csv(const std::vector<Results>& runs) {
  std::vector<const Results*> all;
  for (const Results& run : runs) {
    all.push_back(&run);
  }
  const std::vector<std::string> variables = variables_of(all);
  std::string text = csv_line(result_column_names(variables));
  for (const Results& run : runs) {
    for (const RowResult& row : run.rows()) {
      text += csv_line(result_fields(run, row, variables));
    }
  }
  return text;
}

std::string as_json(const std::vector<Results>& runs) {
  Json rows = Json::array();
  for (const Results& run : runs) {
    for (const RowResult& row : run.rows()) {
      rows.push_back(result_json(run, row));
    }
  }
  return rows.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_tables(const std::vector<Results>& runs, const std::string& heading) {
  std::string text;
  for (const Results& run : runs) {
    text += (text.empty() ? "" : "\n") + heading + run.plan().experiment + "\n\n";
    text += render_table(run);
  }
  return text;
}

// What one must know to read the table.
std::string notes(const Results& results) {
  const RunStatus status = run_status(results);
  std::string text = images_note(results);
  text += best_epoch_note(results);
  text += calibration_note(calibrated_on_test(results));
  if (status.pending > 0) {
    text += std::to_string(status.pending) + " of " + std::to_string(status.trials) +
            " trials are pending\n";
  }
  for (const RunStatus::Failure& failure : status.failures) {
    text += "failed: " + failure.row + ": " + failure.error + "\n";
  }
  return text;
}

std::string as_latex(const std::vector<Results>& runs) {
  std::string text;
  for (const Results& run : runs) {
    text += (text.empty() ? "" : "\n") +
            latex_table(models_by_bits(run), run.plan().experiment + "\n" + notes(run));
  }
  return text;
}

}  // namespace

std::string render_table(const Results& results) {
  return models_by_bits(results).text() + "\n" + notes(results);
}

std::string render(const std::vector<Results>& runs, ReportFormat format) {
  switch (format) {
    case ReportFormat::Csv:
      return as_csv(runs);
    case ReportFormat::JsonArray:
      return as_json(runs);
    case ReportFormat::Latex:
      return as_latex(runs);
    case ReportFormat::Markdown:
      return as_tables(runs, "### ");
    case ReportFormat::Text:
      break;
  }
  return as_tables(runs, "");
}

}  // namespace qsweep
