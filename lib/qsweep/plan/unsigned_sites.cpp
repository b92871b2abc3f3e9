#include "qsweep/plan/unsigned_sites.hpp"

#include "qsweep/config/check_quantizer.hpp"
#include "qsweep/plan/layer_values.hpp"

#include <algorithm>

namespace qsweep {
namespace {

constexpr size_t kMostNamed = 3;

bool takes_negative(const Network& network, const Site& site) {
  const auto layer = static_cast<size_t>(site.layer);
  if (site.kind == SiteKind::Output) {
    return network.negative[layer] != 0;
  }
  const auto& makers = network.facts.layers[layer].sources[static_cast<size_t>(site.operand)];
  return any_negative(makers, network.negative);
}

std::string named(const std::vector<std::string>& layers) {
  std::string text;
  for (size_t i = 0; i < std::min(kMostNamed, layers.size()); ++i) {
    text += (i == 0 ? "" : ", ") + layers[i];
  }
  return layers.size() <= kMostNamed
             ? text
             : text + " and " + std::to_string(layers.size() - kMostNamed) + " more";
}

}  // namespace

void UnsignedSites::note(const Rule& rule,
                         const FieldRule& field,
                         const std::string& model,
                         const Network& network,
                         const std::vector<int>& sites) {
  const auto& layers = network.facts.layers;
  for (const int number : sites) {
    const Site& site = network.sites[static_cast<size_t>(number)];
    if (!takes_negative(network, site)) {
      continue;
    }
    const std::string& layer = layers[static_cast<size_t>(site.layer)].name;
    const Key key{rule.policy, rule.number, field.quantizer, site.kind, model};
    const auto [entry, is_new] = known_.try_emplace(key, noted_.size());
    if (is_new) {
      noted_.push_back({key, {place_of(field, "quantizer"), {}}});
    }
    std::vector<std::string>& names = noted_[entry->second].second.layers;
    if (std::find(names.begin(), names.end(), layer) == names.end()) {
      names.push_back(layer);
    }
  }
}

void UnsignedSites::warn(Warnings& warnings) const {
  for (const auto& [key, noted] : noted_) {
    const auto& [policy, rule, quantizer, kind, model] = key;
    warnings.push_back(config_warning(
        noted.place,
        "'" + quantizer + "' has no negative levels and acts as a ReLU where rule " +
            std::to_string(rule) + " of policy '" + policy + "' puts it on an " + to_string(kind) +
            " that takes negative values; in " + model + ": " + named(noted.layers)));
  }
}

}  // namespace qsweep
