#include "qsweep/model/layer_listing.hpp"

#include <torch/csrc/autograd/function.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace qsweep {
namespace {

using torch::Tensor;
using torch::autograd::Node;

constexpr int kImage = -1;

// What the recording wrappers of one listing share.
struct Recording {
  std::vector<ListedLayer> layers;
  std::unordered_map<const Node*, int> maker;  // the layer whose output a graph node is
  std::vector<std::shared_ptr<Node>> alive;    // so that addresses stay unique
  const Node* image = nullptr;
};

void collect_makers(const Recording& recording,
                    Node* node,
                    std::set<const Node*>& seen,
                    std::vector<int>& makers) {
  if (node == nullptr || !seen.insert(node).second) {
    return;
  }
  const auto found = recording.maker.find(node);
  if (found != recording.maker.end()) {
    makers.push_back(found->second);
    return;
  }
  if (node == recording.image) {
    makers.push_back(kImage);
    return;
  }
  for (const auto& edge : node->next_edges()) {
    collect_makers(recording, edge.function.get(), seen, makers);
  }
}

std::vector<std::vector<int>> sources_of(const Recording& recording, const Operands& operands) {
  std::vector<std::vector<int>> sources;
  for (int i = 0; i < operands.count; ++i) {
    std::set<const Node*> seen;
    std::vector<int> makers;
    collect_makers(
        recording, torch::autograd::impl::gradient_edge(operands[i]).function.get(), seen, makers);
    std::sort(makers.begin(), makers.end());
    sources.push_back(std::move(makers));
  }
  return sources;
}

std::vector<int64_t> without_batch(const Tensor& tensor) {
  const auto sizes = tensor.sizes();
  return {sizes.begin() + 1, sizes.end()};
}

int64_t macs_of(const Call& call, const Operands& operands, const Tensor& output) {
  const int64_t elements = output.numel() / output.size(0);
  if (call.weight != nullptr) {
    return elements * (call.weight->numel() / call.weight->size(0));
  }
  return call.op == "matmul" ? elements * operands[0].size(-1) : 0;
}

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
      layer.input_shapes.push_back(without_batch(kept[i]));
    }
    Tensor output = call.forward(operands);
    layer.output_shape = without_batch(output);
    layer.macs = macs_of(call, kept, output);
    recording_.maker[output.grad_fn().get()] = static_cast<int>(recording_.layers.size());
    recording_.alive.push_back(output.grad_fn());
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
  Recording recording;
  for (size_t i = 0; i < slots.size(); ++i) {
    const auto& [name, slot] = slots[i];
    slot.wrap(std::make_shared<RecordingWrapper>(recording, name, static_cast<int>(i)));
  }
  const torch::AutoGradMode with_graph(true);
  Tensor image = torch::zeros({1, input.channels, input.height, input.width});
  image.requires_grad_(true);
  const auto edge = torch::autograd::impl::gradient_edge(image);
  recording.image = edge.function.get();
  forward(image);
  for (const auto& [name, slot] : slots) {
    slot.wrap(nullptr);
  }
  return std::move(recording.layers);
}

}  // namespace qsweep
