#include "qsweep/plan/correction_resolver.hpp"

#include "qsweep/plan/identity.hpp"

#include <utility>

namespace qsweep {
CorrectionResolver::CorrectionResolver(const Catalog& catalog, FactSource& facts)
    : catalog_(catalog), facts_(facts) {}

std::shared_ptr<const CorrectionResult> CorrectionResolver::resolve(
    const std::vector<Correction>& wanted,
    const std::string& policy_name,
    const PolicyResult& policy,
    const ModelContext& model) {
  std::string key = corrections_identity(wanted) + '\n' + policy_name + '\n';
  add_to_key(model.number, key);
  key += quantizers_key(policy, model);
  return results_.get(key, [&] { return ask(wanted, policy_name, policy, model); });
}

// A byte per site. What a correction finds depends on names of quantizers and on whether they scale
// groups, never on their bits.
std::string CorrectionResolver::quantizers_key(const PolicyResult& policy,
                                               const ModelContext& model) const {
  std::string key(model.network.sites.size(), '\0');
  for (const PolicyResult::Group& group : policy.groups) {
    const auto& name = group.quantizer->json.at("quantizer").get_ref<const std::string&>();
    const auto line = catalog_.quantizer(name) - catalog_.quantizers.data();
    const auto number = 2 * line + (scales_groups(group.quantizer->json) ? 2 : 1);
    for (const int site : group.sites) {
      key[static_cast<size_t>(site)] = static_cast<char>(number);
    }
  }
  return key;
}

CorrectionResult CorrectionResolver::ask(const std::vector<Correction>& wanted,
                                         const std::string& policy_name,
                                         const PolicyResult& policy,
                                         const ModelContext& model) {
  CorrectionQuestion question;
  question.layers = model.network.facts.layers;
  question.quantizers =
      quantizers_by_site(site_groups(policy, policy_name), model.network.sites.size());
  for (const Correction& correction : wanted) {
    question.corrections.push_back(correction.name);
  }
  const std::vector<std::vector<int>> layers = facts_.corrected_layers(question);
  CorrectionResult result;
  std::string after;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const Catalog::Correction& known = *catalog_.correction(wanted[i].name);
    note({known.name, after, known.of_quantized ? policy_name : "", model.choice.as, {}},
         layers.at(i),
         model);
    after += (after.empty() ? "" : "+") + known.name;
    if (!layers[i].empty()) {
      result.corrections.push_back(wanted[i]);
      result.uses_images = result.uses_images || known.uses_images;
      result.keeps_images = result.keeps_images || known.keeps_images;
    }
  }
  result.identity = corrections_identity(result.corrections);
  return result;
}

void CorrectionResolver::note(CorrectionMatch match,
                              const std::vector<int>& layers,
                              const ModelContext& model) {
  const auto [entry, is_new] = known_.try_emplace(
      Key{match.correction, match.after, match.policy, match.model}, found_.size());
  if (is_new) {
    found_.push_back({std::move(match), {}});
  }
  Found& found = found_[entry->second];
  for (const int layer : layers) {
    if (found.layers.insert(layer).second) {
      found.match.layers.push_back(model.network.facts.layers[static_cast<size_t>(layer)].name);
    }
  }
}

std::vector<CorrectionMatch> CorrectionResolver::matches() const {
  std::vector<CorrectionMatch> all;
  for (const Found& found : found_) {
    all.push_back(found.match);
  }
  return all;
}

}  // namespace qsweep
