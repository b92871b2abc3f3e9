#include "qsweep/model/dispatch/dispatch_listing.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/constant_tensors.hpp"
#include "qsweep/model/dispatch/constants_check.hpp"
#include "qsweep/model/gradient_makers.hpp"
#include "qsweep/model/image_shape.hpp"
#include "qsweep/plan/channel_axes.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;
using Kind = ComputingOp::Kind;
using Part = ListedOp::Part;

bool is_one(const c10::IValue& value) {
  return value.isScalar() && value.toScalar().equal(1);
}

// A call of an op that counts, while it is looked at.
struct Seen {
  const c10::OperatorHandle& handle;
  const DispatchedOp& op;
  const std::vector<c10::IValue> arguments;
  std::vector<std::vector<int>> makers;  // of each argument: the layers that made its tensor

  Tensor tensor(int position) const {
    return position < 0 ? Tensor() : tensor_of(arguments[static_cast<size_t>(position)]);
  }
  const std::vector<int>& makers_of(int position) const {
    return makers[static_cast<size_t>(position)];
  }
  bool is_activation(int position) const { return !makers_of(position).empty(); }
};

// How an op that is a product takes its tensors.
struct Product {
  int input = 0;
  int weight = -1;
  int bias = -1;
  bool transposed = false;
  Tensor parameter;  // the weight as it is registered; undefined if it is no parameter
};

class Listing : public OpInterceptor {
 public:
  Listing(const ModuleTensors& own, const Tensor& image) : own_(own), makers_(image) {}

  void call(const c10::OperatorHandle& handle, torch::jit::Stack& stack) override {
    const DispatchedOp& op = ops_.of(handle);
    if (!op.counts(stack, own_)) {
      handle.callBoxed(&stack);
      return;
    }
    const auto begin = stack.end() - static_cast<std::ptrdiff_t>(op.arguments);
    Seen seen{handle, op, {begin, stack.end()}, {}};
    for (const c10::IValue& argument : seen.arguments) {
      seen.makers.push_back(makers_in(argument));
    }
    keep_constants(seen);  // before the op writes into one
    handle.callBoxed(&stack);
    list(seen, op.results == 0 ? Tensor() : tensor_of(stack[stack.size() - op.results]));
  }

  DispatchListing take() { return std::move(listing_); }
  ConstantTensors& constants() { return constants_; }
  bool follows(const Tensor& output) const {
    return output.defined() && !makers_.of(output).empty();
  }

 private:
  // What a layer takes beside activations and the module's own tensors.
  void keep_constants(const Seen& seen) {
    if (!is_layer(seen)) {
      return;
    }
    for (size_t i = 0; i < seen.arguments.size(); ++i) {
      const int position = static_cast<int>(i);
      const Tensor tensor = seen.tensor(position);
      if (tensor.defined() && tensor.is_floating_point() && !seen.is_activation(position) &&
          own_.path_of(tensor) == nullptr) {
        constants_.keep(static_cast<int>(listing_.ops.size()), position, tensor);
      }
    }
  }

  std::vector<int> makers_in(const c10::IValue& argument) const {
    if (const Tensor tensor = tensor_of(argument); tensor.defined()) {
      return makers_.of(tensor);
    }
    std::set<int> all;
    if (argument.isTensorList()) {
      for (const Tensor& tensor : argument.toTensorVector()) {
        const std::vector<int> makers = makers_.of(tensor);
        all.insert(makers.begin(), makers.end());
      }
    }
    return {all.begin(), all.end()};
  }

  void list(const Seen& seen, const Tensor& output) {
    ListedOp listed;
    listed.name = seen.op.name;
    listed.schema = seen.op.schema;
    const Tensor sum_for = std::exchange(product_output_, Tensor());
    if (output.defined() && output.is_complex() && activations_of(seen) > 0) {
      throw IoError("computes '" + seen.op.name + "'" + kComplexNumbers);
    }
    if (output.defined() && output.is_floating_point()) {
      if (!is_layer(seen)) {
        constants_.keep(static_cast<int>(listing_.ops.size()), ConstantsCheck::kOutput, output);
      } else if (adds_bias(seen, sum_for)) {
        finish_bias(seen, output, listed);
      } else {
        add_layer(seen, output, listed);
      }
    }
    listing_.ops.push_back(std::move(listed));
  }

  // A product of a parameter with what is no activation is one all the same.
  bool is_layer(const Seen& seen) const {
    return activations_of(seen) > 0 || product_of(seen).parameter.defined();
  }

  // How many arguments are made of the image.
  static std::ptrdiff_t activations_of(const Seen& seen) {
    return std::count_if(
        seen.makers.begin(), seen.makers.end(), [](const auto& makers) { return !makers.empty(); });
  }

  // Adds the op right behind a product the bias of that product's module to what it gave?
  bool adds_bias(const Seen& seen, const Tensor& product) const {
    if (!product.defined() || seen.op.name != "add" || !seen.tensor(0).is_same(product) ||
        !seen.tensor(1).defined() || !is_one(seen.arguments[2])) {
      return false;
    }
    const Layer& layer = listing_.layers.back();
    const Tensor bias = seen.tensor(1);
    const std::string* path = own_.path_of(bias);
    return path != nullptr && owner_of(*path) == owner_of(layer.weight_name) && bias.dim() == 1 &&
           bias.size(0) == layer.weight_shape.at(0);
  }

