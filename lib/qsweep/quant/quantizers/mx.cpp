// Microscaling formats (OCP MX v1.0; arXiv:2310.10537): blocks of k elements share a scale X =
// 2^(floor(log2 max|x|) - emax), emax the exponent of the element format's largest number, X from
// 2^-127 (E8M0); elements are x / X rounded to the format and saturated. mxint8's are multiples of
// 1/64 up to 127/64 on both sides. A block of zeros stays zeros. `ties: away` is microxcaling's own
// default. Gradient: straight through everywhere.

#include "qsweep/quant/block_quantizer.hpp"
#include "qsweep/quant/usual_parameters.hpp"

#include <torch/types.h>

#include <limits>

namespace qsweep {
namespace {

using torch::Tensor;

class Mx : public BlockQuantizer {
 public:
  using BlockQuantizer::BlockQuantizer;

  std::string range_text() const override { return ""; }

 protected:
  kernels::BlockFormat format() const override {
    kernels::BlockFormat format;
    format.elements = levels().rounding();
    format.max_exponent = levels().max_exponent();
    return format;
  }

  Tensor scales_of(const Tensor& largest) const override {
    const Tensor exponent = std::get<1>(torch::frexp(largest)).to(torch::kDouble) - 1;
    const Tensor k = (exponent - levels().max_exponent()).clamp_min(-127);
    return torch::exp2(torch::where(largest == 0, torch::full_like(k, -127), k));
  }

  float limit() const override { return std::numeric_limits<float>::infinity(); }
};

FloatLevels levels_of(const std::string& format, FloatLevels::Ties ties) {
  if (format == "mxint8") {
    return FloatLevels::fixed_point(6, 127.0 / 64, ties);
  }
  if (format == "mxfp4") {
    return {*float_format("e2m1"), ties};
  }
  return {*float_format(format.substr(format.find('_') + 1)), ties};  // "mxfp6_e3m2"
}

std::unique_ptr<Quantizer> make_mx(const Json& spec, const SiteShape& shape) {
  const FloatLevels::Ties ties = ties_of(spec.at("ties").get<std::string>());
  return std::make_unique<Mx>(
      levels_of(spec.at("format").get<std::string>(), ties), block_shape_of(spec), shape);
}

}  // namespace

QuantizerEntry mx_entry() {
  Catalog::Quantizer info;
  info.name = "mx";
  info.about = "blocks of small floats or integers that share a power of two";
  info.paper = "OCP MX v1.0; Rouhani et al. 2023, arXiv:2310.10537";
  info.bits_from = "format";
  info.format_bits = {{"mxfp4", 4},
                      {"mxfp6_e3m2", 6},
                      {"mxfp6_e2m3", 6},
                      {"mxfp8_e4m3", 8},
                      {"mxfp8_e5m2", 8},
                      {"mxint8", 8}};
  info.range_when = nullptr;
  info.scales = block_spread();
  info.scale_bytes = 1;
  for (const char* name :
       {"mxfp4", "mxfp6_e3m2", "mxfp6_e2m3", "mxfp8_e4m3", "mxfp8_e5m2", "mxint8"}) {
    info.short_forms[name] = {{"format", name}};
  }
  using Type = Parameter::Type;
  info.parameters = block_parameters(32, 2, 256);
  info.parameters.insert(
      info.parameters.begin(),
      {"format",
       Type::Choice,
       nullptr,
       0,
       0,
       {"mxfp4", "mxfp6_e3m2", "mxfp6_e2m3", "mxfp8_e4m3", "mxfp8_e5m2", "mxint8"},
       "of the elements"});
  info.parameters.push_back(ties_parameter());
  return {std::move(info), make_mx};
}

}  // namespace qsweep
