#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/cost.hpp"
#include "qsweep/plan/facts.hpp"
#include "qsweep/plan/trial.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// A change of the numerics that changes results; part of every identity.
constexpr int kNumericsVersion = 3;

/// One line of results.csv: names and values as the file writes them, and the trial that it shows.
struct Row {
  uint32_t trial = 0;               // position in the plan's trials
  std::string model;                // the name in the file (`as`)
  std::string policy;               // "float" for a float row
  std::vector<std::string> values;  // one per variable of the plan; empty where it has none
  std::string data;
};

/// The titles of axes whose entries set several variables, each with those variables.
using AxisTitles = std::map<std::string, std::vector<std::string>>;

/// What one rule's field matched in one model; `plan` prints these.
struct RuleMatch {
  std::string policy;
  int rule = 0;  // from 1
  Place place;
  std::string field;  // weight | output | input
  std::string model;
  int sites = 0;                    // that it matched
  std::vector<std::string> layers;  // their names
};

/// What one correction acts on in one model; `plan` prints these.
struct CorrectionMatch {
  std::string correction;
  std::string after;   // the corrections before it, joined by '+'
  std::string policy;  // empty where the correction changes the float network, whatever the policy
  std::string model;
  std::vector<std::string> layers;  // their names; none: it finds nothing
};

/// A warning with its place rendered.
using Warnings = std::vector<std::string>;

/// What a run consists of. Rows are in their final order: for each model (with its weights, data,
/// seed where pretrained) the float row and then the rows in the order of the matrix.
class Plan {
 public:
  virtual ~Plan() = default;
  virtual const std::string& name() const = 0;
  virtual const std::vector<std::string>& variables() const = 0;  // columns, as in the file
  virtual AxisTitles axis_titles() const { return {}; }
  virtual size_t row_count() const = 0;
  virtual Row row(size_t index) const = 0;
  virtual size_t trial_count() const = 0;
  virtual Trial trial(size_t index) const = 0;
  virtual std::string trial_id(size_t index) const { return trial(index).id; }
  virtual Cost cost(size_t trial_index) const = 0;
  virtual const std::vector<Gate>& gates() const = 0;
  virtual const std::vector<RuleMatch>& matches() const = 0;
  virtual const std::vector<CorrectionMatch>& correction_matches() const = 0;
  virtual const Warnings& warnings() const = 0;
};

/// Expands the matrix and resolves every row; throws ConfigError for anything wrong in it. Small
/// per row: a plan of 10^6 rows stays under 1 GB and 30 s.
std::unique_ptr<Plan> make_plan(const Experiment& experiment,
                                const Catalog& catalog,
                                FactSource& facts);

}  // namespace qsweep
