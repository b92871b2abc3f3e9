#pragma once

#include "qsweep/plan/plan.hpp"
#include "qsweep/plan/site_classes.hpp"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace qsweep {

/// A policy without `$`.
struct NamedPolicy {
  std::string name;
  std::vector<Rule> rules;
};

/// Which layers each rule of the policies in use reaches, over all models.
class RuleCoverage {
 public:
  /// Notes what a policy does to a model. Rows may fill in different selectors: all count.
  void note(const NamedPolicy& policy, const std::string& model, const Network& network);

  /// Throws ConfigError at a rule or field that reaches nothing in any of these models of the
  /// sweep, whether or not a row pairs them.
  void check(const std::vector<const Network*>& networks) const;

  /// A warning for each name of a rule's list that fits no layer of any of these models, though
  /// others of the list do.
  std::vector<std::string> unfitting_names(const std::vector<const Network*>& networks) const;

  /// In the order in which they were noted.
  std::vector<RuleMatch> matches() const;

 private:
  struct Reached {
    RuleMatch match;
    std::map<int, int> sites_by_layer;
    Rule rule;
    SiteKind kind = SiteKind::Output;
  };
  struct ListedNames {
    Place place;
    std::set<std::string> names;
  };
  using Key = std::tuple<std::string, size_t, SiteKind, std::string>;

  void note_field(const NamedPolicy& policy,
                  size_t rule,
                  SiteKind kind,
                  const std::string& model,
                  const Network& network);

  std::map<std::pair<std::string, size_t>, ListedNames> listed_;  // by policy and rule
  std::map<Key, size_t> known_;
  std::vector<Reached> reached_;
};

}  // namespace qsweep
