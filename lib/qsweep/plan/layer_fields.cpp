#include "qsweep/plan/layer_fields.hpp"

#include "qsweep/config/rule_templates.hpp"
#include "qsweep/config/variables.hpp"
#include "qsweep/plan/check_fit.hpp"
#include "qsweep/plan/matrix.hpp"

#include <algorithm>

namespace qsweep {
namespace {

const Node& field_node(const Node& rule, SiteKind kind) {
  return *rule.find(to_string(kind));
}

// What a rule selects and which quantizer it names decide what is merged with what.
void require_closed(const Node& rule) {
  const auto require = [](const Node& node) {
    for (const Node* open : variable_nodes(node)) {
      throw config_error(open->place,
                         "what a rule says hangs on '" + open->text +
                             "'; give it a value with --set " + open->text.substr(1) + "=...");
    }
  };
  for (const Node::Entry& entry : rule.entries) {
    const bool is_field = entry.key == "weight" || entry.key == "output" || entry.key == "input";
    const Node* quantizer = entry.value.find("quantizer");
    if (!is_field || entry.value.kind != Node::Kind::Map) {
      require(entry.value);
    } else if (quantizer != nullptr) {
      require(*quantizer);
    }
  }
}

// As in merged(): a later quantizer or `float` replaces, anything else merges key by key.
void merge(const Node& field, const Place& rule, LayerField& into) {
  const Node* quantizer = field.kind == Node::Kind::Map ? field.find("quantizer") : &field;
  if (quantizer != nullptr) {
    into = LayerField();
    into.quantizer = quantizer->text;
  }
  into.rules.push_back(rule);
  for (const Node::Entry& entry : field.entries) {
    if (entry.key == "quantizer") {
      continue;
    }
    const auto known =
        std::find_if(into.parameters.begin(), into.parameters.end(), [&](const auto& parameter) {
          return parameter.first == entry.key;
        });
    if (known == into.parameters.end()) {
      into.parameters.emplace_back(entry.key, written(entry.value));
    } else {
      known->second = written(entry.value);
    }
  }
}

// Then bits: 32 of an earlier rule no longer counts.
bool has_open_bits(const LayerField& field) {
  return std::any_of(field.parameters.begin(), field.parameters.end(), [](const auto& parameter) {
    return parameter.first == "bits" && parameter.second.rfind('$', 0) == 0;
  });
}

// One policy on one network.
class Given {
 public:
  Given(const Node& policy, const Network& network, const Catalog& catalog)
      : policy_(policy),
        rules_(read_policy_template(policy, catalog)),
        network_(network),
        catalog_(catalog) {}

  std::vector<LayerFields> run() const {
    std::for_each(policy_.items.begin(), policy_.items.end(), require_closed);
    std::vector<LayerFields> layers(network_.facts.layers.size());
    for (const SiteClass& sites : classify(rules_, network_)) {
      const LayerField field = field_of_class(sites);
      for (const int number : sites.sites) {
        const auto layer = static_cast<size_t>(network_.sites[static_cast<size_t>(number)].layer);
        layers[layer][static_cast<size_t>(sites.kind)] = field;
      }
    }
    return layers;
  }

 private:
  LayerField field_of_class(const SiteClass& sites) const {
    LayerField written_field;
    FieldRule field;
    bool is_open = false;
    for (const size_t rule : sites.rules) {
      const Node& node = field_node(policy_.items[rule], sites.kind);
      merge(node, policy_.items[rule].place, written_field);
      field = merged(field, *field_of(rules_[rule], sites.kind));
      is_open = is_open || has_variables(node);
    }
    if (field.is_float && !has_open_bits(written_field)) {
      written_field.quantizer = "float";
      written_field.parameters.clear();
    } else if (!is_open || field.quantizer.empty()) {
      check(field, sites);
    }
    return written_field;
  }

  void check(const FieldRule& field, const SiteClass& sites) const {
    const Json complete = complete_quantizer(field, sites.kind, Calibration(), catalog_);
    for (const int number : sites.sites) {
      const Site& site = network_.sites[static_cast<size_t>(number)];
      check_fit(field, *catalog_.quantizer(field.quantizer), complete, network_, site);
    }
  }

  const Node& policy_;
  std::vector<Rule> rules_;
  const Network& network_;
  const Catalog& catalog_;
};

}  // namespace

std::vector<LayerFields> layer_fields(const Node& policy,
                                      const Network& network,
                                      const Catalog& catalog) {
  return Given(policy, network, catalog).run();
}

}  // namespace qsweep
