#include "qsweep/journal/atomic_file.hpp"

#include "qsweep/journal/write_bytes.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>
#include <vector>

namespace qsweep {
namespace {

constexpr std::string_view kUnfinished = ".tmp";

// "results.csv.box.1234.tmp"
bool is_temporary(const std::string& name) {
  if (name.size() <= kUnfinished.size() ||
      name.compare(name.size() - kUnfinished.size(), kUnfinished.size(), kUnfinished) != 0) {
    return false;
  }
  const std::string rest = name.substr(0, name.size() - kUnfinished.size());
  const size_t last = rest.find_last_not_of("0123456789");
  return last != std::string::npos && last + 1 < rest.size() && rest[last] == '.';
}

// Of this process alone, also where several machines share the folder.
std::string temporary_path(const std::string& path) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return path + "." + host.data() + "." + std::to_string(::getpid()) + std::string(kUnfinished);
}

}  // namespace

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)), temporary_(temporary_path(path_)) {
  file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) {
    throw_write_error(path_);
  }
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) {
    ::close(file_);
    ::unlink(temporary_.c_str());
  }
}

void AtomicFile::add(std::string_view text) {
  constexpr size_t kBuffer = 1U << 16U;
  buffer_ += text;
  if (buffer_.size() >= kBuffer) {
    write_bytes(file_, buffer_, path_);
    buffer_.clear();
  }
}

void AtomicFile::commit() {
  write_bytes(file_, buffer_, path_);
  if (::fsync(file_) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw_write_error(path_);
  }
  ::close(file_);
  file_ = -1;
}

void write_atomically(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.add(text);
  file.commit();
}

void remove_abandoned_files(const std::string& directory) {
  std::error_code ignored;  // what cannot be removed does no harm
  std::vector<std::filesystem::path> abandoned;
  for (const auto& file : std::filesystem::directory_iterator(directory, ignored)) {
    if (is_temporary(file.path().filename().string())) {
      abandoned.push_back(file.path());
    }
  }
  for (const auto& path : abandoned) {
    std::filesystem::remove(path, ignored);
  }
}

}  // namespace qsweep
