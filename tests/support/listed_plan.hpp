#pragma once

#include "qsweep/plan/plan.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace qsweep::test {

/// A plan written out by hand.
class ListedPlan : public Plan {
 public:
  std::vector<std::string> columns{"w"};
  std::vector<Row> rows;
  std::vector<Trial> trials;
  std::vector<Cost> costs;
  std::vector<Gate> gate_list;

  /// A trial and its first row; `float_trial` is the trial's own id for a float row.
  void add(const std::string& id,
           const std::string& float_trial,
           const std::string& model,
           const std::string& policy,
           const std::vector<std::string>& values) {
    Trial trial;
    trial.id = id;
    trial.float_trial = float_trial;
    trial.model.zoo = model;
    trials.push_back(std::move(trial));
    costs.emplace_back();
    add_row(static_cast<uint32_t>(trials.size() - 1), model, policy, values);
  }
  void add_row(uint32_t trial,
               const std::string& model,
               const std::string& policy,
               const std::vector<std::string>& values) {
    rows.push_back({trial, model, policy, values, "synthetic"});
  }

  const std::string& name() const override { return name_; }
  const std::vector<std::string>& variables() const override { return columns; }
  size_t row_count() const override { return rows.size(); }
  Row row(size_t index) const override { return rows.at(index); }
  size_t trial_count() const override { return trials.size(); }
  Trial trial(size_t index) const override { return trials.at(index); }
  Cost cost(size_t trial_index) const override { return costs.at(trial_index); }
  const std::vector<Gate>& gates() const override { return gate_list; }
  const std::vector<RuleMatch>& matches() const override { return matches_; }
  const std::vector<CorrectionMatch>& correction_matches() const override {
    return correction_matches_;
  }
  const Warnings& warnings() const override { return warnings_; }

 private:
  std::string name_ = "bits";
  std::vector<RuleMatch> matches_;
  std::vector<CorrectionMatch> correction_matches_;
  Warnings warnings_;
};

/// The usual small sweep: a float row, 8 bits, 2 bits, and a second row of the 8-bit trial.
inline ListedPlan small_plan() {
  ListedPlan plan;
  plan.add("f000000000000000", "f000000000000000", "net", "float", {""});
  plan.add("8000000000000000", "f000000000000000", "net", "all", {"8"});
  plan.add("2000000000000000", "f000000000000000", "net", "all", {"2"});
  plan.add_row(1, "net", "some", {"8"});
  return plan;
}

}  // namespace qsweep::test
