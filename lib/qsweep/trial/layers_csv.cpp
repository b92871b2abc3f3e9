#include "qsweep/trial/layers_csv.hpp"

#include <fmt/format.h>
#include <functional>
#include <numeric>

namespace qsweep {
namespace {

int64_t product(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

int64_t elements_of(const Layer& layer, const Site& site) {
  if (site.kind == SiteKind::Weight) {
    return product(layer.weight_shape);
  }
  return product(activation_at(layer, site.kind, site.operand).shape);
}

}  // namespace

std::string layers_csv(const std::vector<Layer>& layers, const std::vector<SiteReport>& reports) {
  std::string csv =
      "layer,type,op,kind,operand,rule,quantizer,bits,range,learned,levels,dead_levels,"
      "saturation,sqnr_db,elements,macs,note\n";
  for (const SiteReport& report : reports) {
    const bool quantized = !report.quantizer.empty();
    if (report.site.kind == SiteKind::Input && !quantized) {
      continue;
    }
    const Layer& layer = layers[static_cast<size_t>(report.site.layer)];
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                       layer.name,
                       layer.type,
                       layer.op,
                       to_string(report.site.kind),
                       report.site.operand,
                       report.rule,
                       quantized ? report.quantizer : "float",
                       report.bits,
                       report.range.empty() ? "" : '"' + report.range + '"',
                       report.learned,
                       quantized ? std::to_string(report.tally.levels()) : "",
                       quantized ? std::to_string(report.tally.dead_levels()) : "",
                       quantized ? fmt::format("{:.6f}", report.tally.saturation()) : "",
                       quantized ? fmt::format("{:.2f}", report.tally.sqnr_db()) : "",
                       elements_of(layer, report.site),
                       report.site.kind == SiteKind::Output ? layer.macs : 0,
                       report.note);
  }
  return csv;
}

}  // namespace qsweep
