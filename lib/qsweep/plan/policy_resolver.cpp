#include "qsweep/plan/policy_resolver.hpp"

#include "qsweep/plan/check_fit.hpp"
#include "qsweep/plan/identity.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace qsweep {
namespace {

// A policy of one rule.
Node alone(const Node& rule) {
  Node policy;
  policy.kind = Node::Kind::Sequence;
  policy.place = rule.place;
  policy.items = {rule};
  return policy;
}

void add_group(const SiteClass& sites,
               const std::shared_ptr<const CompleteQuantizer>& quantizer,
               std::vector<PolicyResult::Group>& groups) {
  const size_t rule = sites.rules.back();
  for (PolicyResult::Group& group : groups) {
    if (group.rule == rule && group.quantizer->text == quantizer->text) {
      group.sites.insert(group.sites.end(), sites.sites.begin(), sites.sites.end());
      return;
    }
  }
  groups.push_back({quantizer, rule, sites.sites});
}

std::string identity_of_groups(const std::vector<PolicyResult::Group>& groups) {
  std::map<std::string, std::vector<int>> sites_by_quantizer;
  for (const PolicyResult::Group& group : groups) {
    std::vector<int>& sites = sites_by_quantizer[group.quantizer->text];
    sites.insert(sites.end(), group.sites.begin(), group.sites.end());
  }
  return groups_identity(std::move(sites_by_quantizer));
}

// All that a quantizer takes of the settings, and is checked against.
std::string text_read(const Calibration& calibrate) {
  return calibrate.method.dump() + '\n' + calibrate.after + '\n';
}

}  // namespace

std::vector<SiteGroup> site_groups(const PolicyResult& result, const std::string& policy) {
  std::vector<SiteGroup> groups;
  for (const PolicyResult::Group& group : result.groups) {
    groups.push_back(
        {group.quantizer->json, group.sites, policy + ":" + std::to_string(group.rule + 1)});
  }
  return groups;
}

PolicyResolver::PolicyResolver(const Experiment& experiment,
                               const Catalog& catalog,
                               const Matrix& matrix)
    : experiment_(experiment), catalog_(catalog) {
  for (const auto& [name, policy] : experiment.policies) {
    std::vector<RuleReader> rules;
    for (const Node& rule : policy.items) {
      rules.push_back(
          {RowTemplate("the policy '" + name + "'", alone(rule), matrix), Memo<ReadRule>()});
    }
    policies_.push_back(std::move(rules));
  }
}

std::shared_ptr<const PolicyResult> PolicyResolver::resolve(uint32_t policy,
                                                            const Choice& row,
                                                            const ModelContext& model,
                                                            const Calibration& calibrate) {
  std::string key = text_read(calibrate);
  add_to_key(policy, key);
  add_to_key(model.number, key);
  for (const RuleReader& rule : policies_[policy]) {
    rule.text.add_key(row, key);
  }
  return results_.get(key, [&] { return apply(policy, row, model, calibrate); });
}

PolicyResult PolicyResolver::apply(uint32_t policy,
                                   const Choice& row,
                                   const ModelContext& model,
                                   const Calibration& calibrate) {
  const ReadRules rules = read_rules(policy, row);
  PolicyResult result;
  for (const SiteClass& sites : *classes_of(policy, rules, model)) {
    const auto quantizer = quantizer_of(rules, sites, calibrate);
    if (!quantizer->text.empty()) {
      check_sites(policy, rules, sites, *quantizer, model);
      add_group(sites, quantizer, result.groups);
      result.calibrates = result.calibrates ||
                          (sites.kind != SiteKind::Weight && quantizer->json.contains("calibrate"));
      note_training(*quantizer, result);
    }
  }
  for (PolicyResult::Group& group : result.groups) {
    std::sort(group.sites.begin(), group.sites.end());
  }
  std::sort(result.groups.begin(), result.groups.end(), [](const auto& a, const auto& b) {
    return a.sites.front() < b.sites.front();
  });
  result.identity = identity_of_groups(result.groups);
  return result;
}

void PolicyResolver::note_training(const CompleteQuantizer& quantizer, PolicyResult& result) const {
  const Catalog::Quantizer& facts = *catalog_.quantizer(quantizer.field.quantizer);
  result.learns = result.learns || holds(facts.learns_when, quantizer.json);
  if (facts.max_bits > 0) {
    const int bits = quantizer.json.at("bits").get<int>();
    result.least_bits = result.least_bits == 0 ? bits : std::min(result.least_bits, bits);
  }
}

void PolicyResolver::check_sites(uint32_t policy,
                                 const ReadRules& rules,
                                 const SiteClass& sites,
                                 const CompleteQuantizer& quantizer,
                                 const ModelContext& model) {
  const Catalog::Quantizer& named = *catalog_.quantizer(quantizer.field.quantizer);
  for (const int number : sites.sites) {
    const Site& site = model.network.sites[static_cast<size_t>(number)];
    check_fit(quantizer.field, named, quantizer.json, model.network, site);
  }
  if (sites.kind == SiteKind::Weight || !holds(named.unsigned_when, quantizer.json)) {
    return;
  }
  const auto naming = std::find_if(sites.rules.rbegin(), sites.rules.rend(), [&](size_t rule) {
    return !field_of(rules[rule]->rule, sites.kind)->quantizer.empty();
  });
  unsigned_sites_.note({experiment_.policies[policy].first, static_cast<int>(*naming) + 1},
                       quantizer.field,
                       model.choice.as,
                       model.network,
                       sites.sites);
}

PolicyResolver::ReadRules PolicyResolver::read_rules(uint32_t policy, const Choice& row) {
  ReadRules rules;
  for (RuleReader& reader : policies_[policy]) {
    std::string key;
    reader.text.add_key(row, key);
    rules.push_back(reader.known.get(key, [&] {
      ReadRule read{read_policy(reader.text.fill(row), catalog_).front(), "", rules_read_++};
      read.selection = selection_text(read.rule);
      return read;
    }));
  }
  return rules;
}

std::shared_ptr<const std::vector<SiteClass>> PolicyResolver::classes_of(
    uint32_t policy, const ReadRules& rules, const ModelContext& model) {
  std::string key;
  add_to_key(policy, key);
  add_to_key(model.number, key);
  for (const auto& rule : rules) {
    key += rule->selection;
  }
  return classes_.get(key, [&] {
    NamedPolicy read{experiment_.policies[policy].first, {}};
    for (const auto& rule : rules) {
      read.rules.push_back(rule->rule);
    }
    coverage_.note(read, model.choice.as, model.network);
    return classify(read.rules, model.network);
  });
}

std::shared_ptr<const CompleteQuantizer> PolicyResolver::quantizer_of(
    const ReadRules& rules, const SiteClass& sites, const Calibration& calibrate) {
  std::string key = text_read(calibrate) + to_string(sites.kind);
  for (const size_t rule : sites.rules) {
    add_to_key(rules[rule]->number, key);
  }
  return quantizers_.get(key, [&] {
    FieldRule field;
    for (const size_t rule : sites.rules) {
      field = merged(field, *field_of(rules[rule]->rule, sites.kind));
    }
    CompleteQuantizer quantizer;
    if (!field.is_float) {
      quantizer.json = complete_quantizer(field, sites.kind, calibrate, catalog_);
      quantizer.text = quantizer.json.dump();
      quantizer.field = std::move(field);
    }
    return quantizer;
  });
}

}  // namespace qsweep
