#include "qsweep/model/native_model.hpp"

#include "qsweep/model/layer_listing.hpp"
#include "qsweep/model/module_model.hpp"
#include "qsweep/model/site_numbers.hpp"
#include "qsweep/plan/channel_axes.hpp"

#include <torch/types.h>

#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

// Puts another tensor where a layer reads its weight, for the length of one call. The registered
// parameter stays the float leaf that the optimizer knows.
class Reseat {
 public:
  Reseat(Tensor* place, Tensor other) : place_(place), kept_(*place) { *place = std::move(other); }
  Reseat(const Reseat&) = delete;
  Reseat& operator=(const Reseat&) = delete;
  ~Reseat() { *place_ = std::move(kept_); }

 private:
  Tensor* place_;
  Tensor kept_;
};

// Leads the tensors of one slot through the model's present hook.
class SiteWrapper : public Wrapper {
 public:
  SiteWrapper(SiteHook* const& hook, std::vector<LayerSites> calls)
      : hook_(hook), calls_(std::move(calls)) {}

  void restart() { next_call_ = 0; }
  void bypass() { bypassed_ = true; }

  Tensor forward(const Call& call, Operands& operands) override {
    if (hook_ == nullptr) {
      return compute(call, operands);
    }
    const LayerSites& sites = calls_.at(next_call_++);
    for (int i = 0; i < operands.count; ++i) {
      operands[i] = hook_->apply(sites.input + i, std::move(operands[i]));
    }
    if (call.op == "relu" && hook_->absorbs_relu(sites.output)) {
      return hook_->apply_to_relu(sites.output, std::move(operands[0]));
    }
    const bool is_sum = call.op == "add" && operands.count == 2;  // and not with a parameter
    if (is_sum && hook_->absorbs_add(sites.output)) {
      return hook_->apply_to_sum(sites.output, std::move(operands[0]), std::move(operands[1]));
    }
    const bool is_norm = call.has_learned && !bypassed_ && call.has_learned();
    if (is_norm && hook_->absorbs_batch_norm(sites.output)) {
      return hook_->apply_to_batch_norm(sites.output, std::move(operands[0]), call.tensors());
    }
    return hook_->apply(sites.output, call_layer(call, operands, sites));
  }

 private:
  Tensor compute(const Call& call, Operands& operands) const {
    return bypassed_ ? std::move(operands[0]) : call.forward(operands);
  }

  Tensor call_layer(const Call& call, Operands& operands, const LayerSites& sites) {
    if (call.weight == nullptr) {
      return compute(call, operands);
    }
    const Reseat quantized(call.weight, hook_->apply(sites.weight, *call.weight));
    return compute(call, operands);
  }

  SiteHook* const& hook_;
  std::vector<LayerSites> calls_;
  size_t next_call_ = 0;
  bool bypassed_ = false;
};

class SlotModel : public ModuleModel {
 public:
  SlotModel(std::shared_ptr<torch::nn::Module> module,
            std::function<Tensor(Tensor)> forward,
            const InputShape& input)
      : ModuleModel(std::move(module)), forward_(std::move(forward)) {
    const bool was_training = is_training();
    train(false);  // a batch norm cannot train on one image, and must not learn from zeros
    wrap(input);
    train(was_training);
  }

  ~SlotModel() override {
    for (const Slot& slot : slots_) {  // the module may live on
      slot.wrap(nullptr);
    }
  }
  SlotModel(const SlotModel&) = delete;
  SlotModel& operator=(const SlotModel&) = delete;

  const std::vector<Layer>& layers() const override { return layers_; }

  Tensor forward(const Tensor& images, SiteHook* hook) override {
    hook_ = hook;
    for (const auto& wrapper : wrappers_) {
      wrapper->restart();
    }
    return forward_(images);
  }

  LayerTensors tensors(int layer) const override {
    const auto& tensors = call_of(layer).tensors;
    return tensors ? tensors() : LayerTensors();
  }

  void add_bias(int layer) override {
    if (!tensors(layer).bias.defined()) {
      call_of(layer).add_bias();
    }
  }

  void bypass(int layer) override { wrappers_[slot_of_.at(static_cast<size_t>(layer))]->bypass(); }

  Tensor forward_product(int layer, const Tensor& input, const Tensor& weight) override {
    const Call& call = call_of(layer);
    Operands operands;
    operands[0] = input;
    operands.count = 1;
    const Reseat other(call.weight, weight);
    return call.forward(operands);
  }

 private:
  const Call& call_of(int layer) const {
    return slots_[slot_of_.at(static_cast<size_t>(layer))].call();
  }

  void wrap(const InputShape& input) {
    const std::vector<std::pair<std::string, Slot>> slots = named_slots(*module());
    const std::vector<ListedLayer> listed = list_layers(slots, forward_, input);
    for (const ListedLayer& found : listed) {
      layers_.push_back(found.layer);
      slot_of_.push_back(static_cast<size_t>(found.slot));
    }
    find_channel_axes(layers_, {input.channels, input.height, input.width});
    const std::vector<LayerSites> sites = sites_by_layer(layers_);
    std::vector<std::vector<LayerSites>> calls(slots.size());
    for (size_t i = 0; i < listed.size(); ++i) {
      calls[static_cast<size_t>(listed[i].slot)].push_back(sites[i]);
    }
    for (size_t i = 0; i < slots.size(); ++i) {
      wrappers_.push_back(std::make_shared<SiteWrapper>(hook_, std::move(calls[i])));
      slots[i].second.wrap(wrappers_.back());
      slots_.push_back(slots[i].second);
    }
  }

  std::function<Tensor(Tensor)> forward_;
  std::vector<Layer> layers_;
  std::vector<Slot> slots_;
  std::vector<std::shared_ptr<SiteWrapper>> wrappers_;  // per slot
  std::vector<size_t> slot_of_;                         // per layer
  SiteHook* hook_ = nullptr;
};

}  // namespace

std::unique_ptr<NativeModel> make_native_model(std::shared_ptr<torch::nn::Module> module,
                                               std::function<Tensor(Tensor)> forward,
                                               const InputShape& input) {
  return std::make_unique<SlotModel>(std::move(module), std::move(forward), input);
}

}  // namespace qsweep
