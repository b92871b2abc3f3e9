#include "qsweep/trial/stage_store.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/data/file_lock.hpp"
#include "qsweep/model/state_file.hpp"

#include <filesystem>
#include <optional>
#include <utility>

namespace qsweep {
namespace {

std::optional<NamedTensors> read_if_whole(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  try {
    return read_state_file(path);
  } catch (const IoError&) {
    return std::nullopt;
  }
}

}  // namespace

StageStore::StageStore(std::string directory) : directory_(std::move(directory)) {
  std::error_code failed;
  std::filesystem::create_directories(directory_, failed);
  if (failed) {
    throw WriteError(directory_, "cannot be created: " + failed.message());
  }
}

std::string StageStore::path_of(const Json& key) const {
  return directory_ + '/' + sha256_hex(key.dump()).substr(0, 16) + ".pt";
}

NamedTensors StageStore::get(const Json& key, const std::function<NamedTensors()>& make) {
  const std::string path = path_of(key);
  if (auto kept = read_if_whole(path)) {
    return std::move(*kept);
  }
  const FileLock lock(path + ".lock");
  if (auto kept = read_if_whole(path)) {
    return std::move(*kept);
  }
  remove_unfinished(path);  // of who was killed at it
  NamedTensors made = make();
  write_state_file(path, made);
  return made;
}

}  // namespace qsweep
