#include "qsweep/report/baselines.hpp"

#include "qsweep/config/gate_words.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/read_bytes.hpp"
#include "qsweep/report/result_columns.hpp"
#include "qsweep/report/timings.hpp"

#include <filesystem>
#include <vector>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

std::optional<ResultTable> read_baseline(const std::string& path, bool of_timings) {
  if (!fs::exists(path)) {
    return std::nullopt;
  }
  const std::string kind = of_timings ? "timings.csv" : "results.csv";
  if (fs::is_directory(path)) {
    const Results run = load_results(path);
    ResultTable table(path, of_timings ? timings_csv(run) : results_csv(run), kind);
    table.add_float_trials(run);
    return table;
  }
  return ResultTable(path, read_bytes(path), kind);
}

}  // namespace

void Baselines::add(const std::string& path, const std::string& metric) {
  const bool of_timings = is_timing_metric(metric);
  const Key key{path, of_timings};
  if (tables_.count(key) == 0) {
    tables_.emplace(key, read_baseline(path, of_timings));
  }
  const auto& table = tables_.at(key);
  const auto wanted = of_timings ? std::vector<std::string>{metric, "repeats", "host"}
                                 : std::vector<std::string>{metric};
  for (const std::string& column : wanted) {
    if (table && !table->has(column)) {
      throw IoError(path, "has no column '" + column + "', which a gate compares");
    }
  }
}

const ResultTable* Baselines::find(const std::string& path, const std::string& metric) const {
  const auto known = tables_.find({path, is_timing_metric(metric)});
  return known == tables_.end() || !known->second ? nullptr : &*known->second;
}

}  // namespace qsweep
