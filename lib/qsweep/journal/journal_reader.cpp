#include "qsweep/core/error.hpp"
#include "qsweep/core/read_bytes.hpp"
#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/journal_line.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <system_error>
#include <utility>

namespace qsweep {
namespace {

namespace fs = std::filesystem;

// A folder that is there and cannot be listed is no empty one.
std::vector<std::string> journal_files(const std::string& run_directory) {
  const fs::path folder = fs::path(run_directory) / "journal";
  std::vector<std::string> paths;
  std::error_code failure;
  for (fs::directory_iterator file(folder, failure), end; !failure && file != end;
       file.increment(failure)) {
    if (file->path().extension() == ".jsonl") {
      paths.push_back(file->path().string());
    }
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    throw IoError(folder.string(), "cannot be read: " + failure.message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// A line whose checksum holds is what somebody wrote: what it says must not be passed over.
[[noreturn]] void throw_other_version(const std::string& path, const std::string& before) {
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  throw IoError(path + ":" + std::to_string(line),
                "a record of another version of qsweep; move the file away to go on without its "
                "records");
}

}  // namespace

std::vector<JournalEntry> JournalReader::read_new() {
  std::vector<JournalEntry> entries;
  const std::string text = read_bytes_if_there(path_, offset_).value_or("");
  size_t start = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    const std::string_view line(text.data() + start, end - start);
    try {
      if (auto entry = parse_journal_line(line)) {
        entries.push_back(std::move(*entry));
      } else {
        ++ignored_;
      }
    } catch (const Json::exception&) {
      throw_other_version(path_, read_bytes(path_).substr(0, offset_ + start));
    }
    start = end + 1;
  }
  offset_ += start;
  return entries;
}

const Record* Journal::find(const std::string& trial) const {
  const auto found = entries.find(trial);
  return found == entries.end() ? nullptr : &found->second.record;
}

size_t Journal::failed_attempts_at(const std::string& trial) const {
  const auto found = failed_attempts.find(trial);
  return found == failed_attempts.end() ? 0 : found->second;
}

void Journal::add(JournalEntry entry) {
  if (entry.record.failed && entry.record.started) {
    ++failed_attempts[entry.record.trial];
  }
  const auto [known, is_new] = entries.try_emplace(entry.record.trial, entry);
  JournalEntry& kept = known->second;
  if (is_new || (kept.record.failed && !entry.record.failed) ||
      (kept.record.failed == entry.record.failed && kept.at <= entry.at)) {
    kept = std::move(entry);
  }
}

std::vector<JournalEntry> JournalFollower::read_new() {
  std::vector<JournalEntry> all;
  for (const std::string& path : journal_files(run_directory_)) {
    std::vector<JournalEntry> entries = readers_.try_emplace(path, path).first->second.read_new();
    std::move(entries.begin(), entries.end(), std::back_inserter(all));
  }
  return all;
}

size_t JournalFollower::ignored() const {
  return std::accumulate(
      readers_.begin(), readers_.end(), size_t{0}, [](size_t sum, const auto& reader) {
        return sum + reader.second.ignored();
      });
}

Journal read_journal(const std::string& run_directory) {
  JournalFollower follower(run_directory);
  Journal journal;
  for (JournalEntry& entry : follower.read_new()) {
    journal.add(std::move(entry));
  }
  journal.ignored = follower.ignored();
  return journal;
}

std::vector<JournalEntry> records_of(const std::string& run_directory, const std::string& trial) {
  std::vector<JournalEntry> records;
  for (JournalEntry& entry : JournalFollower(run_directory).read_new()) {
    if (entry.record.trial == trial) {
      records.push_back(std::move(entry));
    }
  }
  std::stable_sort(
      records.begin(), records.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return records;
}

std::string journal_path(const std::string& run_directory, const std::string& writer) {
  return (fs::path(run_directory) / "journal" / (writer + ".jsonl")).string();
}

}  // namespace qsweep
