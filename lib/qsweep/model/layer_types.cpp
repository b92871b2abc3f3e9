#include "qsweep/model/layer_types.hpp"

namespace qsweep {

// clang-format off
const std::vector<std::string>& layer_types() {
  static const std::vector<std::string> types = {
      // products
      "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d",
      "Linear", "MatMul",
      // norms
      "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm", "GroupNorm",
      "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
      // activations
      "ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish",
      "Sigmoid", "LogSigmoid", "Tanh", "Hardtanh", "Hardswish", "Hardsigmoid", "Softplus",
      "Softmax", "LogSoftmax",
      // arithmetic
      "Add", "Sub", "Mul", "Div", "Neg", "Abs", "Pow", "Exp", "Log", "Sqrt", "Rsqrt", "Clamp",
      "Minimum", "Maximum", "Sum", "Mean", "Norm",
      // pooling that computes
      "AvgPool1d", "AvgPool2d", "AvgPool3d",
      "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "Upsample",
  };
  return types;
}

const std::vector<std::string>& moving_types() {
  static const std::vector<std::string> types = {
      // shapes
      "View", "Reshape", "Flatten", "Unflatten", "Permute", "Transpose", "Squeeze", "Unsqueeze",
      "PixelShuffle", "PixelUnshuffle", "ChannelShuffle",
      // parts and wholes
      "Slice", "Select", "Index", "Narrow", "Chunk", "Split", "Unbind", "Cat", "Stack",
      "Pad", "ZeroPad2d", "Expand", "Repeat", "Flip", "Roll",
      // the values themselves
      "Clone", "Contiguous", "Detach", "Identity", "Dropout", "Dropout2d",
      "MaxPool1d", "MaxPool2d", "MaxPool3d",
      "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d",
  };
  return types;
}
// clang-format on

}  // namespace qsweep
