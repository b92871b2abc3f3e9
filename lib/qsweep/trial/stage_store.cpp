#include "qsweep/trial/stage_store.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/file_lock.hpp"
#include "qsweep/core/sha256.hpp"
#include "qsweep/core/unfinished_file.hpp"
#include "qsweep/model/state_file.hpp"

#include <filesystem>
#include <optional>
#include <thread>
#include <unistd.h>
#include <utility>

namespace qsweep {
namespace {

std::optional<NamedTensors> read_if_whole(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  if (::access(path.c_str(), R_OK) != 0) {  // no damage, which is made anew
    throw IoError(path, "cannot be read: " + system_reason());
  }
  try {
    return read_state_file(path);
  } catch (const IoError&) {
    return std::nullopt;
  }
}

// One waiting for another's stage, from its first pause to its end.
class Waiting {
 public:
  Waiting(const WorkerSignals& signals, std::chrono::duration<double>& waited)
      : signals_(signals), waited_(waited) {}

  void pause() {
    if (!since_) {
      since_ = Clock::now();
      signals_.wait(true);
    }
    if (signals_.stop_requested()) {
      throw TrialStopped(
          "it waited for a stage that another trial computes, and begins anew next time");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  void end() {
    if (since_) {
      waited_ += Clock::now() - *since_;
      signals_.wait(false);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  const WorkerSignals& signals_;
  std::chrono::duration<double>& waited_;
  std::optional<Clock::time_point> since_;
};

}  // namespace

StageStore::StageStore(std::string directory, WorkerSignals signals)
    : directory_(std::move(directory)), signals_(std::move(signals)) {
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
  Waiting waiting(signals_, waited_);
  const FileLock lock(path + ".lock", [&waiting] { waiting.pause(); });
  waiting.end();
  if (auto kept = read_if_whole(path)) {
    return std::move(*kept);
  }
  remove_unfinished(path);  // of who was killed at it
  NamedTensors made = make();
  write_state_file(path, made);
  return made;
}

}  // namespace qsweep
