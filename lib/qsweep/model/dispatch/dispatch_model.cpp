#include "qsweep/model/dispatch/dispatch_model.hpp"

#include "qsweep/core/error.hpp"
#include "qsweep/model/dispatch/op_replay.hpp"
#include "qsweep/model/module_model.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;
using Part = ListedOp::Part;

void require_logits(const Tensor& output) {
  if (!output.defined() || output.dim() != 2 || output.size(0) != 1) {
    std::string sizes;
    if (output.defined()) {
      for (const int64_t size : output.sizes()) {
        sizes += (sizes.empty() ? "" : "x") + std::to_string(size);
      }
    }
    throw IoError("returns " + (output.defined() ? "a tensor of " + sizes : "no tensor") +
                  " for one image, not logits, 1xclasses");
  }
}

// The buffers of a module, with copies of their values.
class KeptBuffers {
 public:
  explicit KeptBuffers(const torch::nn::Module& module) : buffers_(module.buffers()) {
    for (const Tensor& buffer : buffers_) {
      copies_.push_back(buffer.defined() ? buffer.detach().clone() : Tensor());
    }
  }

  void restore() const {
    const torch::NoGradGuard no_grad;
    for (size_t i = 0; i < buffers_.size(); ++i) {
      if (buffers_[i].defined()) {
        Tensor(buffers_[i]).copy_(copies_[i]);
      }
    }
  }

 private:
  std::vector<Tensor> buffers_;
  std::vector<Tensor> copies_;
};

class DispatchModel : public ModuleModel {
 public:
  DispatchModel(std::shared_ptr<torch::nn::Module> network,
                std::function<Tensor(Tensor)> forward,
                const InputShape& input)
      : ModuleModel(std::move(network)),
        forward_(std::move(forward)),
        own_(*module()),
        listing_(list(input)),
        replay_(listing_, own_) {
    for (size_t i = 0; i < listing_.ops.size(); ++i) {
      const Part part = listing_.ops[i].part;
      if (part == Part::Whole || part == Part::Product) {
        op_of_.push_back(i);
      }
    }
  }

  const std::vector<Layer>& layers() const override { return listing_.layers; }

  Tensor forward(const Tensor& images, SiteHook* hook) override {
    if (hook == nullptr && !changed_) {
      return forward_(images);
    }
    replay_.begin(hook);
    Tensor logits;
    {
      const Interception interception(replay_);
      logits = forward_(images);
    }
    replay_.end();
    return logits;
  }

  NamedTensors parameters() const override {
    NamedTensors all = ModuleModel::parameters();
    for (size_t i = 0; i < replay_.changes.size(); ++i) {
      if (const Tensor& bias = replay_.changes[i].added_bias; bias.defined()) {
        const std::string owner = owner_of(listing_.layers[i].weight_name);
        all.emplace_back(owner.empty() ? "bias" : owner + ".bias", bias);
      }
    }
    return all;
  }

  void to(torch::Device device) override {
    ModuleModel::to(device);
    const torch::NoGradGuard no_grad;
    for (OpReplay::Change& change : replay_.changes) {
      if (change.added_bias.defined()) {
        change.added_bias.set_data(change.added_bias.to(device));
      }
    }
  }

  LayerTensors tensors(int layer) const override {
    const auto i = static_cast<size_t>(layer);
    LayerTensors tensors = listing_.tensors.at(i);
    if (replay_.changes[i].added_bias.defined()) {
      tensors.bias = replay_.changes[i].added_bias;
    }
    return tensors;
  }

  void add_bias(int layer) override {
    const LayerTensors own = tensors(layer);
    if (own.bias.defined()) {
      return;
    }
    const auto i = static_cast<size_t>(layer);
    const int64_t channels = own.weight.size(listing_.layers[i].weight_channel_axis);
    Tensor bias = torch::zeros({channels}, own.weight.options().requires_grad(false));
    replay_.changes[i].added_bias = bias.requires_grad_();
    changed_ = true;
  }

  void bypass(int layer) override {
    replay_.changes.at(static_cast<size_t>(layer)).bypassed = true;
    changed_ = true;
  }

  Tensor forward_product(int layer, const Tensor& input, const Tensor& weight) override {
    const ListedOp& op = listing_.ops[op_of_.at(static_cast<size_t>(layer))];
    const Tensor bias = tensors(layer).bias;
    if (op.transposed && op.bias < 0) {  // its bias, if it has one, is the next op's
      const Tensor product = input.matmul(weight.t());
      return bias.defined() ? product + bias : product;
    }
    torch::jit::Stack stack = op.arguments;
    stack[static_cast<size_t>(op.operands.front())] = input;
    stack[static_cast<size_t>(op.weight)] = op.transposed ? weight.t() : weight;
    stack[static_cast<size_t>(op.bias)] = bias.defined() ? c10::IValue(bias) : c10::IValue();
    op.handle->callBoxed(&stack);
    return stack.front().toTensor();
  }

 private:
  DispatchListing list(const InputShape& input) {
    const bool was_training = is_training();
    train(false);  // a batch norm cannot train on one image, and must not learn from zeros
    const KeptBuffers buffers(*module());
    DispatchListing listing = list_dispatched(
        own_,
        [&](Tensor image) {
          buffers.restore();  // one that counts is the same in each run
          return forward_(std::move(image));
        },
        input);
    buffers.restore();
    train(was_training);
    require_logits(listing.output);
    listing.output = Tensor();  // and with it the graph
    return listing;
  }

  std::function<Tensor(Tensor)> forward_;
  ModuleTensors own_;
  DispatchListing listing_;
  OpReplay replay_;
  std::vector<size_t> op_of_;  // by layer: the op with its weight, if it has one
  bool changed_ = false;
};

}  // namespace

std::unique_ptr<NativeModel> make_dispatch_model(std::shared_ptr<torch::nn::Module> module,
                                                 std::function<Tensor(Tensor)> forward,
                                                 const InputShape& input) {
  return std::make_unique<DispatchModel>(std::move(module), std::move(forward), input);
}

}  // namespace qsweep
