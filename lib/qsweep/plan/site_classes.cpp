#include "qsweep/plan/site_classes.hpp"

#include "qsweep/plan/layer_values.hpp"
#include "qsweep/plan/match.hpp"

#include <map>
#include <utility>

namespace qsweep {
namespace {

Json selector_json(const Selector& selector) {
  return Json{selector.types,
              selector.names,
              selector.positions,
              selector.negated == nullptr ? Json() : selector_json(*selector.negated)};
}

}  // namespace

Network::Network(ModelFacts model_facts)
    : facts(std::move(model_facts)),
      positions(positions_of(facts.layers)),
      sites(sites_of(facts.layers)),
      with_channels(outputs_with_channels(facts.layers)),
      negative(negative_outputs(facts.layers)) {}

const std::optional<FieldRule>& field_of(const Rule& rule, SiteKind kind) {
  switch (kind) {
    case SiteKind::Weight:
      return rule.weight;
    case SiteKind::Input:
      return rule.input;
    case SiteKind::Output:
      break;
  }
  return rule.output;
}

bool applies(const Rule& rule, const Network& network, const Site& site) {
  const auto layer = static_cast<size_t>(site.layer);
  const auto& layers = network.facts.layers;
  return field_of(rule, site.kind).has_value() &&
         selects(rule.selector, layers, network.positions, layer) &&
         (site.kind != SiteKind::Output ||
          reaches_output(rule.selector, layers, network.positions, layer));
}

std::vector<SiteClass> classify(const std::vector<Rule>& rules, const Network& network) {
  std::vector<SiteClass> classes;
  std::map<std::pair<SiteKind, std::vector<size_t>>, size_t> known;
  for (size_t i = 0; i < network.sites.size(); ++i) {
    const Site& site = network.sites[i];
    std::vector<size_t> named_by;
    for (size_t r = 0; r < rules.size(); ++r) {
      if (applies(rules[r], network, site)) {
        named_by.push_back(r);
      }
    }
    if (named_by.empty()) {
      continue;
    }
    const auto [entry, is_new] = known.try_emplace({site.kind, named_by}, classes.size());
    if (is_new) {
      classes.push_back({site.kind, named_by, {}});
    }
    classes[entry->second].sites.push_back(static_cast<int>(i));
  }
  return classes;
}

std::string selection_text(const Rule& rule) {
  return Json{selector_json(rule.selector),
              rule.weight.has_value(),
              rule.output.has_value(),
              rule.input.has_value()}
      .dump();
}

}  // namespace qsweep
