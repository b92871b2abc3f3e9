#include "qsweep/model/script/script_listing.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/constant_tensors.hpp"
#include "qsweep/model/gradient_makers.hpp"
#include "qsweep/model/script/attribute_values.hpp"
#include "qsweep/model/script/image_shapes.hpp"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

bool is_transposed(const ScriptOp& op) {
  return op.known->type == "ConvTranspose" || (op.known->type == "Conv" && [&] {
           const auto transposed = op.node->hasNamedInput("transposed")
                                       ? torch::jit::toIValue(op.node->namedInput("transposed"))
                                       : torch::jit::toIValue(op.node->input(0));
           return transposed && transposed->isBool() && transposed->toBool();
         }());
}

// Of an op that serves several numbers of dimensions.
std::string dimensions(const std::string& type, const Tensor& weight, const Tensor& operand) {
  if (type == "Conv" || type == "ConvTranspose") {
    return std::to_string(weight.dim() - 2) + 'd';
  }
  if (type == "BatchNorm" || type == "InstanceNorm") {
    return std::to_string(std::max<int64_t>(operand.dim() - 2, 1)) + 'd';
  }
  return "";
}

// What is known of the call of an op that has not given its output yet.
struct OpenCall {
  std::vector<std::pair<int, Tensor>> operands;  // by place
  std::map<int, std::vector<int>> makers;        // of them, before the op writes into one
  std::map<int, Tensor> constants;               // copies of those that nothing made
  Tensor weight;
};

const char* const kUnknownOperator =
    ", an operator that qsweep does not know and would leave in float";

bool is_float_of_no_parameter(const Tensor& x) {
  return x.is_floating_point() && !(x.is_leaf() && x.requires_grad());
}

// Shapes are those of the whole tensors until the images' axes are known.
class ListingCalls : public OpCalls {
 public:
  ListingCalls(const torch::jit::Module& module, const std::vector<ScriptOp>& ops, Tensor image)
      : module_(module), ops_(ops), makers_(std::move(image)) {}

  Tensor at(int op, int place, Tensor x) override {
    OpenCall& call = open_[op];
    if (place == kOutput) {
      finish(op, std::exchange(call, OpenCall()), x);
    } else if (place == kWeight) {
      call.weight = x;
    } else {
      call.operands.emplace_back(place, x);
      call.makers[place] = makers_.of(x);
      if (!call.makers[place].empty()) {
        require_output(ops_[static_cast<size_t>(op)]);
      }
      if (call.makers[place].empty() && is_float_of_no_parameter(x)) {
        call.constants[place] = x.detach().clone();
      }
    }
    return x;
  }

  Tensor added_bias(int /*op*/) override { return Tensor(); }

  ConstantTensors& constants() { return constants_; }
  bool follows(const Tensor& output) const { return !makers_.of(output).empty(); }

  ScriptListing take() {
    for (const int op : constant_) {
      if (layer_of_.count(op) == 0) {
        listing_.constant_ops.push_back(op);
      }
    }
    return std::move(listing_);
  }

 private:
  // Of an op that gives a list nothing is seen.
  static void require_output(const ScriptOp& op) {
    if (op.sites.count(kOutput) == 0) {
      throw IoError("computes " + shown(op) + kUnknownOperator);
    }
  }

  void finish(int number, const OpenCall& call, const Tensor& output) {
    const ScriptOp& op = ops_[static_cast<size_t>(number)];
    if (output.is_complex() && !makers_.of(output).empty()) {
      throw IoError("computes " + shown(op) + kComplexNumbers);
    }
    if (!output.is_floating_point()) {
      return;
    }
    ScriptLayer listed;
    listed.op = number;
    take_operands(call, listed);
    // An op of no table may take activations that have no place here, as in a list.
    const bool takes_some = !listed.operands.empty() || !makers_.of(output).empty();
    if (!takes_some && !has_own_weight(op)) {
      constant_.insert(number);
      constants_.keep(number, kOutput, output);
      return;
    }
    check(op, call, listed);
    for (const auto& [place, tensor] : call.constants) {
      constants_.keep(number, place, tensor);
    }
    const auto known = layer_of_.find(number);
    if (known == layer_of_.end()) {
      describe(op, call, output, listed.layer);
      layer_of_[number] = static_cast<int>(listing_.layers.size());
      listing_.layers.push_back(std::move(listed));
    }
    if (!output.requires_grad()) {
      throw IoError("computes " + shown(op) +
                    ", which has no gradient: what it is made of cannot be followed");
    }
    makers_.add(output, layer_of_[number]);
  }