  void finish_bias(const Seen& seen, const Tensor& output, ListedOp& listed) {
    listing_.ops.back().part = Part::Product;
    listed.part = Part::Bias;
    listed.layer = listing_.ops.back().layer;
    listing_.tensors.back().bias = seen.tensor(1);
    listing_.layers.back().parameters += new_numbers(seen.tensor(1));
    makers_.add(output, listed.layer);
  }

  void add_layer(const Seen& seen, const Tensor& output, ListedOp& listed) {
    Layer layer;
    LayerTensors tensors;
    const Product product = product_of(seen);
    const bool is_product = product.weight >= 0;
    take_operands(seen, product, listed, layer);
    check(seen, product, listed);
    if (is_product) {
      describe_product(seen, product, output, listed, layer, tensors);
    } else {
      describe(seen, output, layer, tensors);
    }
    if (!output.requires_grad()) {
      throw IoError("computes '" + seen.op.name +
                    "', which has no gradient: what it is made of cannot be followed");
    }
    layer.output_shape = image_shape(output);
    layer.name = unique(base_name(seen, layer, tensors));
    listed.part = Part::Whole;
    listed.layer = static_cast<int>(listing_.layers.size());
    makers_.add(output, listed.layer);
    listing_.layers.push_back(std::move(layer));
    listing_.tensors.push_back(std::move(tensors));
    if (is_product && !listing_.tensors.back().bias.defined()) {
      product_output_ = output;
    }
  }

  // Convolutions and `linear`; and what nn::Linear of C++ computes instead of `linear`.
  Product product_of(const Seen& seen) const {
    Product product;
    const DispatchedOp& op = seen.op;
    if (op.known != nullptr && op.known->kind == Kind::Product) {
      product.weight = op.argument("weight");
      product.bias = op.argument("bias");
      const Tensor weight = seen.tensor(product.weight);
      product.parameter = own_.path_of(weight) == nullptr ? Tensor() : weight;
      return product;
    }
    const bool with_bias = op.name == "addmm" && !op.writes;
    if (!with_bias && op.name != "matmul" && op.name != "mm") {
      return product;
    }
    const int weight = with_bias ? 2 : 1;
    const Tensor parameter = own_.transposed_by(seen.tensor(weight));
    if (!parameter.defined() || (with_bias && !is_plain_sum(seen))) {
      return product;
    }
    product.input = with_bias ? 1 : 0;
    product.weight = weight;
    product.bias = with_bias ? 0 : -1;
    product.transposed = true;
    product.parameter = parameter;
    return product;
  }

  // bias + input weight^T, as it is.
  bool is_plain_sum(const Seen& seen) const {
    return own_.path_of(seen.tensor(0)) != nullptr && is_one(seen.arguments[3]) &&
           is_one(seen.arguments[4]);
  }

  // The other tensors of a product or a norm are its parameters.
  static void take_operands(const Seen& seen,
                            const Product& product,
                            ListedOp& listed,
                            Layer& layer) {
    const bool one =
        product.weight >= 0 || (seen.op.known != nullptr && seen.op.known->kind != Kind::Plain);
    for (size_t i = 0; i < seen.arguments.size(); ++i) {
      const int position = static_cast<int>(i);
      if (seen.is_activation(position) && (!one || position == product.input)) {
        listed.operands.push_back(position);
        layer.sources.push_back(seen.makers_of(position));
        if (const Tensor operand = seen.tensor(position); operand.defined()) {
          layer.input_shapes.push_back(image_shape(operand));
        }
      }
    }
  }

  static void check(const Seen& seen, const Product& product, const ListedOp& listed) {
    const std::string shown = "computes '" + seen.op.name + "'";
    const bool is_product = product.weight >= 0;
    if (is_product && !product.parameter.defined()) {
      throw IoError(shown +
                    " with a weight that is no parameter of the module, and so cannot be "
                    "quantized");
    }
    if (!is_product &&
        (seen.op.known == nullptr || seen.op.results != 1 || seen.op.writes_elsewhere)) {
      throw IoError(shown + ", an operator that qsweep does not know and would leave in float");
    }
    if (static_cast<size_t>(activations_of(seen)) > listed.operands.size()) {
      throw IoError(shown +
                    " with an activation in place of a parameter, which would stay in float");
    }
    if (!is_product && seen.op.known->type == "MatMul" && listed.operands.size() < 2) {
      throw IoError(shown +
                    " with a parameter, which would stay in float: only convolutions and linear "
                    "layers have weights here");
    }
  }

