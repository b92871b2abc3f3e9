#pragma once

#include "qsweep/plan/memo.hpp"
#include "qsweep/plan/model_contexts.hpp"
#include "qsweep/plan/plan.hpp"
#include "qsweep/plan/policy_resolver.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace qsweep {

/// The corrections of a row that act on anything.
struct CorrectionResult {
  std::vector<Correction> corrections;
  std::string identity;       // empty without any
  bool uses_images = false;   // does one of them?
  bool keeps_images = false;  // does one of them?
};

/// Asks what corrections find, once for all rows that share the answer.
class CorrectionResolver {
 public:
  CorrectionResolver(const Catalog& catalog, FactSource& facts);

  std::shared_ptr<const CorrectionResult> resolve(const std::vector<Correction>& wanted,
                                                  const std::string& policy_name,
                                                  const PolicyResult& policy,
                                                  const ModelContext& model);

  /// What was found so far, in the order in which it was asked for.
  std::vector<CorrectionMatch> matches() const;

 private:
  struct Found {
    CorrectionMatch match;
    std::set<int> layers;
  };
  using Key = std::tuple<std::string, std::string, std::string, std::string>;

  std::string quantizers_key(const PolicyResult& policy, const ModelContext& model) const;
  CorrectionResult ask(const std::vector<Correction>& wanted,
                       const std::string& policy_name,
                       const PolicyResult& policy,
                       const ModelContext& model);
  void note(CorrectionMatch match, const std::vector<int>& layers, const ModelContext& model);

  const Catalog& catalog_;
  FactSource& facts_;
  Memo<CorrectionResult> results_;
  std::map<Key, size_t> known_;
  std::vector<Found> found_;
};

}  // namespace qsweep
