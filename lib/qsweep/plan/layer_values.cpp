#include "qsweep/plan/layer_values.hpp"

#include <algorithm>
#include <set>

namespace qsweep {
namespace {

// Their tensors are tables of pairs, of places or of heads.
const std::set<std::string> kWithoutChannels{"MatMul", "Softmax"};
const std::set<std::string> kArithmetic{
    "Add", "Sub", "Mul", "Div", "Neg", "Abs", "Pow", "Exp", "Clamp", "Minimum", "Maximum"};

const std::set<std::string> kNeverNegative{"ReLU",
                                           "ReLU6",
                                           "Sigmoid",
                                           "Hardsigmoid",
                                           "Softmax",
                                           "Softplus",
                                           "Abs",
                                           "Exp",
                                           "Sqrt",
                                           "Rsqrt",
                                           "Norm"};

// Not negative where nothing that they take is.
const std::set<std::string> kKeepSign{"AvgPool1d",
                                      "AvgPool2d",
                                      "AvgPool3d",
                                      "AdaptiveAvgPool1d",
                                      "AdaptiveAvgPool2d",
                                      "AdaptiveAvgPool3d",
                                      "Upsample",
                                      "Mean",
                                      "Sum",
                                      "Pow",
                                      "Tanh",
                                      "Hardtanh",
                                      "LeakyReLU",
                                      "PReLU",
                                      "ELU",
                                      "CELU",
                                      "SELU",
                                      "GELU",
                                      "SiLU",
                                      "Mish",
                                      "Hardswish",
                                      "MatMul"};

// The same, but with one operand the other is a constant of which nothing is known.
const std::set<std::string> kKeepSignOfTwo{"Add", "Mul", "Div", "Minimum", "Maximum"};

bool is_negative(const Layer& layer, const std::vector<char>& negative) {
  if (kNeverNegative.count(layer.type) > 0) {
    return false;
  }
  const bool keeps_sign = kKeepSign.count(layer.type) > 0 ||
                          (kKeepSignOfTwo.count(layer.type) > 0 && layer.sources.size() > 1);
  return !keeps_sign ||
         std::any_of(layer.sources.begin(), layer.sources.end(), [&](const auto& makers) {
           return any_negative(makers, negative);
         });
}

bool has_channels(const Layer& layer, const std::vector<char>& earlier) {
  if (!takes_channels(layer.type) || layer.output_shape.empty()) {
    return false;
  }
  return kArithmetic.count(layer.type) == 0 ||
         std::all_of(layer.sources.begin(), layer.sources.end(), [&](const auto& makers) {
           return std::all_of(makers.begin(), makers.end(), [&](int maker) {
             return maker < 0 || earlier[static_cast<size_t>(maker)] != 0;
           });
         });
}

}  // namespace

// Sources stand before the layers that use them.
std::vector<char> outputs_with_channels(const std::vector<Layer>& layers) {
  std::vector<char> with_channels;
  for (const Layer& layer : layers) {
    with_channels.push_back(static_cast<char>(has_channels(layer, with_channels)));
  }
  return with_channels;
}

bool takes_channels(const std::string& type) {
  return kWithoutChannels.count(type) == 0;
}

std::vector<char> negative_outputs(const std::vector<Layer>& layers) {
  std::vector<char> negative;
  for (const Layer& layer : layers) {
    negative.push_back(static_cast<char>(is_negative(layer, negative)));
  }
  return negative;
}

bool any_negative(const std::vector<int>& makers, const std::vector<char>& negative_outputs) {
  return std::any_of(makers.begin(), makers.end(), [&](int maker) {
    return maker < 0 || negative_outputs[static_cast<size_t>(maker)] != 0;
  });
}

}  // namespace qsweep
