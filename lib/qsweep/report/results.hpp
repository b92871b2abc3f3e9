#pragma once

#include "qsweep/journal/journal.hpp"
#include "qsweep/journal/run_folder.hpp"
#include "qsweep/report/accuracy_change.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qsweep {

enum class RowStatus { Done, Failed, Pending };
std::string to_string(RowStatus status);  // "done", "failed", "pending"

/// A row of the plan with what its trial came to.
struct RowResult {
  const Row* row = nullptr;
  const FrozenTrial* trial = nullptr;
  const Record* record = nullptr;        // null while pending
  const Record* float_record = nullptr;  // with a result, else null
  RowStatus status = RowStatus::Pending;
  std::optional<AccuracyChange> change;  // against the float row, where both have a result
};

/// A run as its plan and journal tell it; it owns both, and its rows point into them.
class Results {
 public:
  Results(FrozenPlan plan, Journal journal);
  Results(Results&&) = default;
  Results& operator=(Results&&) = default;

  const FrozenPlan& plan() const { return plan_; }
  const Journal& journal() const { return journal_; }
  const std::vector<RowResult>& rows() const { return rows_; }  // in the plan's order

  /// The first row that shows a trial; null if none does.
  const RowResult* first_row(const std::string& trial) const;

  /// What has been added to the journal since.
  void add(JournalEntry entry);
  void set_ignored_lines(size_t count) { journal_.ignored = count; }

 private:
  RowResult result_of(const Row& row) const;

  FrozenPlan plan_;
  Journal journal_;
  std::vector<RowResult> rows_;
  std::vector<std::vector<uint32_t>> rows_of_trial_;  // by the trial's position
  std::vector<std::vector<uint32_t>> rows_of_float_;  // that are compared with it, likewise
};

/// Reads a run from its folder.
Results load_results(const std::string& run_directory);

/// The variables of all runs, in the order in which they first appear.
std::vector<std::string> variables_of(const std::vector<const Results*>& runs);

/// A row as messages name it: "resnet20 conv_linear w=8 a=8".
std::string row_name(const Row& row, const std::vector<std::string>& variables);

}  // namespace qsweep
