#include "qsweep/engine/sweep_worker.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/core/json.hpp"
#include "qsweep/journal/checkpoint_path.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <utility>

namespace qsweep {
namespace {

// If it is of the attempt that this tells of: a later one may go on from its own.
void remove_checkpoint_of(const JournalEntry& entry, const std::string& run_directory) {
  const std::string path = checkpoint_path(run_directory, entry.record.trial);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return;
  }
  const int64_t written =
      int64_t{status.st_mtim.tv_sec} * 1000 + int64_t{status.st_mtim.tv_nsec} / 1000000;
  if (written <= entry.at) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
}

}  // namespace

std::vector<std::string> WorkerCommand::arguments() const {
  return {program,
          "run",
          run_directory,
          "--name",
          name,
          "--threads",
          std::to_string(threads),
          "--device",
          device,
          "--cache",
          cache_directory,
          "--keep",
          keep};
}

SweepWorker::SweepWorker(WorkerCommand command)
    : command_(std::move(command)),
      journal_(journal_path(command_.run_directory, command_.name)),
      process_(command_.arguments(), ChildProcess::Errors::Piped) {
  const std::vector<JournalEntry> earlier = journal_.read_new();  // of workers of that name
  if (!earlier.empty() && !may_be_bad_luck(earlier.back().record)) {
    // One that was killed right after it wrote this had no time for it.
    remove_checkpoint_of(earlier.back(), command_.run_directory);
  }
}

void SweepWorker::run(const std::string& trial, int repeats) {
  trial_ = trial;
  started_ = false;
  waited_ = {};
  waits_since_.reset();
  sent_ = std::chrono::steady_clock::now();
  // If it has ended, that is seen where its output ends.
  process_.send_line(Json{{"trial", trial}, {"repeats", repeats}}.dump());
}

std::chrono::steady_clock::duration SweepWorker::time_at_trial() const {
  if (is_idle()) {
    return {};
  }
  return waits_since_.value_or(std::chrono::steady_clock::now()) - sent_ - waited_;
}

void SweepWorker::time_out() {
  timed_out_ = true;
  kill(SIGKILL);
}

std::optional<JournalEntry> SweepWorker::read_output(const OnStage& on_stage) {
  open_ = output_lines_.read_from(process_.output());
  bool finished = false;
  while (const auto line = output_lines_.next()) {
    finished = take_event(*line, on_stage) || finished;
  }
  if (!finished) {
    return std::nullopt;
  }
  auto entry = last_record();
  if (!entry) {
    const std::string path = journal_path(command_.run_directory, command_.name);
    if (!std::filesystem::exists(
            path)) {  // the worker writes on into a file that was moved or removed
      throw WriteError(path, "has vanished while the run was being run");
    }
    throw std::runtime_error("worker " + command_.name + " finished trial " + trial_ +
                             " without a record in its journal");
  }
  trial_.clear();
  return entry;
}

// Is the trial finished? What is no event is what some library printed: it goes into the log.
bool SweepWorker::take_event(const std::string& line, const OnStage& on_stage) {
  const Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const bool is_event =
      event.is_object() && event.contains("event") && event.at("event").is_string();
  const std::string kind = is_event ? event.at("event").get<std::string>() : "";
  if (kind == "started") {
    started_ = true;
  } else if (kind == "waits") {
    waits_since_ = std::chrono::steady_clock::now();
    on_stage(trial_, {"wait", 0, 0});
  } else if (kind == "goes_on" && waits_since_) {
    waited_ += std::chrono::steady_clock::now() - *waits_since_;
    waits_since_.reset();
  } else if (kind == "stage") {
    on_stage(trial_, {event.value("stage", ""), event.value("epoch", 0), event.value("epochs", 0)});
  } else if (kind != "finished" && !line.empty()) {
    log(line);
  }
  return kind == "finished";
}

void SweepWorker::read_errors() {
  errors_open_ = error_lines_.read_from(process_.errors());
  while (const auto line = error_lines_.next()) {
    log(*line);
  }
}

ProcessEnd SweepWorker::wait() {
  while (errors_open_) {
    read_errors();
  }
  if (const std::string rest = error_lines_.rest(); !rest.empty()) {
    log(rest);
  }
  return process_.wait();
}

std::optional<JournalEntry> SweepWorker::last_record() {
  std::optional<JournalEntry> last;
  for (JournalEntry& entry : journal_.read_new()) {
    if (entry.record.trial == trial_) {
      last = std::move(entry);
    }
  }
  return last;
}

void SweepWorker::log(const std::string& line) {
  last_words_ = line;
  if (trial_.empty()) {
    return;
  }
  const auto folder = std::filesystem::path(command_.run_directory) / "trials" / trial_;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::ofstream file(folder / "log", std::ios::app);
  if (!(file << line << '\n')) {
    throw WriteError((folder / "log").string(), "cannot be written: " + system_reason());
  }
}

}  // namespace qsweep
