#include "qsweep/core/unfinished_file.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/host_name.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <unistd.h>
#include <vector>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

const std::string kMark = ".unfinished.";

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// `writer` is "box.123".
bool is_dead_here(const std::string& writer) {
  const size_t dot = writer.rfind('.');
  if (dot == std::string::npos || writer.substr(0, dot) != host_name()) {
    return false;
  }
  const auto process = static_cast<pid_t>(std::atoll(writer.c_str() + dot + 1));
  return process > 0 && ::kill(process, 0) != 0 && errno == ESRCH;
}

bool is_old(const fs::path& file) {
  std::error_code gone;
  const auto written = fs::last_write_time(file, gone);
  return !gone && fs::file_time_type::clock::now() - written > std::chrono::hours(1);
}

// Of files that will have a name of which `is_wanted` holds.
void remove_left(const fs::path& directory,
                 const std::function<bool(const std::string& name)>& is_wanted) {
  std::error_code ignored;
  std::vector<fs::path> left;
  for (fs::directory_iterator file(directory, ignored), end; !ignored && file != end;
       file.increment(ignored)) {
    const std::string name = file->path().filename().string();
    const size_t mark = name.rfind(kMark);
    if (mark == std::string::npos || !is_wanted(name.substr(0, mark))) {
      continue;
    }
    const std::string writer = name.substr(mark + kMark.size());
    if (is_number(writer.substr(writer.rfind('.') + 1)) &&
        (is_dead_here(writer) || is_old(file->path()))) {
      left.push_back(file->path());
    }
  }
  for (const fs::path& file : left) {
    fs::remove(file, ignored);
  }
}

}  // namespace

std::string unfinished_path(const std::string& path) {
  std::error_code missing;
  const fs::file_status there = fs::status(path, missing);
  if (fs::exists(there) && !fs::is_regular_file(there)) {
    throw WriteError(path, "cannot be written: it is no regular file");
  }
  return path + kMark + host_name() + "." + std::to_string(::getpid());
}

void remove_unfinished(const std::string& path) {
  const fs::path file(path);
  const std::string wanted = file.filename().string();
  remove_left(file.parent_path(), [&wanted](const std::string& name) { return name == wanted; });
}

void remove_unfinished_in(const std::string& directory) {
  remove_left(directory, [](const std::string&) { return true; });
}

}  // namespace qsweep
