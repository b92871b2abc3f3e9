// What the table tells the reader of files about ranges and learning is what its quantizers do.

#include "qsweep/quant/quantizer.hpp"

#include "support/catch.hpp"

using namespace qsweep;

namespace {

// Every combination of the choices, booleans and of zero or not that parameters have.
std::vector<Json> specs_of(const Catalog::Quantizer& info, SiteKind kind) {
  Json defaults = Json::object();
  for (const Parameter& parameter : info.parameters) {
    defaults[parameter.name] = parameter.default_value;
  }
  defaults.update(kind == SiteKind::Weight ? info.weight_defaults : info.activation_defaults);
  defaults["quantizer"] = info.name;
  defaults["bits"] = info.max_bits > 0 ? info.max_bits : info.fixed_bits;
  std::vector<Json> specs{defaults};
  for (const Parameter& parameter : info.parameters) {
    std::vector<Json> values(parameter.choices.begin(), parameter.choices.end());
    if (parameter.type == Parameter::Type::Boolean) {
      values = {false, true};
    } else if (parameter.type == Parameter::Type::Number && parameter.min == 0) {
      values = {0.0, defaults[parameter.name]};
    }
    if (values.empty() || (parameter.weights_only && kind != SiteKind::Weight)) {
      continue;
    }
    std::vector<Json> longer;
    for (const Json& spec : specs) {
      for (const Json& value : values) {
        longer.push_back(spec);
        longer.back()[parameter.name] = value;
        if (parameter.name == info.bits_from) {
          longer.back()["bits"] = info.format_bits.at(value.get<std::string>());
        }
      }
    }
    specs = std::move(longer);
  }
  return specs;
}

bool is_nonsense(const Catalog::Quantizer& info, const Json& spec, SiteKind kind) {
  if (kind == SiteKind::Weight && !info.unsigned_when.empty() && holds(info.unsigned_when, spec)) {
    return true;  // weights have negative values
  }
  for (const Nonsense& nonsense : info.nonsense) {
    if (holds(nonsense.when, spec)) {
      return true;
    }
  }
  return false;
}

constexpr int64_t kChannels = 32;  // a block of `mx`

Range range_for(const Quantizer& quantizer) {
  const int64_t ranges = quantizer.per_channel() ? kChannels : 1;
  return {torch::full({ranges}, -1.0F), torch::full({ranges}, 1.0F)};
}

}  // namespace

TEST_CASE("a quantizer needs a range and learns exactly where the table says so", "[quant]") {
  const auto x = torch::linspace(-1, 1, kChannels * kChannels * kChannels)
                     .view({kChannels, kChannels, 1, kChannels});
  for (const QuantizerEntry& entry : quantizers()) {
    for (const SiteKind kind : {SiteKind::Output, SiteKind::Weight}) {
      if (!(kind == SiteKind::Weight ? entry.info.for_weights : entry.info.for_activations)) {
        continue;
      }
      const SiteShape shape{kind == SiteKind::Weight ? 0 : 1, kChannels, kind};
      for (const Json& spec : specs_of(entry.info, kind)) {
        if (is_nonsense(entry.info, spec, kind)) {
          continue;
        }
        INFO(to_string(kind) << " " << spec.dump());
        const auto quantizer = make_quantizer(spec, shape);
        CHECK(quantizer->needs_range() == holds(entry.info.range_when, spec));
        if (quantizer->needs_range()) {
          quantizer->set_range(range_for(*quantizer));
        }
        quantizer->quantize(x);
        CHECK(quantizer->parameters().empty() != holds(entry.info.learns_when, spec));
      }
    }
  }
}
