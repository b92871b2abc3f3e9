#include "qsweep/config/matrix.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/plan/edits.hpp"
#include "qsweep/plan/gate_rows.hpp"
#include "qsweep/plan/identity.hpp"
#include "qsweep/plan/matrix.hpp"
#include "qsweep/plan/memory.hpp"
#include "qsweep/plan/named_choices.hpp"
#include "qsweep/plan/plan.hpp"
#include "qsweep/plan/row_resolver.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace qsweep {
namespace {

// Where a row or a trial comes from: a row of the matrix, as it is or as its float row. All that is
// kept of it; the rest is computed again when it is asked for.
struct Origin {
  uint32_t row = 0;
  bool is_float = false;
};

struct PlannedRow {
  Origin origin;
  uint32_t trial;
};

struct PlannedTrial {
  uint64_t id;
  Origin origin;
};

uint64_t number_of(const std::string& id) {
  return std::stoull(id, nullptr, 16);
}

std::string text_of(uint64_t id) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIx64, id);
  return text.data();
}

// What reads a row of the matrix. It remembers what rows share.
struct RowReader {
  RowReader(const Experiment& file, const Catalog& known, FactSource& facts)
      : experiment(file),
        catalog(known),
        matrix(experiment),
        names(experiment, matrix, catalog),
        exclusions(experiment, matrix, names),
        overrides(experiment, matrix, names),
        resolver(experiment, catalog, facts, matrix, names, overrides) {}

  ResolvedRow resolve(Origin origin) {
    const Choice row = matrix.row(origin.row);
    const ResolvedRow resolved = resolver.resolve(row, overrides.matching(row));
    return origin.is_float ? resolved.as_float() : resolved;
  }

  const Experiment experiment;
  const Catalog catalog;
  const Matrix matrix;
  const NamedChoices names;
  Exclusions exclusions;
  Overrides overrides;
  RowResolver resolver;
};

class MatrixPlan final : public Plan {
 public:
  MatrixPlan(const Experiment& experiment, const Catalog& catalog, FactSource& facts)
      : reader_(std::make_unique<RowReader>(experiment, catalog, facts)) {
    name_variables();
    plan_rows();
    if (!rows_.empty()) {
      check_all_read(reader_->experiment, used_policies());
    }
    reader_->resolver.coverage().check(networks());
    matches_ = reader_->resolver.coverage().matches();
    correction_matches_ = reader_->resolver.correction_matches();
    warn();
  }

  const std::string& name() const override { return reader_->experiment.name; }
  const std::vector<std::string>& variables() const override { return variables_; }
  AxisTitles axis_titles() const override {
    AxisTitles titles;
    for (const Axis& axis : reader_->experiment.axes) {
      if (!contains(axis.names, axis.title)) {
        titles[axis.title] = axis.names;
      }
    }
    return titles;
  }
  size_t row_count() const override { return rows_.size(); }
  size_t trial_count() const override { return trials_.size(); }
  const std::vector<Gate>& gates() const override { return reader_->experiment.gates; }
  const std::vector<RuleMatch>& matches() const override { return matches_; }
  const std::vector<CorrectionMatch>& correction_matches() const override {
    return correction_matches_;
  }
  const Warnings& warnings() const override { return warnings_; }

  Row row(size_t index) const override {
    const PlannedRow& planned = rows_.at(index);
    const Choice choice = reader_->matrix.row(planned.origin.row);
    const NamedChoices& names = reader_->names;
    Row row;
    row.trial = planned.trial;
    row.model = names.models()[names.model_of(choice)].as;
    row.policy = "float";
    row.data = reader_->resolver.data_name(choice, reader_->overrides.matching(choice));
    row.values.resize(variables_.size());
    if (!planned.origin.is_float) {
      row.policy = reader_->experiment.policies[names.policy_of(choice).value()].first;
      for (size_t i = 0; i < variables_.size(); ++i) {
        const size_t column = variable_columns_[i];
        row.values[i] = names.written(reader_->matrix, column, choice.values[column]);
      }
    }
    return row;
  }

  Trial trial(size_t index) const override {
    return reader_->resolve(trials_.at(index).origin).trial();
  }
  std::string trial_id(size_t index) const override { return text_of(trials_.at(index).id); }

  Cost cost(size_t trial_index) const override {
    const ResolvedRow row = reader_->resolve(trials_.at(trial_index).origin);
    Cost cost = cost_of(row.model->network, row.groups(), reader_->catalog);
    cost.trial_macs = static_cast<double>(cost.macs) * row.passes();
    cost.memory = expected_memory(row);
    return cost;
  }

 private:
  using TrialNumbers = std::unordered_map<uint64_t, uint32_t>;

