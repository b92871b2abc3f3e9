#include "session_observer.hpp"

#include "qsweep/report/run_files.hpp"

namespace qsweep {

void SessionObserver::started(const std::string& trial) {
  progress_.started(trial);
}

void SessionObserver::stage(const std::string& trial, const TrialStage& stage) {
  progress_.stage(trial, stage);
}

void SessionObserver::finished(const JournalEntry& entry) {
  results_.add(entry);
  progress_.finished(entry.record);
  if (Clock::now() >= next_write_) {
    write_files();
  }
}

void SessionObserver::attempt_failed(const JournalEntry& entry) {
  results_.add(entry);
  progress_.attempt_failed(entry.record);
}

void SessionObserver::tick() {
  progress_.tick();
}

void SessionObserver::write_files() {
  constexpr int kShare = 20;  // writing may take a twentieth of the time
  const auto start = Clock::now();
  write_run_files(run_directory_, results_);
  next_write_ = Clock::now() + kShare * (Clock::now() - start);
}

}  // namespace qsweep
