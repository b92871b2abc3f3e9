#pragma once

#include "qsweep/data/registry.hpp"
#include "qsweep/model/model.hpp"
#include "qsweep/quant/quantizer_table.hpp"

namespace qsweep {

/// What experiment files can name and a plugin can add to: a line for each. Quantizers and data
/// sets are those that come with qsweep, unless something else is said; of models there are none.
struct Tables {
  ModelTable models{};
  QuantizerTable quantizers = qsweep::quantizers();
  DatasetTable datasets = dataset_registry();
};

}  // namespace qsweep
