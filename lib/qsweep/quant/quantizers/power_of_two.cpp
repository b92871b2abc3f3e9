// Powers of two below a free scale: a {0, 2^-(n-1), ..., 1/2, 1} and their negatives, a =
// max|range|, to the nearest (APoT, arXiv:1909.13144, eq. 3; INQ, arXiv:1702.03044). n = 2^(b-1) -
// 1, as the authors' code has it: with the 2^(b-1) of their formula b bits would not do. `scale:
// power_of_two` is INQ's: a = 2^floor(log2(4 max / 3)), and all values are integer powers; `powers:
// half` gives the 2^(b-2) that INQ has, which spends a bit on zero. Ties go away from zero.

#include "qsweep/quant/power_quantizer.hpp"
#include "qsweep/quant/usual_parameters.hpp"

namespace qsweep {
namespace {

constexpr double kMiddle = 1.5;  // of 1 and 2

class PowerOfTwo : public PowerQuantizer {
 public:
  PowerOfTwo(const PowerLevels& levels, const Json& spec, const SiteShape& shape)
      : PowerQuantizer(levels, spec.at("granularity") == "per_channel", shape),
        free_scale_(spec.at("scale") == "free") {}

 protected:
  float scale_of(float largest) const override {
    return free_scale_ ? largest : power_of_two_near(largest, kMiddle);
  }

 private:
  bool free_scale_;
};

std::unique_ptr<Quantizer> make_power_of_two(const Json& spec, const SiteShape& shape) {
  PowerLevels levels;
  levels.has_sign = spec.at("signed").get<bool>();
  const int codes = magnitude_codes(spec, shape);
  levels.powers = spec.at("powers") == "half" ? codes / 2 : codes - 1;
  levels.threshold = kMiddle;
  levels.nonzero = 0.5;
  return std::make_unique<PowerOfTwo>(levels, spec, shape);
}

}  // namespace

QuantizerEntry power_of_two_entry() {
  Catalog::Quantizer info;
  info.name = "power_of_two";
  info.about = "zero and a scale times powers of two, to the nearest";
  info.paper = "Li et al. 2020, arXiv:1909.13144; Zhou et al. 2017, arXiv:1702.03044";
  info.min_bits = 2;
  info.max_bits = 8;
  info.unsigned_when = {{"signed", false}};
  using Type = Parameter::Type;
  info.parameters = {
      granularity_parameter("one scale for the tensor, or one per channel"),
      {"scale",
       Type::Choice,
       "free",
       0,
       0,
       {"free", "power_of_two"},
       "the largest value: that of the range, or a power of two near it"},
      {"powers",
       Type::Choice,
       "all",
       0,
       0,
       {"all", "half"},
       "as many as the bits have codes for, or about half, as INQ counts"},
      power_sign_parameter(),
  };
  return {std::move(info), make_power_of_two};
}

}  // namespace qsweep
