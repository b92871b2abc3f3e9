#include "progress.hpp"

#include "qsweep/config/utf8.hpp"
#include "qsweep/core/counted.hpp"
#include "qsweep/report/number_text.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "duration.hpp"

namespace qsweep {
namespace {

constexpr std::chrono::minutes kHeartbeat{1};
constexpr size_t kBarWidth = 20;

size_t terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

// In one piece, so that lines of other processes do not fall in between.
void write_to_terminal(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

// "3.1 GB".
std::string bytes_text(int64_t bytes) {
  constexpr double kGigabyte = 1e9;
  return fixed_text(static_cast<double>(bytes) / kGigabyte, 1) + " GB";
}

// Nothing of a trial whose worker did not live to tell.
std::string seconds_of(const Record& record) {
  if (record.seconds.empty()) {
    return "";
  }
  return "  " + fixed_text(record.total_seconds(), 1) + " s";
}

}  // namespace

Progress::Progress(ProgressStyle style, const Results& results, size_t to_run)
    : style_(style),
      colored_(style == ProgressStyle::Bar && std::getenv("NO_COLOR") == nullptr),
      results_(results),
      to_run_(to_run) {}

Progress::~Progress() {
  wipe_bar();
}

void Progress::started(const std::string& trial) {
  running_[trial] = {};
}

void Progress::stage(const std::string& trial, const TrialStage& stage) {
  running_[trial] = stage;
  draw_bar();
}

void Progress::finished(const Record& record) {
  running_.erase(record.trial);
  ++finished_;
  last_sign_ = Clock::now();
  if (style_ == ProgressStyle::None) {
    return;
  }
  wipe_bar();
  const std::string total = std::to_string(to_run_);
  std::string count = std::to_string(finished_);
  count.insert(0, total.size() - std::min(total.size(), count.size()), ' ');
  write_to_terminal("[" + count + "/" + total + "] " + name_of(record.trial) + "  " +
                    outcome_of(record) + seconds_of(record) + "\n");
  draw_bar();
}

void Progress::attempt_failed(const Record& record) {
  running_.erase(record.trial);
  last_sign_ = Clock::now();
  if (style_ == ProgressStyle::None) {
    return;
  }
  wipe_bar();
  write_to_terminal(name_of(record.trial) + "  " + outcome_of(record) + "; it is tried again\n");
  draw_bar();
}

void Progress::limited(const MemoryLimit& limit) {
  if (style_ == ProgressStyle::None) {
    return;
  }
  wipe_bar();
  write_to_terminal("no more than " + counted(limit.workers, "worker") +
                    (limit.is_seen ? ": one took up to " : ": one is expected to take ") +
                    bytes_text(limit.worker_memory) + " of the " + bytes_text(limit.memory) +
                    " that are free\n");
  draw_bar();
}

void Progress::stopping() {
  if (style_ == ProgressStyle::None || running_.empty()) {
    return;
  }
  wipe_bar();
  write_to_terminal(
      "stopping: what runs is finished, or keeps a checkpoint; a second signal stops at once\n");
  draw_bar();
}

void Progress::tick() {
  draw_bar();
  if (style_ == ProgressStyle::Plain && Clock::now() - last_sign_ >= kHeartbeat) {
    last_sign_ = Clock::now();
    write_to_terminal(state_text() + "\n");
  }
}

std::string Progress::name_of(const std::string& trial) const {
  const RowResult* row = results_.first_row(trial);
  return row == nullptr ? trial : row_name(*row->row, results_.plan().variables);
}

std::string Progress::outcome_of(const Record& record) const {
  if (record.failed) {
    const std::string word = colored_ ? "\x1b[31mfailed\x1b[0m" : "failed";
    return word + ": " + record.error_text;
  }
  std::string text = record.final ? percent_text(record.final->top1) : "";
  const RowResult* row = results_.first_row(record.trial);
  if (row != nullptr && row->change && !row->trial->is_float()) {
    text += " (" + change_text(row->change->delta) + ")";
  }
  if (record.final && row != nullptr && row->trial->limit > 0) {
    text += " on " + counted(record.final->images, "image");
  }
  return text;
}

std::string Progress::state_text() const {
  std::string text = std::to_string(finished_) + "/" + std::to_string(to_run_) + " trials";
  const std::chrono::duration<double> passed = Clock::now() - start_;
  if (finished_ > 0 && finished_ < to_run_) {
    const double per_trial = passed.count() / static_cast<double>(finished_);
    text += ", " + duration_text(per_trial * static_cast<double>(to_run_ - finished_)) + " left";
  }
  for (const auto& [trial, stage] : running_) {
    text += "; " + name_of(trial);
    text += stage.name.empty() ? "" : ": " + stage.name;
    if (stage.epochs > 0) {
      text += " " + std::to_string(stage.epoch) + "/" + std::to_string(stage.epochs);
    }
  }
  return text;
}

std::string Progress::bar_text() const {
  const size_t filled = to_run_ == 0 ? kBarWidth : kBarWidth * finished_ / to_run_;
  const std::string bar =
      "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] " + state_text();
  return std::string(first_code_points(bar, terminal_width() - 1));
}

void Progress::draw_bar() {
  if (style_ == ProgressStyle::Bar) {
    write_to_terminal("\r\x1b[K" + bar_text());
    drawn_ = true;
  }
}

void Progress::wipe_bar() {
  if (drawn_) {
    write_to_terminal("\r\x1b[K");
    drawn_ = false;
  }
}

}  // namespace qsweep
