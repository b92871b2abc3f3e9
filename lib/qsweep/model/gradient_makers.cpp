#include "qsweep/model/gradient_makers.hpp"

#include <torch/csrc/autograd/functions/tensor.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <set>

namespace qsweep {
namespace {

namespace autograd = torch::autograd;

constexpr int kImage = -1;

void collect(const std::unordered_map<const autograd::Node*, int>& makers,
             autograd::Node* node,
             std::set<const autograd::Node*>& seen,
             std::vector<int>& found) {
  if (node == nullptr || !seen.insert(node).second) {
    return;
  }
  const auto maker = makers.find(node);
  if (maker != makers.end()) {
    found.push_back(maker->second);
    return;
  }
  // What copy_ wrote over is gone: of its two edges only the second one, the source's, counts.
  const bool overwrites = dynamic_cast<const autograd::CopyBackwards*>(node) != nullptr;
  for (size_t i = overwrites ? 1 : 0; i < node->next_edges().size(); ++i) {
    collect(makers, node->next_edges()[i].function.get(), seen, found);
  }
}

std::shared_ptr<autograd::Node> node_of(const torch::Tensor& tensor) {
  return autograd::impl::gradient_edge(tensor).function;
}

}  // namespace

GradientMakers::GradientMakers(const torch::Tensor& image) {
  add(image, kImage);
}

void GradientMakers::add(const torch::Tensor& output, int layer) {
  alive_.push_back(node_of(output));
  makers_[alive_.back().get()] = layer;
}

std::vector<int> GradientMakers::of(const torch::Tensor& tensor) const {
  std::set<const autograd::Node*> seen;
  std::vector<int> found;
  collect(makers_, node_of(tensor).get(), seen, found);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace qsweep