  void take_operands(const OpenCall& call, ScriptLayer& listed) const {
    bool is_fixed = true;
    for (const auto& [place, tensor] : call.operands) {
      const std::vector<int>& makers = call.makers.at(place);
      if (makers.empty()) {
        continue;
      }
      if (are_fixed(makers)) {
        listed.fixed.insert(place);
      } else {
        is_fixed = false;
      }
      listed.operands.push_back(place);
      listed.layer.sources.push_back(makers);
      listed.layer.input_shapes.push_back(tensor.sizes().vec());
    }
    if (is_fixed) {
      listed.fixed.insert(kOutput);
    }
  }

  // Is none of them the image, or a layer that is made of it?
  bool are_fixed(const std::vector<int>& makers) const {
    return std::all_of(makers.begin(), makers.end(), [this](int maker) {
      return maker >= 0 && listing_.layers[static_cast<size_t>(maker)].fixed.count(kOutput) > 0;
    });
  }

  // A product of a parameter with what is no activation is a layer all the same.
  static bool has_own_weight(const ScriptOp& op) {
    return op.is(ComputingOp::Kind::Product) && op.attributes.count("weight") > 0;
  }

  static void check(const ScriptOp& op, const OpenCall& call, const ScriptLayer& listed) {
    if (op.known == nullptr) {
      throw IoError("computes " + shown(op) + kUnknownOperator);
    }
    if (op.is(ComputingOp::Kind::Product) && op.attributes.count("weight") == 0) {
      throw IoError("computes " + shown(op) +
                    " with a weight that is no parameter, and so cannot be quantized: it is "
                    "computed, or the module was frozen before it was saved");
    }
    const bool has_one = listed.operands.empty() ? has_own_weight(op) : listed.operands.back() == 0;
    if (!op.is(ComputingOp::Kind::Plain) && !has_one) {
      throw IoError("computes " + shown(op) +
                    " with an activation in place of a parameter, which would stay in float");
    }
    if (op.known->type == "MatMul" && listed.operands.size() < call.operands.size()) {
      throw IoError("computes " + shown(op) +
                    " with a parameter, which would stay in float: only convolutions and linear "
                    "layers have weights here");
    }
  }

  void describe(const ScriptOp& op, const OpenCall& call, const Tensor& output, Layer& layer) {
    const Tensor& first = call.operands.front().second;
    layer.op = op.name;
    layer.type = op.known->type + dimensions(op.known->type, call.weight, first);
    if (op.is(ComputingOp::Kind::Product)) {
      describe_product(op, call.weight, layer);
    } else if (is_relu6(op)) {
      layer.type = "ReLU6";
    }
    layer.output_shape = output.sizes().vec();
    layer.macs = macs_of(op, call, output);
    layer.parameters = new_parameters(op);
    layer.name = unique(base_name(op, layer));
  }

  static void describe_product(const ScriptOp& op, const Tensor& weight, Layer& layer) {
    layer.weight_shape = weight.sizes().vec();
    layer.weight_name = op.attributes.at("weight");
    if (op.known->type == "Linear") {
      return;
    }
    const std::string dims = dimensions("Conv", weight, Tensor());
    const bool transposed = is_transposed(op);
    layer.type = (transposed ? "ConvTranspose" : "Conv") + dims;
    layer.op = (transposed ? "conv_transpose" : "conv") + dims;
    layer.weight_channel_axis = transposed ? 1 : 0;
  }

