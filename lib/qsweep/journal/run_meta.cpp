#include "qsweep/journal/run_meta.hpp"

#include "qsweep/core/atomic_file.hpp"
#include "qsweep/core/error.hpp"
#include "qsweep/core/read_bytes.hpp"

namespace qsweep {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    RunMeta, qsweep, libtorch, numerics, threads, device, created, data, plugins)

namespace {

std::string meta_path(const std::string& run_directory) {
  return run_directory + "/meta.json";
}

}  // namespace

std::optional<RunMeta> read_meta(const std::string& run_directory) {
  const std::string path = meta_path(run_directory);
  const auto text = read_bytes_if_there(path);
  if (!text) {
    return std::nullopt;
  }
  try {
    Json meta = Json::parse(*text);
    meta.emplace("plugins", Json::array());  // a run of an earlier version has none
    return meta.get<RunMeta>();
  } catch (const Json::exception&) {
    throw IoError(path,
                  "is damaged; restore it (\"threads\" and \"device\" must be those with which the "
                  "run was started), or give another --out");
  }
}

void write_meta(const std::string& run_directory, const RunMeta& meta) {
  write_atomically(meta_path(run_directory), Json(meta).dump(2) + "\n");
}

}  // namespace qsweep
