#pragma once

#include "qsweep/plan/memo.hpp"
#include "qsweep/plan/model_contexts.hpp"
#include "qsweep/plan/row_template.hpp"
#include "qsweep/plan/rule_coverage.hpp"
#include "qsweep/plan/site_classes.hpp"
#include "qsweep/plan/trial.hpp"
#include "qsweep/plan/unsigned_sites.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qsweep {

/// A site's quantizer with all its parameters. Without text: the site stays in float.
struct CompleteQuantizer {
  Json json;
  std::string text;
  FieldRule field;  // what the rules say together
};

/// What a policy gives one network.
struct PolicyResult {
  struct Group {
    std::shared_ptr<const CompleteQuantizer> quantizer;
    size_t rule = 0;         // that decided, a position in the policy
    std::vector<int> sites;  // ascending
  };

  /// By quantizer and deciding rule, in the order of their first sites.
  std::vector<Group> groups;
  std::string identity;
  bool calibrates = false;  // ranges are observed on images, as those of weights never are
  bool learns = false;      // some quantizer has numbers that are trained
  int least_bits = 0;       // of the quantizers that can have several; 0 without any
};

std::vector<SiteGroup> site_groups(const PolicyResult& result, const std::string& policy);

/// Resolves policies for rows. Rules, the sites that they reach, and quantizers are worked out once
/// for all rows that share them.
class PolicyResolver {
 public:
  PolicyResolver(const Experiment& experiment, const Catalog& catalog, const Matrix& matrix);

  /// Throws ConfigError at the field that asks for what its quantizer cannot do. `policy` is a
  /// position in the experiment's policies.
  std::shared_ptr<const PolicyResult> resolve(uint32_t policy,
                                              const Choice& row,
                                              const ModelContext& model,
                                              const Calibration& calibrate);

  const RuleCoverage& coverage() const { return coverage_; }
  const UnsignedSites& unsigned_sites() const { return unsigned_sites_; }

 private:
  struct ReadRule {
    Rule rule;
    std::string selection;
    uint32_t number = 0;  // tells read rules apart
  };
  struct RuleReader {
    RowTemplate text;
    Memo<ReadRule> known;
  };
  using ReadRules = std::vector<std::shared_ptr<const ReadRule>>;

  PolicyResult apply(uint32_t policy,
                     const Choice& row,
                     const ModelContext& model,
                     const Calibration& calibrate);
  // What fine-tuning has to know of a quantizer.
  void note_training(const CompleteQuantizer& quantizer, PolicyResult& result) const;
  // Whether it fits its sites, and what it does there.
  void check_sites(uint32_t policy,
                   const ReadRules& rules,
                   const SiteClass& sites,
                   const CompleteQuantizer& quantizer,
                   const ModelContext& model);
  ReadRules read_rules(uint32_t policy, const Choice& row);
  std::shared_ptr<const std::vector<SiteClass>> classes_of(uint32_t policy,
                                                           const ReadRules& rules,
                                                           const ModelContext& model);
  std::shared_ptr<const CompleteQuantizer> quantizer_of(const ReadRules& rules,
                                                        const SiteClass& sites,
                                                        const Calibration& calibrate);

  const Experiment& experiment_;
  const Catalog& catalog_;
  std::vector<std::vector<RuleReader>> policies_;
  uint32_t rules_read_ = 0;
  Memo<PolicyResult> results_;
  Memo<std::vector<SiteClass>> classes_;
  Memo<CompleteQuantizer> quantizers_;
  RuleCoverage coverage_;
  UnsignedSites unsigned_sites_;
};

}  // namespace qsweep
