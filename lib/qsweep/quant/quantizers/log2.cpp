// Logarithmic quantization (LogNet, arXiv:1603.01025): sign(x) 2^k, k = round(log2 |x|), rounded in
// the log domain, so that 2^k ends at sqrt(2) 2^k. The highest k is round(log2 max|range|), the
// paper's FSR - 1. With magnitude codes of b bits, one for zero, there are 2^b - 1 powers; what
// rounds to a lower one is zero, as the paper's Clip has it. A tensor with signs spends one of its
// bits on them.

#include "qsweep/quant/power_quantizer.hpp"
#include "qsweep/quant/usual_parameters.hpp"

#include <cmath>

namespace qsweep {
namespace {

const double kLogMiddle = std::sqrt(2.0);  // of 1 and 2, in the log domain

class Log2 : public PowerQuantizer {
 public:
  using PowerQuantizer::PowerQuantizer;

 protected:
  float scale_of(float largest) const override { return power_of_two_near(largest, kLogMiddle); }
};

std::unique_ptr<Quantizer> make_log2(const Json& spec, const SiteShape& shape) {
  PowerLevels levels;
  levels.has_sign = spec.at("signed").get<bool>();
  levels.powers = magnitude_codes(spec, shape) - 1;
  levels.threshold = kLogMiddle;
  levels.nonzero = 1 / kLogMiddle;
  return std::make_unique<Log2>(levels, spec.at("granularity") == "per_channel", shape);
}

}  // namespace

QuantizerEntry log2_entry() {
  Catalog::Quantizer info;
  info.name = "log2";
  info.about = "zero and integer powers of two, rounded in the log domain";
  info.paper = "Miyashita et al. 2016, arXiv:1603.01025";
  info.min_bits = 2;
  info.max_bits = 8;
  info.unsigned_when = {{"signed", false}};
  info.parameters = {
      granularity_parameter("one highest power for the tensor, or one per channel"),
      power_sign_parameter(),
  };
  return {std::move(info), make_log2};
}

}  // namespace qsweep
