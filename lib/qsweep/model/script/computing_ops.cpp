#include "qsweep/model/script/computing_ops.hpp"

#include <map>
#include <set>

namespace qsweep {
namespace {

using Kind = ComputingOp::Kind;

// clang-format off
const std::vector<ComputingOp> kComputing = {
    {"_convolution", "Conv", Kind::Product}, {"convolution", "Conv", Kind::Product},
    {"conv1d", "Conv", Kind::Product}, {"conv2d", "Conv", Kind::Product},
    {"conv3d", "Conv", Kind::Product},
    {"conv_transpose1d", "ConvTranspose", Kind::Product},
    {"conv_transpose2d", "ConvTranspose", Kind::Product},
    {"conv_transpose3d", "ConvTranspose", Kind::Product},
    {"linear", "Linear", Kind::Product},
    {"batch_norm", "BatchNorm", Kind::WithParameters},
    {"instance_norm", "InstanceNorm", Kind::WithParameters},
    {"layer_norm", "LayerNorm", Kind::WithParameters},
    {"group_norm", "GroupNorm", Kind::WithParameters},
    {"prelu", "PReLU", Kind::WithParameters},
    {"matmul", "MatMul"}, {"bmm", "MatMul"}, {"mm", "MatMul"},
    {"relu", "ReLU"}, {"relu6", "ReLU6"}, {"hardtanh", "Hardtanh"}, {"leaky_relu", "LeakyReLU"},
    {"elu", "ELU"}, {"celu", "CELU"}, {"selu", "SELU"}, {"gelu", "GELU"}, {"silu", "SiLU"},
    {"mish", "Mish"}, {"sigmoid", "Sigmoid"}, {"log_sigmoid", "LogSigmoid"}, {"tanh", "Tanh"},
    {"hardswish", "Hardswish"}, {"hardsigmoid", "Hardsigmoid"}, {"softplus", "Softplus"},
    {"softmax", "Softmax"}, {"log_softmax", "LogSoftmax"},
    {"add", "Add"}, {"sub", "Sub"}, {"rsub", "Sub"}, {"mul", "Mul"}, {"div", "Div"},
    {"neg", "Neg"}, {"abs", "Abs"}, {"pow", "Pow"}, {"square", "Pow"}, {"exp", "Exp"},
    {"log", "Log"}, {"sqrt", "Sqrt"}, {"rsqrt", "Rsqrt"}, {"clamp", "Clamp"},
    {"clamp_min", "Clamp"}, {"clamp_max", "Clamp"}, {"minimum", "Minimum"},
    {"maximum", "Maximum"}, {"sum", "Sum"}, {"mean", "Mean"}, {"norm", "Norm"},
    {"avg_pool1d", "AvgPool1d"}, {"avg_pool2d", "AvgPool2d"}, {"avg_pool3d", "AvgPool3d"},
    {"adaptive_avg_pool1d", "AdaptiveAvgPool1d"}, {"adaptive_avg_pool2d", "AdaptiveAvgPool2d"},
    {"adaptive_avg_pool3d", "AdaptiveAvgPool3d"},
    {"upsample_nearest2d", "Upsample"}, {"upsample_bilinear2d", "Upsample"},
    {"upsample_bicubic2d", "Upsample"},
};

const std::set<std::string> kMoving = {
    // shapes
    "view", "view_as", "reshape", "reshape_as", "flatten", "unflatten", "permute", "transpose", "t",
    "numpy_T", "swapaxes", "swapdims", "movedim", "moveaxis", "squeeze", "unsqueeze",
    "pixel_shuffle", "pixel_unshuffle", "channel_shuffle",
    // parts and wholes
    "slice", "select", "index", "index_select", "narrow", "chunk", "split", "split_with_sizes",
    "unsafe_chunk", "unsafe_split", "tensor_split", "hsplit", "vsplit", "dsplit", "unbind", "cat", "concat", "stack", "pad",
    "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "replication_pad2d", "expand",
    "expand_as", "repeat", "flip", "roll", "broadcast_tensors",
    // the values themselves
    "clone", "contiguous", "detach", "alias", "to", "type_as", "float", "copy", "dropout",
    "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "max_pool1d", "max_pool2d",
    "max_pool3d", "max_pool2d_with_indices", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    // lists of tensors
    "append", "extend", "insert", "pop", "list", "__getitem__",
    // no activations
    "zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "new_zeros", "new_ones",
    "new_empty", "new_full", "fill", "zero", "size", "bernoulli",
};
// clang-format on

}  // namespace

const ComputingOp* computing_op(const std::string& name) {
  for (const ComputingOp& op : kComputing) {
    if (op.name == name) {
      return &op;
    }
  }
  return nullptr;
}

bool is_moving_op(const std::string& name) {
  return kMoving.count(name) > 0;
}

bool is_dropping_class(const std::string& module_class) {
  return module_class == "StochasticDepth" || module_class == "DropPath";  // torchvision's, timm's
}

}  // namespace qsweep
