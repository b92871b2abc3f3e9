#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/quant/quantizer_table.hpp"

namespace qsweep {

// To add a quantizer: a file here that defines <name>_entry(), and its line in the table.
QuantizerEntry sign_entry();
QuantizerEntry ternary_entry();
QuantizerEntry uniform_entry();
QuantizerEntry dorefa_entry();
QuantizerEntry pact_entry();
QuantizerEntry lsq_entry();
QuantizerEntry lsq_plus_entry();
QuantizerEntry power_of_two_entry();
QuantizerEntry apot_entry();
QuantizerEntry log2_entry();
QuantizerEntry minifloat_entry();
QuantizerEntry mx_entry();
QuantizerEntry nvfp4_entry();

const std::vector<QuantizerEntry>& quantizers() {
  static const std::vector<QuantizerEntry> table = {
      sign_entry(),
      ternary_entry(),
      uniform_entry(),
      dorefa_entry(),
      pact_entry(),
      lsq_entry(),
      lsq_plus_entry(),
      power_of_two_entry(),
      apot_entry(),
      log2_entry(),
      minifloat_entry(),
      mx_entry(),
      nvfp4_entry(),
  };
  return table;
}

const QuantizerEntry& quantizer_entry(const Json& spec) {
  return quantizer_entry(spec, quantizers());
}

const QuantizerEntry& quantizer_entry(const Json& spec, const QuantizerTable& table) {
  const auto name = spec.at("quantizer").get<std::string>();
  std::vector<std::string> names;
  for (const QuantizerEntry& entry : table) {
    if (entry.info.name == name) {
      return entry;
    }
    names.push_back(entry.info.name);
  }
  throw TrialError(unknown_name("quantizer", name, names));
}

std::unique_ptr<Quantizer> make_quantizer(const Json& spec, const SiteShape& shape) {
  return make_quantizer(spec, shape, quantizers());
}

std::unique_ptr<Quantizer> make_quantizer(const Json& spec,
                                          const SiteShape& shape,
                                          const QuantizerTable& table) {
  const QuantizerEntry& entry = quantizer_entry(spec, table);
  Json complete = Json::object();
  for (const Parameter& parameter : entry.info.parameters) {
    complete[parameter.name] = parameter.default_value;
  }
  complete.update(shape.kind == SiteKind::Weight ? entry.info.weight_defaults
                                                 : entry.info.activation_defaults);
  complete.update(spec);
  return entry.make(complete, shape);
}

}  // namespace qsweep
