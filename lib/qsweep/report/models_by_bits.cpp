#include "qsweep/report/models_by_bits.hpp"

#include "qsweep/report/number_text.hpp"
#include "qsweep/report/row_columns.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace qsweep {
namespace {

constexpr size_t kWidest = 120;      // characters of a line
constexpr size_t kMostColumns = 12;  // of choices

std::set<std::string> datasets_of(const Results& results) {
  std::set<std::string> names;
  for (const RowResult& row : results.rows()) {
    names.insert(row.row->data);
  }
  return names;
}

std::string float_cell(const RowResult& row) {
  if (row.float_record != nullptr && row.float_record->final) {
    return percent_text(row.float_record->final->top1);
  }
  return row.trial->is_float() ? to_string(row.status) : "";
}

std::string cell(const RowResult& row) {
  if (row.status != RowStatus::Done || !row.record->final) {
    return to_string(row.status);
  }
  const std::string top1 = percent_text(row.record->final->top1);
  return row.change ? top1 + " (" + change_text(row.change->delta) + ")" : top1;
}

std::string choice_name(const Row& row, const std::vector<std::string>& variables) {
  std::string name;
  for (size_t i = 0; i < variables.size(); ++i) {
    if (!row.values.at(i).empty()) {
      name += (name.empty() ? "" : " ") + variables[i] + "=" + row.values[i];
    }
  }
  return name.empty() ? "top1" : name;
}

// The table with a column per choice, as it fills; nothing once a cell is taken twice.
class TableByChoice {
 public:
  explicit TableByChoice(const Results& results) : results_(results), columns_({}, datasets_of(results)) {}

  std::optional<AlignedTable> table() {
    find_columns();
    if (choices_.size() > kMostColumns) {
      return std::nullopt;
    }
    start();
    for (const RowResult& row : results_.rows()) {
      if (!place(row)) {
        return std::nullopt;
      }
    }
    drop_bare_float_lines();
    return table_.width() > kWidest ? std::nullopt : std::make_optional(std::move(table_));
  }

 private:
  using LineKey = std::tuple<std::string, std::string, std::string>;

  // Only so many that it is clear whether there are too many.
  void find_columns() {
    for (const RowResult& row : results_.rows()) {
      if (choices_.size() > kMostColumns) {
        return;
      }
      const std::string name = choice_name(*row.row, results_.plan().variables);
      if (row.row->policy != "float" &&
          std::find(choices_.begin(), choices_.end(), name) == choices_.end()) {
        choices_.push_back(name);
      }
    }
  }

  void start() {
    table_ = columns_.table();
    table_.header.emplace_back("float");
    table_.header.insert(table_.header.end(), choices_.begin(), choices_.end());
    table_.is_number.resize(table_.header.size(), true);
  }

  size_t line_of(const Row& row) {
    const LineKey key{row.model, row.policy, columns_.with_data() ? row.data : ""};
    const auto [line, is_new] = lines_.try_emplace(key, table_.rows.size());
    if (is_new) {
      std::vector<std::string> cells = columns_.cells(row, {});
      cells.resize(table_.header.size());
      table_.rows.push_back(std::move(cells));
    }
    return line->second;
  }

  bool place(const RowResult& row) {
    const size_t first = columns_.count();
    std::vector<std::string>& line = table_.rows[line_of(*row.row)];
    const std::string reference = float_cell(row);
    if (!line[first].empty() && line[first] != reference) {
      return false;
    }
    line[first] = reference;
    if (row.row->policy == "float") {
      return true;
    }
    const std::string name = choice_name(*row.row, results_.plan().variables);
    const auto choice = std::find(choices_.begin(), choices_.end(), name);
    std::string& place = line[first + 1 + static_cast<size_t>(choice - choices_.begin())];
    const bool is_free = place.empty();
    place = cell(row);
    return is_free;
  }

  // A float row is shown by the column of the lines of its model; it needs a line only if it is
  // all that there is.
  void drop_bare_float_lines() {
    std::set<std::string> with_policies;
    for (const auto& line : table_.rows) {
      if (line[1] != "float") {
        with_policies.insert(line[0]);
      }
    }
    auto& rows = table_.rows;
    rows.erase(std::remove_if(rows.begin(),
                              rows.end(),
                              [&](const auto& line) {
                                return line[1] == "float" && with_policies.count(line[0]) > 0;
                              }),
               rows.end());
  }

  const Results& results_;
  const RowColumns columns_;
  std::vector<std::string> choices_;
  std::map<LineKey, size_t> lines_;
  AlignedTable table_;
};

AlignedTable line_per_row(const Results& results) {
  const RowColumns columns(results.plan().variables, datasets_of(results));
  AlignedTable table = columns.table();
  table.header.insert(table.header.end(), {"float", "top1"});
  table.is_number.resize(table.header.size(), true);
  for (const RowResult& row : results.rows()) {
    std::vector<std::string> cells = columns.cells(*row.row, row.row->values);
    cells.push_back(float_cell(row));
    cells.push_back(row.row->policy == "float" ? "" : cell(row));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace

AlignedTable models_by_bits(const Results& results) {
  auto pivot = TableByChoice(results).table();
  return pivot ? std::move(*pivot) : line_per_row(results);
}

}  // namespace qsweep
