#pragma once

#include "qsweep/report/result_table.hpp"

#include <map>
#include <optional>
#include <string>

namespace qsweep {

/// What gates compare with beside the float row: folders of runs, and results.csv files that were
/// kept. Each is read once, as it is at that time.
class Baselines {
 public:
  /// Nothing happens for a path where nothing is: its gates will have nothing to check. Throws
  /// IoError for what is no run and no results.csv, or lacks the metric.
  void add(const std::string& path, const std::string& metric);

  /// Null where there is none.
  const ResultTable* find(const std::string& path) const;

 private:
  std::map<std::string, std::optional<ResultTable>> tables_;
};

}  // namespace qsweep