  void name_variables() {
    const std::vector<Column>& columns = reader_->matrix.columns();
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto kind = columns[i].kind;
      if (kind == Column::Kind::Variable || kind == Column::Kind::Setting) {
        variables_.push_back(columns[i].name);
        variable_columns_.push_back(i);
      }
    }
  }

  void plan_rows() {
    TrialNumbers numbers;
    used_policies_.resize(reader_->experiment.policies.size());
    for (uint32_t i = 0; i < reader_->matrix.row_count(); ++i) {
      const Choice row = reader_->matrix.row(i);
      // Added rows are what the user asked for by name: nothing drops them.
      if (row.include == nullptr && reader_->exclusions.drops(row)) {
        continue;
      }
      plan_row(i, row, numbers);
    }
    rows_.shrink_to_fit();
    trials_.shrink_to_fit();
  }

  void plan_row(uint32_t index, const Choice& row, TrialNumbers& numbers) {
    const ResolvedRow resolved = reader_->resolver.resolve(row, reader_->overrides.matching(row));
    const Origin float_origin{index, true};
    const uint32_t float_trial =
        number_trial(resolved.as_float().identity(), float_origin, numbers);
    // Two names of one network have a row each.
    const uint64_t model = reader_->names.model_of(row);
    if (shown_floats_.insert(model << 32U | float_trial).second) {
      rows_.push_back({float_origin, float_trial});
    }
    if (resolved.policy != nullptr) {
      const Origin origin{index, false};
      rows_.push_back({origin, number_trial(resolved.identity(), origin, numbers)});
      calibrated_on_test_ = std::max(calibrated_on_test_, resolved.calibrated_on_test());
      if (resolved.finetunes()) {
        finetuned_.insert(resolved.model);
      }
      used_policies_[*reader_->names.policy_of(row)] = 1;
    }
  }

  uint32_t number_trial(const std::string& identity, Origin origin, TrialNumbers& numbers) {
    const uint64_t id = number_of(identity_of(identity));
    const auto [entry, is_new] = numbers.try_emplace(id, static_cast<uint32_t>(trials_.size()));
    if (is_new) {
      trials_.push_back({id, origin});
    }
    return entry->second;
  }

  std::vector<const Network*> networks() const {
    std::vector<const Network*> all;
    for (const ModelContext* model : reader_->resolver.models().all()) {
      all.push_back(&model->network);
    }
    return all;
  }

  std::set<std::string> used_policies() const {
    std::set<std::string> used;
    for (size_t i = 0; i < used_policies_.size(); ++i) {
      if (used_policies_[i] != 0) {
        used.insert(reader_->experiment.policies[i].first);
      }
    }
    return used;
  }

  void warn() {
    if (rows_.empty() && !reader_->experiment.exclude.empty()) {
      warnings_.push_back(config_warning(reader_->experiment.exclude.front().place,
                                         "'exclude' drops every row, so that nothing is left"));
    }
    reader_->exclusions.warn_of_unused(warnings_);
    reader_->overrides.warn(warnings_);
    reader_->resolver.unsigned_sites().warn(warnings_);
    const auto& policies = reader_->experiment.policies;
    for (size_t i = 0; i < policies.size(); ++i) {
      if (used_policies_[i] == 0) {
        warnings_.push_back(config_warning(policies[i].second.place,
                                           "no row has the policy '" + policies[i].first + "'"));
      }
    }
    warn_of_calibration();
    warn_of_gates();
    warn_of_names();
    warn_of_models();
    for (const ModelContext* model : reader_->resolver.models().all()) {
      for (const std::string& warning : model->data->warnings) {
        add_warning(warning);
      }
    }
  }

  void warn_of_gates() {
    for (const Gate& gate : gates()) {
      size_t i = 0;
      while (i < rows_.size() && !is_checked(gate, *this, row(i))) {
        ++i;
      }
      if (i == rows_.size()) {
        warnings_.push_back(config_warning(gate.place, "this gate matches no row"));
      }
    }
  }

  void warn_of_names() {
    for (const std::string& warning : reader_->resolver.coverage().unfitting_names(networks())) {
      warnings_.push_back(warning);
    }
  }

  void warn_of_models() {
    for (const ModelContext* model : reader_->resolver.models().all()) {
      const ModelFacts& facts = model->network.facts;
      std::vector<std::string> texts = facts.warnings;
      if (finetuned_.count(model) > 0) {
        texts.insert(texts.end(), facts.training_warnings.begin(), facts.training_warnings.end());
      }
      for (const std::string& text : texts) {
        add_warning(
            config_warning(model->choice.place, "the model '" + model->choice.as + "': " + text));
      }
    }
  }

  // Models and data sets of several rows say the same.
  void add_warning(const std::string& warning) {
    if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end()) {
      warnings_.push_back(warning);
    }
  }

  void warn_of_calibration() {
    if (calibrated_on_test_ == 0) {
      return;
    }
    const Node& settings = reader_->experiment.settings;
    const Node* data = settings.find("data");
    const Node* test = data == nullptr ? nullptr : data->find("test");
    const Node* train = data == nullptr ? nullptr : data->find("train");
    const Node* found = test != nullptr ? test : train != nullptr ? train : data;
    warnings_.push_back(config_warning(
        found == nullptr ? settings.place : found->place,
        "ranges are calibrated on images that are evaluated: data.train and data.test share " +
            std::to_string(calibrated_on_test_) + " images"));
  }

  std::unique_ptr<RowReader> reader_;
  std::vector<std::string> variables_;
  std::vector<size_t> variable_columns_;  // per variable
  std::vector<PlannedRow> rows_;
  std::vector<PlannedTrial> trials_;
  std::vector<char> used_policies_;
  std::unordered_set<uint64_t> shown_floats_;  // models and float trials that have a row
  int64_t calibrated_on_test_ = 0;             // the most of any row
  std::set<const ModelContext*> finetuned_;
  std::vector<RuleMatch> matches_;
  std::vector<CorrectionMatch> correction_matches_;
  Warnings warnings_;
};

}  // namespace

std::unique_ptr<Plan> make_plan(const Experiment& experiment,
                                const Catalog& catalog,
                                FactSource& facts) {
  return std::make_unique<MatrixPlan>(experiment, catalog, facts);
}

}  // namespace qsweep
