#include "qsweep/engine/selection.hpp"

namespace qsweep {
namespace {

bool is_asked_for(const RowResult& row, const SelectionOptions& options) {
  return (options.only.is_empty() || options.only.matches(*row.row)) &&
         !options.skip.matches(*row.row) && (!options.failed || row.status == RowStatus::Failed);
}

}  // namespace

Selection select_trials(const Results& results, const SelectionOptions& options) {
  const FrozenPlan& plan = results.plan();
  std::vector<char> selected(plan.trials.size(), 0);
  for (const RowResult& row : results.rows()) {
    if (is_asked_for(row, options)) {
      selected[row.row->trial] = 1;
      selected[plan.trial_numbers.at(row.trial->float_trial)] = 1;
    }
  }
  Selection selection;
  for (uint32_t i = 0; i < selected.size(); ++i) {
    if (selected[i] == 0) {
      continue;
    }
    selection.trials.push_back(i);
    const Record* record = results.journal().find(plan.trials[i].id);
    if (record == nullptr || (record->failed && (options.failed || may_be_bad_luck(*record)))) {
      selection.to_run.push_back(i);
    }
  }
  return selection;
}

}  // namespace qsweep
