#include "qsweep/trial/stage_store.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/model/state_file.hpp"

#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace qsweep {
namespace {

// Held while a stage is computed; the kernel frees it when the process ends, however it does.
class FileLock {
 public:
  explicit FileLock(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) {
      throw WriteError(path + ": cannot be written: " + system_reason());
    }
    flock(descriptor_, LOCK_EX);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { close(descriptor_); }

 private:
  int descriptor_;
};

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
    throw WriteError(directory_ + ": cannot be created: " + failed.message());
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
  NamedTensors made = make();
  write_state_file(path, made);
  return made;
}

}  // namespace qsweep
