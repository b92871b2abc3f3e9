#include "qsweep/core/error.hpp"
#include "qsweep/core/nearest_name.hpp"
#include "qsweep/quant/correction.hpp"

namespace qsweep {

// To add a correction: a file here that defines <name>_entry(), and its line in the table.
CorrectionEntry adaround_entry();
CorrectionEntry bias_correction_entry();
CorrectionEntry equalize_entry();
CorrectionEntry fold_batchnorm_entry();
CorrectionEntry reestimate_batchnorm_entry();

const std::vector<CorrectionEntry>& corrections() {
  static const std::vector<CorrectionEntry> table = {
      fold_batchnorm_entry(),
      equalize_entry(),
      reestimate_batchnorm_entry(),
      bias_correction_entry(),
      adaround_entry(),
  };
  return table;
}

const CorrectionEntry& correction_entry(const std::string& name) {
  std::vector<std::string> names;
  for (const CorrectionEntry& entry : corrections()) {
    if (entry.info.name == name) {
      return entry;
    }
    names.push_back(entry.info.name);
  }
  throw TrialError(unknown_name("correction", name, names));
}

std::vector<std::vector<int>> corrected_layers(const CorrectionQuestion& question) {
  LayerGraph graph(question.layers, question.quantizers);
  std::vector<std::vector<int>> layers;
  for (const std::string& name : question.corrections) {
    layers.push_back(correction_entry(name).find(graph));
  }
  return layers;
}

}  // namespace qsweep
