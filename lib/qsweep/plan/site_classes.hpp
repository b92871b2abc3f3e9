#pragma once

#include "qsweep/config/experiment.hpp"
#include "qsweep/plan/facts.hpp"
#include "qsweep/plan/layer.hpp"

#include <string>
#include <vector>

namespace qsweep {

/// A model's layers with what every policy asks of them.
struct Network {
  explicit Network(ModelFacts model_facts);

  ModelFacts facts;
  Positions positions;
  std::vector<Site> sites;
  std::vector<char> with_channels;  // per layer: has its output channels?
  std::vector<char> negative;       // per layer: can its output be negative?
};

/// Sites of one kind for which the same rules say something: all of them get the same quantizer.
struct SiteClass {
  SiteKind kind = SiteKind::Output;
  std::vector<size_t> rules;  // positions in the policy, ascending; never empty
  std::vector<int> sites;     // ascending
};

/// What a rule says for one kind of site, if anything.
const std::optional<FieldRule>& field_of(const Rule& rule, SiteKind kind);

/// Does what the rule says for this kind of site hold for this site?
bool applies(const Rule& rule, const Network& network, const Site& site);

/// The sites that some rule names, by the rules that name them.
std::vector<SiteClass> classify(const std::vector<Rule>& rules, const Network& network);

/// A text that is equal for rules that apply to the same sites of every network.
std::string selection_text(const Rule& rule);

}  // namespace qsweep
