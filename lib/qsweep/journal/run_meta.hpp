#pragma once

#include "qsweep/config/plugins.hpp"
#include "qsweep/core/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace qsweep {

/// What a run was made with, beside its plan: meta.json.
struct RunMeta {
  std::string qsweep;  // versions
  std::string libtorch;
  int numerics = 0;
  int threads = 1;  // of each worker; sums depend on it
  std::string device = "cpu";
  std::string created;          // UTC, ISO 8601
  Json data = Json::array();    // the data sets that were read: {"name", "fingerprint", ...}
  std::vector<Plugin> plugins;  // that its workers load
};

/// Nothing if there is no run in that folder yet; IoError if its file is damaged.
std::optional<RunMeta> read_meta(const std::string& run_directory);
void write_meta(const std::string& run_directory, const RunMeta& meta);

}  // namespace qsweep
