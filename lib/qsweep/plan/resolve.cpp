#include "qsweep/plan/resolve.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace qsweep {
namespace {

FieldRule merged_field(const std::vector<Rule>& rules, const SiteClass& sites) {
  FieldRule field;
  for (const size_t rule : sites.rules) {
    field = merged(field, *field_of(rules[rule], sites.kind));
  }
  return field;
}

}  // namespace

std::vector<SiteGroup> resolve(const NamedPolicy& policy,
                               const std::vector<SiteClass>& classes,
                               const Calibration& calibrate,
                               const Catalog& catalog) {
  std::map<std::pair<std::string, size_t>, SiteGroup> groups;  // by quantizer and deciding rule
  for (const SiteClass& sites : classes) {
    const FieldRule field = merged_field(policy.rules, sites);
    if (field.is_float) {
      continue;
    }
    Json quantizer = complete_quantizer(field, sites.kind, calibrate, catalog);
    const size_t rule = sites.rules.back();
    SiteGroup& group = groups[{quantizer.dump(), rule}];
    group.quantizer = std::move(quantizer);
    group.rule = policy.name + ":" + std::to_string(rule + 1);
    group.sites.insert(group.sites.end(), sites.sites.begin(), sites.sites.end());
  }
  std::vector<SiteGroup> sorted;
  for (auto& [key, group] : groups) {
    std::sort(group.sites.begin(), group.sites.end());
    sorted.push_back(std::move(group));
  }
  std::sort(sorted.begin(), sorted.end(), [](const SiteGroup& a, const SiteGroup& b) {
    return a.sites.front() < b.sites.front();
  });
  return sorted;
}

bool needs_calibration(const std::vector<SiteGroup>& groups, const Network& network) {
  const auto observed = [&](const SiteGroup& group) {
    return group.quantizer.contains("calibrate") &&
           std::any_of(group.sites.begin(), group.sites.end(), [&](int site) {
             return network.sites[static_cast<size_t>(site)].kind != SiteKind::Weight;
           });
  };
  return std::any_of(groups.begin(), groups.end(), observed);
}

}  // namespace qsweep
