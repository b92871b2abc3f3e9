#include "qsweep/report/run_follower.hpp"

#include <utility>

namespace qsweep {

// All at once: adding a float trial to results looks at every row.
Journal journal_so_far(JournalFollower& follower) {
  Journal journal;
  for (JournalEntry& entry : follower.read_new()) {
    journal.add(std::move(entry));
  }
  journal.ignored = follower.ignored();
  return journal;
}

RunFollower::RunFollower(std::string run_directory)
    : run_directory_(std::move(run_directory)),
      planned_at_(plan_time()),
      journal_(run_directory_),
      results_(load_plan(run_directory_), journal_so_far(journal_)) {}

void RunFollower::update() {
  if (const auto time = plan_time(); time != planned_at_) {
    planned_at_ = time;
    journal_ = JournalFollower(run_directory_);
    results_ = Results(load_plan(run_directory_), journal_so_far(journal_));
    return;
  }
  for (JournalEntry& entry : journal_.read_new()) {
    results_.add(std::move(entry));
  }
  results_.set_ignored_lines(journal_.ignored());
}

std::filesystem::file_time_type RunFollower::plan_time() const {
  std::error_code missing;  // load_plan() tells it
  return std::filesystem::last_write_time(run_directory_ + "/plan.jsonl", missing);
}

}  // namespace qsweep