  static bool is_relu6(const ScriptOp& op) {
    if (op.name != "hardtanh") {
      return false;
    }
    const auto low = torch::jit::toIValue(op.node->input(1));
    const auto high = torch::jit::toIValue(op.node->input(2));
    return low && high && low->toScalar().toDouble() == 0 && high->toScalar().toDouble() == 6;
  }

  static int64_t macs_of(const ScriptOp& op, const OpenCall& call, const Tensor& output) {
    if (call.weight.defined()) {
      const Tensor& counted = is_transposed(op) ? call.operands.front().second : output;
      return counted.numel() * (call.weight.numel() / call.weight.size(0));
    }
    return op.known->type == "MatMul" ? output.numel() * call.operands.front().second.size(-1) : 0;
  }

  // An op with parameters of its own is its module; so is one that is all its module does.
  std::string base_name(const ScriptOp& op, const Layer& layer) const {
    const std::string& path = op.place.path;
    const auto weight = op.attributes.find("weight");
    if (!op.is(ComputingOp::Kind::Plain) && weight != op.attributes.end()) {
      const size_t dot = weight->second.rfind('.');
      return dot == std::string::npos ? layer.op : weight->second.substr(0, dot);
    }
    if (op.place.module_class == layer.type && !path.empty()) {
      return path;
    }
    return path.empty() ? layer.op : path + '.' + layer.op;
  }

  std::string unique(const std::string& name) {
    const int call = calls_[name]++;
    return call == 0 ? name : name + '.' + std::to_string(call);
  }

  // Those of a module that is called twice, or that stand under two names, count once.
  int64_t new_parameters(const ScriptOp& op) {
    int64_t count = 0;
    if (op.is(ComputingOp::Kind::Plain)) {
      return count;
    }
    for (const char* name : {"weight", "bias"}) {
      const auto found = op.attributes.find(name);
      const Tensor parameter =
          found == op.attributes.end() ? Tensor() : tensor_at(module_, found->second);
      if (parameter.defined() && counted_.insert(parameter.unsafeGetTensorImpl()).second) {
        count += parameter.numel();
      }
    }
    return count;
  }

  const torch::jit::Module& module_;
  const std::vector<ScriptOp>& ops_;
  GradientMakers makers_;
  ConstantTensors constants_;
  ScriptListing listing_;
  std::map<int, OpenCall> open_;
  std::map<int, int> layer_of_;  // by op
  std::set<int> constant_;
  std::map<std::string, int> calls_;  // by name
  std::set<const void*> counted_;     // parameters
};

// Compares what was taken for constants.
class ConstantCalls : public OpCalls {
 public:
  ConstantCalls(const std::vector<ScriptOp>& ops, ConstantTensors& constants)
      : ops_(ops), constants_(constants) {}

  Tensor at(int op, int place, Tensor x) override {
    if (constants_.has_changed(op, place, x)) {
      throw IoError("computes " + shown(ops_[static_cast<size_t>(op)]) + kMadeOfHiddenImage);
    }
    return x;
  }
  Tensor added_bias(int /*op*/) override { return Tensor(); }

 private:
  const std::vector<ScriptOp>& ops_;
  ConstantTensors& constants_;
};

}  // namespace

ScriptListing list_script(const torch::jit::Module& module,
                          const std::vector<ScriptOp>& ops,
                          const InputShape& input,
                          const ScriptRun& run) {
  const torch::AutoGradMode with_graph(true);
  // A copy, into which the graph may write.
  const Tensor image = zero_images(input, 1).requires_grad_(true).clone();
  const RandomState random;
  const auto calls = c10::make_intrusive<ListingCalls>(module, ops, image);
  const Tensor output = run(image, calls);
  run_with_other_images(calls->constants(), input, random, [&](const Tensor& other) {
    run(other, c10::make_intrusive<ConstantCalls>(ops, calls->constants()));
  });
  if (!calls->follows(output)) {
    throw IoError(kNoGradientToLogits);
  }
  ScriptListing listing = calls->take();
  listing.output = output;
  find_image_shapes(listing.layers, ops, input, run);
  return listing;
}

}  // namespace qsweep