  void describe_product(const Seen& seen,
                        const Product& product,
                        const Tensor& output,
                        ListedOp& listed,
                        Layer& layer,
                        LayerTensors& tensors) {
    const Tensor& weight = product.parameter;
    tensors.weight = weight;
    tensors.bias = seen.tensor(product.bias);
    listed.weight = product.weight;
    listed.bias = product.bias;
    listed.transposed = product.transposed;
    listed.handle = seen.handle;
    for (const c10::IValue& argument : seen.arguments) {
      listed.arguments.push_back(argument.isTensor() ? c10::IValue() : argument);
    }
    layer.weight_shape = weight.sizes().vec();
    layer.weight_name = *own_.path_of(weight);
    layer.parameters = new_numbers(weight) + new_numbers(tensors.bias);
    const bool is_linear = product.transposed || seen.op.known->type == "Linear";
    const bool spreads = !is_linear && seen.op.known->type == "ConvTranspose";
    const std::string dims = is_linear ? "" : std::to_string(weight.dim() - 2) + 'd';
    layer.type = is_linear ? "Linear" : (spreads ? "ConvTranspose" : "Conv") + dims;
    layer.op = is_linear ? "linear" : (spreads ? "conv_transpose" : "conv") + dims;
    layer.weight_channel_axis = spreads ? 1 : 0;
    const Tensor& counted = spreads ? seen.tensor(product.input) : output;
    layer.macs = counted.numel() * (weight.numel() / weight.size(0));
  }

  void describe(const Seen& seen, const Tensor& output, Layer& layer, LayerTensors& tensors) {
    const DispatchedOp& op = seen.op;
    layer.op = op.name;
    layer.type = op.known->type;
    const Tensor first = seen.tensor(0);
    if (layer.type == "BatchNorm" || layer.type == "InstanceNorm") {
      layer.type += std::to_string(std::max<int64_t>(first.dim() - 2, 1)) + 'd';
    } else if (op.name == "hardtanh" && seen.arguments[1].toScalar().equal(0) &&
               seen.arguments[2].toScalar().equal(6)) {
      layer.type = "ReLU6";
    } else if (layer.type == "MatMul") {
      layer.macs = output.numel() * first.size(-1);
    }
    if (op.known->kind != Kind::WithParameters) {
      return;
    }
    tensors.weight = seen.tensor(op.argument("weight"));
    tensors.bias = seen.tensor(op.argument("bias"));
    layer.parameters = new_numbers(tensors.weight) + new_numbers(tensors.bias);
    if (op.name == "batch_norm") {
      tensors.mean = seen.tensor(op.argument("running_mean"));
      tensors.variance = seen.tensor(op.argument("running_var"));
      tensors.eps = seen.arguments[static_cast<size_t>(op.argument("eps"))].toDouble();
    }
  }

  // Of parameters of the module; those of a layer that is called twice count once.
  int64_t new_numbers(const Tensor& parameter) {
    return parameter.defined() && own_.path_of(parameter) != nullptr &&
                   counted_.insert(parameter.unsafeGetTensorImpl()).second
               ? parameter.numel()
               : 0;
  }

  std::string base_name(const Seen& seen, const Layer& layer, const LayerTensors& tensors) {
    for (const Tensor& own : {tensors.weight, tensors.bias, tensors.mean}) {
      const std::string* path = own.defined() ? own_.path_of(own) : nullptr;
      if (path != nullptr) {
        last_owner_ = owner_of(*path);
        return last_owner_.empty() ? layer.op : last_owner_;
      }
    }
    for (size_t i = 0; i < seen.arguments.size(); ++i) {
      const Tensor tensor = seen.tensor(static_cast<int>(i));
      if (const std::string* path = tensor.defined() ? own_.path_of(tensor) : nullptr) {
        last_owner_ = owner_of(*path);
      }
    }
    return last_owner_.empty() ? layer.op : last_owner_ + '.' + layer.op;
  }

  std::string unique(const std::string& name) {
    const int call = calls_[name]++;
    return call == 0 ? name : name + '.' + std::to_string(call);
  }

  const ModuleTensors& own_;
  GradientMakers makers_;
  ConstantTensors constants_;
  DispatchedOps ops_;
  DispatchListing listing_;
  Tensor product_output_;  // of the op before, if that is a linear layer without a bias so far
  std::string last_owner_;
  std::map<std::string, int> calls_;  // by name
  std::set<const void*> counted_;
};

}  // namespace

DispatchListing list_dispatched(const ModuleTensors& own,
                                const std::function<Tensor(Tensor)>& forward,
                                const InputShape& input) {
  const torch::AutoGradMode with_graph(true);
  // A copy, into which the module may write.
  const Tensor image = torch::zeros({1, input.channels, input.height, input.width},
                                    torch::TensorOptions().requires_grad(true))
                           .clone();
  const RandomState random;
  Listing listing(own, image);
  Tensor output;
  {
    const Interception interception(listing);
    output = forward(image);
  }
  run_with_other_images(listing.constants(), input, random, [&](const Tensor& other) {
    ConstantsCheck check(own, listing.constants());
    const Interception interception(check);
    forward(other);
  });
  if (!listing.follows(output)) {
    throw IoError(kNoGradientToLogits);
  }
  DispatchListing listed = listing.take();
  find_channel_axes(listed.layers, {input.channels, input.height, input.width});
  listed.output = output;
  return listed;
}

}  // namespace qsweep
