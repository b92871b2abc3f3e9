#include "qsweep/engine/cluster/slice_work.hpp"

#include <unordered_set>

namespace qsweep {
namespace {

// Neither a result nor a failure that stays one.
bool is_open(const Record* record) {
  return record == nullptr || may_be_bad_luck(*record);
}

bool is_to_run(const std::string& trial, const Slice& slice, const Journal& journal) {
  const auto known = journal.entries.find(trial);
  if (known == journal.entries.end()) {
    return true;
  }
  const JournalEntry& entry = known->second;
  return entry.record.failed && (may_be_bad_luck(entry.record) || entry.at < slice.made);
}

}  // namespace

SliceWork work_of(const Slice& slice, const Results& results) {
  const FrozenPlan& plan = results.plan();
  const std::unordered_set<std::string> own(slice.trials.begin(), slice.trials.end());
  SliceWork work;
  for (const std::string& id : slice.trials) {
    const auto number = plan.trial_numbers.find(id);
    if (number == plan.trial_numbers.end() || !is_to_run(id, slice, results.journal())) {
      continue;
    }
    const FrozenTrial& trial = plan.trials[number->second];
    const std::string& reference = trial.float_trial;
    if (own.count(reference) == 0 && is_open(results.journal().find(reference))) {
      ++work.waiting;
    } else {
      work.to_run.push_back(trial);
    }
  }
  return work;
}

}  // namespace qsweep
