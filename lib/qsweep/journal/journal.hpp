#pragma once

#include "qsweep/journal/record.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qsweep {

// The journal of a run is the truth about it: files of JSON lines, one writer each, only appended
// to. A line is a Record as one object with two members more: "at", when it was written, in
// milliseconds since 1970, and, last in the line, "crc": the CRC-32 (zlib's) of the line's text
// without `,"crc":"xxxxxxxx"` and without the newline, as 8 hex digits. A line counts when it ends
// with a newline and its checksum holds.

/// A record with the time at which it was written.
struct JournalEntry {
  Record record;
  int64_t at = 0;
};

/// Appends records to one file of the journal.
class JournalWriter {
 public:
  /// Makes the folder where it is missing. Throws WriteError.
  explicit JournalWriter(std::string path);
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;
  ~JournalWriter();

  /// On return the record is on the disk. Throws WriteError; then it counts as not written.
  JournalEntry append(const Record& record);

 private:
  std::string path_;
  int file_ = -1;
  bool torn_ = false;  // the file ends within a line
};

/// Follows one file of the journal as it grows.
class JournalReader {
 public:
  explicit JournalReader(std::string path) : path_(std::move(path)) {}

  /// What was completed since the last call; a file that is missing is an empty one.
  std::vector<JournalEntry> read_new();
  /// Lines so far that were cut off or damaged.
  size_t ignored() const { return ignored_; }

 private:
  std::string path_;
  uint64_t offset_ = 0;
  size_t ignored_ = 0;
};

/// Follows all files of a run's journal, also those that are yet to come.
class JournalFollower {
 public:
  explicit JournalFollower(std::string run_directory) : run_directory_(std::move(run_directory)) {}

  /// What was completed since the last call, file by file. Throws IoError for a file that is there
  /// and cannot be read.
  std::vector<JournalEntry> read_new();
  size_t ignored() const;  // lines so far

 private:
  std::string run_directory_;
  std::map<std::string, JournalReader> readers_;  // by path
};

/// What a run's journal says in the end.
struct Journal {
  /// By trial: its result if it ever had one, else its last failure.
  std::unordered_map<std::string, JournalEntry> entries;
  /// By trial: how many attempts failed; none for most.
  std::unordered_map<std::string, size_t> failed_attempts;
  size_t ignored = 0;  // lines

  const Record* find(const std::string& trial) const;
  size_t failed_attempts_at(const std::string& trial) const;
  void add(JournalEntry entry);
};

/// Reads journal/*.jsonl of a run. Throws IoError for a file that is there and cannot be read.
Journal read_journal(const std::string& run_directory);

/// All records of one trial, in the order of time.
std::vector<JournalEntry> records_of(const std::string& run_directory, const std::string& trial);

/// Where the writer of that name keeps its part of a run's journal.
std::string journal_path(const std::string& run_directory, const std::string& writer);

}  // namespace qsweep
