#include "session_observer.hpp"

#include "qsweep/report/run_files.hpp"

#include <utility>

namespace qsweep {
namespace {

Json failure_json(const Record& record) {
  return {{"kind", record.error_kind}, {"error", record.error_text}};
}

Json outcome_json(const Record& record, const RowResult* row) {
  if (record.failed) {
    Json json = failure_json(record);
    json["status"] = "failed";
    return json;
  }
  Json json{{"status", "done"}, {"seconds", record.seconds}, {"peak_memory", record.peak_memory}};
  json["top1"] = record.final ? Json(record.final->top1) : Json();
  json["images"] = record.final ? Json(record.final->images) : Json();
  json["delta"] = row != nullptr && row->change ? Json(row->change->delta) : Json();
  return json;
}

}  // namespace

void SessionObserver::started(const std::string& trial) {
  progress_.started(trial);
  tell("started", trial, {{"attempt", ++attempts_[trial]}});
}

void SessionObserver::stage(const std::string& trial, const TrialStage& stage) {
  progress_.stage(trial, stage);
  tell("stage", trial, {{"stage", stage.name}, {"epoch", stage.epoch}, {"epochs", stage.epochs}});
}

void SessionObserver::finished(const JournalEntry& entry) {
  results_.add(entry);
  progress_.finished(entry.record);
  tell("finished",
       entry.record.trial,
       outcome_json(entry.record, results_.first_row(entry.record.trial)));
  if (Clock::now() >= next_write_) {
    write_files();
  }
}

void SessionObserver::attempt_failed(const JournalEntry& entry) {
  results_.add(entry);
  progress_.attempt_failed(entry.record);
  tell("attempt_failed", entry.record.trial, failure_json(entry.record));
}

void SessionObserver::limited(const MemoryLimit& limit) {
  progress_.limited(limit);
}

void SessionObserver::stopping(int /*signal*/) {
  progress_.stopping();
}

void SessionObserver::tick() {
  progress_.tick();
}

void SessionObserver::tell(const std::string& event, const std::string& trial, Json more) {
  if (events_ == nullptr) {
    return;
  }
  const RowResult* row = results_.first_row(trial);
  more["event"] = event;
  more["trial"] = trial;
  more["row"] = row == nullptr ? Json() : Json(row_name(*row->row, results_.plan().variables));
  events_->tell(std::move(more));
}

void SessionObserver::write_files() {
  constexpr int kShare = 20;  // writing may take a twentieth of the time
  const auto start = Clock::now();
  write_run_files(run_directory_, results_);
  next_write_ = Clock::now() + kShare * (Clock::now() - start);
}

}  // namespace qsweep
