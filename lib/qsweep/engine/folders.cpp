#include "qsweep/engine/folders.hpp"

#include "qsweep/core/error.hpp"

#include <cstdlib>
#include <filesystem>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string cache_directory() {
  if (const std::string own = environment("QSWEEP_CACHE"); !own.empty()) {
    return fs::absolute(own).string();
  }
  if (const std::string shared = environment("XDG_CACHE_HOME"); !shared.empty()) {
    return (fs::absolute(shared) / "qsweep").string();
  }
  const std::string home = environment("HOME");
  if (home.empty()) {
    throw ConfigError("no place for the cache: set QSWEEP_CACHE, XDG_CACHE_HOME or HOME");
  }
  return (fs::absolute(home) / ".cache" / "qsweep").string();
}

std::string worker_program() {
  std::string path = environment("QSWEEP_WORKER");
  if (path.empty()) {
    const fs::path own = fs::read_symlink("/proc/self/exe");
    path = (own.parent_path().parent_path() / "libexec" / "qsweep" / "qsweep-worker").string();
  }
  if (!fs::exists(path)) {
    throw IoError(path, "the worker is missing; install qsweep again, or set QSWEEP_WORKER");
  }
  return fs::absolute(path).string();
}

}  // namespace qsweep
