#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/quant/quantizer.hpp"

namespace qsweep {

// To add a quantizer: a file here that defines <name>_entry(), and its line in the table.
QuantizerEntry apot_entry();
QuantizerEntry dorefa_entry();
QuantizerEntry lsq_entry();
QuantizerEntry lsq_plus_entry();
QuantizerEntry pact_entry();
QuantizerEntry sign_entry();
QuantizerEntry uniform_entry();

const std::vector<QuantizerEntry>& quantizers() {
  static const std::vector<QuantizerEntry> table = {
      apot_entry(),
      dorefa_entry(),
      lsq_entry(),
      lsq_plus_entry(),
      pact_entry(),
      sign_entry(),
      uniform_entry(),
  };
  return table;
}

const QuantizerEntry& quantizer_entry(const Json& spec) {
  const auto name = spec.at("quantizer").get<std::string>();
  std::vector<std::string> names;
  for (const QuantizerEntry& entry : quantizers()) {
    if (entry.info.name == name) {
      return entry;
    }
    names.push_back(entry.info.name);
  }
  throw TrialError(unknown_name("quantizer", name, names));
}

std::unique_ptr<Quantizer> make_quantizer(const Json& spec, const SiteShape& shape) {
  return quantizer_entry(spec).make(spec, shape);
}

}  // namespace qsweep
