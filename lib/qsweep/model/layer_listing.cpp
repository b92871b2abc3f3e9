#include "qsweep/model/layer_listing.hpp"

#include "qsweep/model/gradient_makers.hpp"
#include "qsweep/model/image_shape.hpp"

#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

namespace qsweep {
namespace {

using torch::Tensor;

// What the recording wrappers of one listing share.
struct Recording {
  std::vector<ListedLayer> layers;
  GradientMakers makers;
};

std::vector<std::vector<int>> sources_of(const Recording& recording, const Operands& operands) {
  std::vector<std::vector<int>> sources;
  for (int i = 0; i < operands.count; ++i) {
    sources.push_back(recording.makers.of(operands[i]));
  }
  return sources;
}

int64_t macs_of(const Call& call, const Operands& operands, const Tensor& output) {
  const int64_t elements = output.numel() / output.size(0);
  if (call.weight != nullptr) {
    return elements * (call.weight->numel() / call.weight->size(0));
  }
  return call.op == "matmul" ? elements * operands[0].size(-1) : 0;
}

// Slots have their own wrappers back, whatever ends the recording.
class Unwrapping {
 public:
  explicit Unwrapping(const std::vector<std::pair<std::string, Slot>>& slots) : slots_(slots) {}
  ~Unwrapping() {
    for (const auto& named : slots_) {
      named.second.wrap(nullptr);
    }
  }
  Unwrapping(const Unwrapping&) = delete;
  Unwrapping& operator=(const Unwrapping&) = delete;

 private:
  const std::vector<std::pair<std::string, Slot>>& slots_;
};

class RecordingWrapper : public Wrapper {
 public:
  RecordingWrapper(Recording& recording, std::string name, int slot)
      : recording_(recording), name_(std::move(name)), slot_(slot) {}

  Tensor forward(const Call& call, Operands& operands) override {
    ListedLayer listed;
    listed.slot = slot_;
    listed.call = calls_++;
    Layer& layer = listed.layer;
    layer.name = listed.call == 0 ? name_ : name_ + '.' + std::to_string(listed.call);
    layer.type = call.type;
    layer.op = call.op;
    layer.parameters = listed.call == 0 ? call.parameters : 0;
    layer.sources = sources_of(recording_, operands);
    if (call.weight != nullptr) {
      layer.weight_shape = call.weight->sizes().vec();
      layer.weight_name = name_ + '.' + call.weight_name;
    }
    const Operands kept = operands;
    for (int i = 0; i < kept.count; ++i) {
      layer.input_shapes.push_back(image_shape(kept[i]));
    }
    Tensor output = call.forward(operands);
    layer.output_shape = image_shape(output);
    layer.macs = macs_of(call, kept, output);
    recording_.makers.add(output, static_cast<int>(recording_.layers.size()));
    recording_.layers.push_back(std::move(listed));
    return output;
  }

 private:
  Recording& recording_;
  std::string name_;
  int slot_;
  int calls_ = 0;
};

}  // namespace

std::vector<std::pair<std::string, Slot>> named_slots(torch::nn::Module& module) {
  std::vector<std::pair<std::string, Slot>> named;
  for (const auto& item : module.named_modules()) {
    const auto* holder = dynamic_cast<const Slots*>(item.value().get());
    if (holder == nullptr) {
      continue;
    }
    for (const auto& [key, slot] : holder->slots()) {
      named.emplace_back(item.key().empty() ? key : item.key() + '.' + key, slot);
    }
  }
  return named;
}

std::vector<ListedLayer> list_layers(const std::vector<std::pair<std::string, Slot>>& slots,
                                     const std::function<Tensor(Tensor)>& forward,
                                     const InputShape& input) {
  const torch::AutoGradMode with_graph(true);
  Tensor image = torch::zeros({1, input.channels, input.height, input.width});
  image.requires_grad_(true);
  Recording recording{{}, GradientMakers(image)};
  const Unwrapping unwrapping(slots);
  for (size_t i = 0; i < slots.size(); ++i) {
    const auto& [name, slot] = slots[i];
    slot.wrap(std::make_shared<RecordingWrapper>(recording, name, static_cast<int>(i)));
  }
  forward(image);
  return std::move(recording.layers);
}

}  // namespace qsweep
