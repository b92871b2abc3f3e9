#include "qsweep/plan/rule_coverage.hpp"

#include "qsweep/core/nearest_name.hpp"
#include "qsweep/plan/match.hpp"

#include <algorithm>
#include <set>

namespace qsweep {
namespace {

using Networks = std::vector<const Network*>;

bool selects_any(const Selector& selector, const Networks& networks) {
  return std::any_of(networks.begin(), networks.end(), [&](const Network* network) {
    for (size_t i = 0; i < network->facts.layers.size(); ++i) {
      if (selects(selector, network->facts.layers, network->positions, i)) {
        return true;
      }
    }
    return false;
  });
}

bool applies_anywhere(const Rule& rule, SiteKind kind, const Networks& networks) {
  return std::any_of(networks.begin(), networks.end(), [&](const Network* network) {
    return std::any_of(network->sites.begin(), network->sites.end(), [&](const Site& site) {
      return site.kind == kind && applies(rule, *network, site);
    });
  });
}

std::set<std::string> all_of(const Networks& networks, std::string Layer::*text) {
  std::set<std::string> values;
  for (const Network* network : networks) {
    for (const Layer& layer : network->facts.layers) {
      values.insert(layer.*text);
    }
  }
  return values;
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

std::string first_names(const Networks& networks) {
  constexpr size_t kShown = 4;
  const std::vector<Layer>& layers = networks.front()->facts.layers;
  std::string text;
  for (size_t i = 0; i < std::min(kShown, layers.size()); ++i) {
    text += (i == 0 ? "" : ", ") + layers[i].name;
  }
  return text;
}

bool fits_any(const std::string& name, const std::set<std::string>& layers) {
  return std::any_of(layers.begin(), layers.end(), [&](const std::string& layer) {
    return glob_matches(name, layer);
  });
}

// What may have been meant by a name that fits no layer.
std::string name_advice(const std::string& name,
                        const std::set<std::string>& layers,
                        const Networks& networks) {
  const bool is_pattern = name.find_first_of("*?") != std::string::npos;
  const auto nearest =
      is_pattern ? std::nullopt : nearest_name(name, {layers.begin(), layers.end()});
  return nearest ? "; did you mean '" + *nearest + "'?"
                 : "; layers have names like " + first_names(networks);
}

// What may have been meant by a selector that selects nothing.
std::string advice(const Selector& selector, const Networks& networks) {
  const std::set<std::string> types = all_of(networks, &Layer::type);
  const bool knows_a_type =
      std::any_of(selector.types.begin(), selector.types.end(), [&](const std::string& type) {
        return type == "*" || types.count(type) > 0;
      });
  if (!selector.types.empty() && !knows_a_type) {
    return "; the layers are of the types " + joined(types);
  }
  const std::set<std::string> names = all_of(networks, &Layer::name);
  for (const std::string& name : selector.names) {
    if (!fits_any(name, names)) {
      return name_advice(name, names, networks);
    }
  }
  return "";
}

std::string reason(SiteKind kind) {
  switch (kind) {
    case SiteKind::Weight:
      return "no layer that it selects has a weight";
    case SiteKind::Input:
      return "no layer that it selects takes an activation";
    case SiteKind::Output:
      break;
  }
  return "it selects only logits, which type \"*\" leaves in float";
}

}  // namespace

void RuleCoverage::note(const NamedPolicy& policy,
                        const std::string& model,
                        const Network& network) {
  for (size_t rule = 0; rule < policy.rules.size(); ++rule) {
    const std::vector<std::string>& names = policy.rules[rule].selector.names;
    if (names.size() > 1) {
      ListedNames& listed = listed_[{policy.name, rule}];
      listed.place = policy.rules[rule].place;
      listed.names.insert(names.begin(), names.end());
    }
    for (const SiteKind kind : {SiteKind::Weight, SiteKind::Output, SiteKind::Input}) {
      if (field_of(policy.rules[rule], kind)) {
        note_field(policy, rule, kind, model, network);
      }
    }
  }
}

void RuleCoverage::note_field(const NamedPolicy& policy,
                              size_t rule,
                              SiteKind kind,
                              const std::string& model,
                              const Network& network) {
  const auto [entry, is_new] =
      known_.try_emplace(Key{policy.name, rule, kind, model}, reached_.size());
  if (is_new) {
    Reached reached;
    reached.match.policy = policy.name;
    reached.match.rule = static_cast<int>(rule) + 1;
    reached.match.place = field_of(policy.rules[rule], kind)->place;
    reached.match.field = to_string(kind);
    reached.match.model = model;
    reached.rule = policy.rules[rule];
    reached.kind = kind;
    reached_.push_back(std::move(reached));
  }
  Reached& reached = reached_[entry->second];
  std::map<int, int> sites_by_layer;
  for (const Site& site : network.sites) {
    if (site.kind == kind && applies(policy.rules[rule], network, site)) {
      ++sites_by_layer[site.layer];
    }
  }
  for (const auto& [layer, sites] : sites_by_layer) {
    if (reached.sites_by_layer.emplace(layer, sites).second) {
      reached.match.sites += sites;
      reached.match.layers.push_back(network.facts.layers[static_cast<size_t>(layer)].name);
    }
  }
}

void RuleCoverage::check(const Networks& networks) const {
  std::set<std::tuple<std::string, int, SiteKind>> reaching;
  for (const Reached& reached : reached_) {
    if (reached.match.sites > 0) {
      reaching.emplace(reached.match.policy, reached.match.rule, reached.kind);
    }
  }
  for (const Reached& reached : reached_) {
    const RuleMatch& match = reached.match;
    if (reaching.count({match.policy, match.rule, reached.kind}) > 0 ||
        applies_anywhere(reached.rule, reached.kind, networks)) {
      continue;
    }
    const std::string rule =
        "rule " + std::to_string(match.rule) + " of policy '" + match.policy + "'";
    const Selector& selector = reached.rule.selector;
    if (!selects_any(selector, networks)) {
      throw config_error(
          reached.rule.place,
          rule + " selects no layer of any model of the sweep" + advice(selector, networks));
    }
    throw config_error(
        match.place,
        "'" + match.field + "' of " + rule +
            " applies to nothing in any model of the sweep: " + reason(reached.kind));
  }
}

std::vector<std::string> RuleCoverage::unfitting_names(const Networks& networks) const {
  const std::set<std::string> layers = all_of(networks, &Layer::name);
  std::vector<std::string> warnings;
  for (const auto& [rule, listed] : listed_) {
    for (const std::string& name : listed.names) {
      if (!fits_any(name, layers)) {
        warnings.push_back(config_warning(listed.place,
                                          "the name '" + name + "' of rule " +
                                              std::to_string(rule.second + 1) + " of policy '" +
                                              rule.first + "' fits no layer of any model of the " +
                                              "sweep" + name_advice(name, layers, networks)));
      }
    }
  }
  return warnings;
}

std::vector<RuleMatch> RuleCoverage::matches() const {
  std::vector<RuleMatch> all;
  for (const Reached& reached : reached_) {
    all.push_back(reached.match);
  }
  return all;
}

}  // namespace qsweep
