#include "qsweep/core/milliseconds_now.hpp"
#include "qsweep/core/write_bytes.hpp"
#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/journal_line.hpp"

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>

namespace qsweep {
namespace {

bool ends_within_a_line(int file) {
  char last = '\n';
  const off_t size = ::lseek(file, 0, SEEK_END);
  return size > 0 && ::pread(file, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

JournalWriter::JournalWriter(std::string path) : path_(std::move(path)) {
  std::error_code ignored;  // open() says the same, with the file's name
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) {
    throw_write_error(path_);
  }
  torn_ = ends_within_a_line(file_);
}

JournalWriter::~JournalWriter() {
  ::close(file_);
}

JournalEntry JournalWriter::append(const Record& record) {
  std::string text = torn_ ? "\n" : "";
  JournalEntry entry{record, milliseconds_now()};
  text += journal_line(entry) + "\n";
  torn_ = true;
  write_bytes(file_, text, path_);
  if (::fdatasync(file_) != 0) {
    throw_write_error(path_);
  }
  torn_ = false;
  return entry;
}

}  // namespace qsweep
