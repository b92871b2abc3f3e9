#include "qsweep/report/row_columns.hpp"

namespace qsweep {

AlignedTable RowColumns::table() const {
  AlignedTable table;
  table.header = {"model", "policy"};
  table.header.insert(table.header.end(), variables_.begin(), variables_.end());
  if (with_data_) {
    table.header.emplace_back("data");
  }
  table.is_number.assign(table.header.size(), false);
  return table;
}

std::vector<std::string> RowColumns::cells(const Row& row,
                                           const std::vector<std::string>& values) const {
  std::vector<std::string> cells{row.model, row.policy};
  cells.insert(cells.end(), values.begin(), values.end());
  if (with_data_) {
    cells.push_back(row.data);
  }
  return cells;
}

}  // namespace qsweep
