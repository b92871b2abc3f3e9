#include "qsweep/report/render_pivot.hpp"

#include "qsweep/core/json.hpp"
#include "qsweep/plan/row_value.hpp"
#include "qsweep/report/aligned_table.hpp"
#include "qsweep/report/calibration_note.hpp"
#include "qsweep/report/csv.hpp"
#include "qsweep/report/latex_table.hpp"

#include <algorithm>

namespace qsweep {
namespace {

const PivotValue& value_at(const Pivot& pivot, size_t value) {
  return *find_pivot_value(pivot.request.values[value]);
}

bool is_word(const std::string& name) {  // whose value says what it is
  return name == "run" || name == "experiment" || name == "model" || name == "policy" ||
         name == "data";
}

// "w=8 a=8", and the value's name where there are several or nothing else.
std::string title(const Pivot& pivot, const Pivot::Key& column, size_t value) {
  std::string text;
  for (size_t i = 0; i < column.size(); ++i) {
    const std::string& name = pivot.request.columns[i];
    if (!column[i].empty()) {
      text += (text.empty() ? "" : " ") + (is_word(name) ? column[i] : name + "=" + column[i]);
    }
  }
  if (text.empty() && !column.empty()) {
    text = "no " + pivot.request.columns.back();
  }
  const bool with_value = text.empty() || pivot.request.values.size() > 1;
  return with_value ? text + (text.empty() ? "" : " ") + pivot.request.values[value] : text;
}

std::string without_number(const PivotCell& cell) {
  if (cell.failed > 0) {
    return "failed";
  }
  return cell.pending > 0 ? "pending" : "";
}

std::string cell_text(const Pivot& pivot, const PivotCell* cell, size_t value) {
  if (cell == nullptr) {
    return "";
  }
  const auto mean = cell->mean(value);
  if (!mean) {
    return without_number(*cell);
  }
  const auto text = value_at(pivot, value).text;
  const auto deviation = cell->deviation(value);
  return text(*mean) + (deviation ? " \xc2\xb1 " + text(*deviation) : "");
}

AlignedTable table_of(const Pivot& pivot) {
  AlignedTable table;
  table.header = pivot.request.rows;
  table.is_number.assign(table.header.size(), false);
  for (const Pivot::Key& column : pivot.columns) {
    for (size_t value = 0; value < pivot.request.values.size(); ++value) {
      table.header.push_back(title(pivot, column, value));
      table.is_number.push_back(true);
    }
  }
  for (const Pivot::Key& line : pivot.lines) {
    std::vector<std::string> cells = line;
    for (const Pivot::Key& column : pivot.columns) {
      for (size_t value = 0; value < pivot.request.values.size(); ++value) {
        cells.push_back(cell_text(pivot, pivot.find(line, column), value));
      }
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

size_t most_trials(const Pivot& pivot) {
  size_t most = 0;
  for (const auto& entry : pivot.cells) {
    most = std::max(most, entry.second.trials.size());
  }
  return most;
}

// "2 to 3 trials", of the cells that have a mean.
std::string deviation_note(const Pivot& pivot) {
  size_t fewest = 0;
  size_t most = 0;
  for (const auto& entry : pivot.cells) {
    for (const std::vector<double>& numbers : entry.second.numbers) {
      if (numbers.size() > 1) {
        fewest = fewest == 0 ? numbers.size() : std::min(fewest, numbers.size());
        most = std::max(most, numbers.size());
      }
    }
  }
  if (most == 0) {
    return "";
  }
  return "mean \xc2\xb1 standard deviation over the seeds, " +
         (fewest == most ? "" : std::to_string(fewest) + " to ") + std::to_string(most) +
         " trials\n";
}

std::string lacking_notes(const Pivot& pivot) {
  std::string text;
  for (const Pivot::Key& line : pivot.lines) {
    for (const Pivot::Key& column : pivot.columns) {
      const PivotCell* cell = pivot.find(line, column);
      const size_t lacking = cell == nullptr ? 0 : cell->failed + cell->pending;
      if (lacking > 0 && cell->trials.size() > 1) {
        text += cell->name + ": " + std::to_string(lacking) + " of " +
                std::to_string(cell->trials.size()) + " trials have no result\n";
      }
    }
  }
  return text;
}

std::string values_note(const Pivot& pivot) {
  std::string text;
  for (const std::string& value : pivot.request.values) {
    text += (text.empty() ? "" : ", ") + value;
  }
  return text + (pivot.is_limited ? " (limited by evaluate.limit)\n" : "\n");
}

std::string best_note(const Pivot& pivot) {
  std::string splits;
  for (const std::string& split : pivot.best_on) {
    splits += (splits.empty() ? "" : " or ") + split;
  }
  return splits.empty() ? "" : "top1_best is of the epoch chosen on " + splits + "\n";
}

std::string notes(const Pivot& pivot) {
  return values_note(pivot) + best_note(pivot) + calibration_note(pivot.calibrated_on_test) +
         deviation_note(pivot) + lacking_notes(pivot);
}

// Of one cell and value: its mean, and where any cell has several trials deviation and number.
void add_csv_fields(const Pivot& pivot,
                    const PivotCell* cell,
                    size_t value,
                    bool with_deviation,
                    std::vector<std::string>& fields) {
  const auto text = value_at(pivot, value).text;
  const auto mean = cell == nullptr ? std::nullopt : cell->mean(value);
  const auto deviation = cell == nullptr ? std::nullopt : cell->deviation(value);
  fields.push_back(mean ? text(*mean) : "");
  if (with_deviation) {
    fields.push_back(deviation ? text(*deviation) : "");
    fields.push_back(cell == nullptr ? "" : std::to_string(cell->numbers[value].size()));
  }
}

std::string as_csv(const Pivot& pivot) {
  const bool with_deviation = most_trials(pivot) > 1;
  std::vector<std::string> header = pivot.request.rows;
  for (const Pivot::Key& column : pivot.columns) {
    for (size_t value = 0; value < pivot.request.values.size(); ++value) {
      header.push_back(title(pivot, column, value));
      if (with_deviation) {
        header.push_back(header.back() + " sd");
        header.push_back(title(pivot, column, value) + " n");
      }
    }
  }
  std::string text = csv_line(header);
  for (const Pivot::Key& line : pivot.lines) {
    std::vector<std::string> fields = line;
    for (const Pivot::Key& column : pivot.columns) {
      for (size_t value = 0; value < pivot.request.values.size(); ++value) {
        add_csv_fields(pivot, pivot.find(line, column), value, with_deviation, fields);
      }
    }
    text += csv_line(fields);
  }
  return text;
}

Json named(const std::vector<std::string>& names, const Pivot::Key& values) {
  Json json = Json::object();
  for (size_t i = 0; i < names.size(); ++i) {
    json[names[i]] = values[i];
  }
  return json;
}

Json number_json(const Pivot& pivot, const std::optional<double>& number, size_t value) {
  if (!number) {
    return nullptr;
  }
  const std::string text = value_at(pivot, value).text(*number);
  return as_number(text) ? Json::parse(text) : Json(text);
}

Json cell_json(const Pivot& pivot, const PivotCell& cell) {
  Json json{{"trials", cell.trials.size()}, {"failed", cell.failed}, {"pending", cell.pending}};
  for (size_t value = 0; value < pivot.request.values.size(); ++value) {
    json["values"][pivot.request.values[value]] = {
        {"mean", number_json(pivot, cell.mean(value), value)},
        {"deviation", number_json(pivot, cell.deviation(value), value)},
        {"n", cell.numbers[value].size()}};
  }
  return json;
}

std::string as_json(const Pivot& pivot) {
  Json cells = Json::array();
  for (const Pivot::Key& line : pivot.lines) {
    for (const Pivot::Key& column : pivot.columns) {
      if (const PivotCell* cell = pivot.find(line, column)) {
        Json json = cell_json(pivot, *cell);
        json["row"] = named(pivot.request.rows, line);
        json["column"] = named(pivot.request.columns, column);
        cells.push_back(std::move(json));
      }
    }
  }
  const Json json{{"rows", pivot.request.rows},
                  {"columns", pivot.request.columns},
                  {"values", pivot.request.values},
                  {"limited", pivot.is_limited},
                  {"cells", std::move(cells)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string render(const Pivot& pivot, ReportFormat format) {
  switch (format) {
    case ReportFormat::Csv:
      return as_csv(pivot);
    case ReportFormat::JsonArray:
      return as_json(pivot);
    case ReportFormat::Latex:
      return latex_table(table_of(pivot), notes(pivot));
    case ReportFormat::Markdown:
    case ReportFormat::Text:
      break;
  }
  return table_of(pivot).text() + "\n" + notes(pivot);
}

}  // namespace qsweep
