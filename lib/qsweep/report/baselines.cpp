#include "qsweep/report/baselines.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/report/result_columns.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

std::optional<ResultTable> read_baseline(const std::string& path) {
  if (!fs::exists(path)) {
    return std::nullopt;
  }
  if (fs::is_directory(path)) {
    return ResultTable(path, results_csv(load_results(path)));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw IoError(path, "cannot be read: " + system_reason());
  }
  return ResultTable(path,
                     {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
}

}  // namespace

void Baselines::add(const std::string& path, const std::string& metric) {
  const auto known = tables_.find(path);
  const auto& table = known != tables_.end()
                          ? known->second
                          : tables_.emplace(path, read_baseline(path)).first->second;
  if (table && !table->has(metric)) {
    throw IoError(path, "has no column '" + metric + "', which a gate compares");
  }
}

const ResultTable* Baselines::find(const std::string& path) const {
  const auto known = tables_.find(path);
  return known == tables_.end() || !known->second ? nullptr : &*known->second;
}

}  // namespace qsweep
