#pragma once

#include "qsweep/core/json.hpp"
#include "qsweep/report/results.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A column of results.csv.
struct ResultColumn {
  std::string name;
  bool is_number = false;
  std::string (*text)(const Results&, const RowResult&) = nullptr;  // null: a variable's column
};

/// The names of the columns, those of `variables` in their place.
std::vector<std::string> result_column_names(const std::vector<std::string>& variables);

/// A row's fields, in the order of these columns; empty where a column does not apply. `variables`
/// may be more than the run's own: several runs in one table.
std::vector<std::string> result_fields(const Results& results,
                                       const RowResult& row,
                                       const std::vector<std::string>& variables);

/// The same as an object: numbers are numbers, and what does not apply is null.
Json result_json(const Results& results, const RowResult& row);

/// results.csv.
std::string results_csv(const Results& results);

}  // namespace qsweep
