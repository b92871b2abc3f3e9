#pragma once

#include "qsweep/report/result_table.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace qsweep {

/// What gates compare with beside the float row: folders of runs, and results.csv files that were
/// kept, or for timings timings.csv files. Each is read once, as it is at that time.
class Baselines {
 public:
  /// Nothing happens for a path where nothing is: its gates will have nothing to check. Throws
  /// IoError for what is no run and no such CSV, or lacks the metric.
  void add(const std::string& path, const std::string& metric);

  /// What that metric is compared with; null where there is none.
  const ResultTable* find(const std::string& path, const std::string& metric) const;

 private:
  using Key = std::pair<std::string, bool>;  // the path; is it about timings?

  std::map<Key, std::optional<ResultTable>> tables_;
};

}  // namespace qsweep
