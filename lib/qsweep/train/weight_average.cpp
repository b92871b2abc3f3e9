#include "qsweep/train/weight_average.hpp"

#include "qsweep/core/error.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace qsweep {

using torch::Tensor;

void WeightAverage::follow(const std::vector<Tensor>& tensors) {
  std::vector<Entry> entries;
  for (const Tensor& tensor : tensors) {
    if (!tensor.is_floating_point()) {
      continue;
    }
    const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.tensor.is_same(tensor);
    });
    entries.push_back(known != entries_.end() ? *known : Entry{tensor, tensor.detach().clone()});
  }
  entries_ = std::move(entries);
}

void WeightAverage::update() {
  const torch::NoGradGuard no_grad;
  for (Entry& entry : entries_) {
    entry.average.lerp_(entry.tensor, 1 - decay_);
  }
}

void WeightAverage::swap() {
  const torch::NoGradGuard no_grad;
  for (Entry& entry : entries_) {
    const Tensor value = entry.tensor.clone();
    entry.tensor.copy_(entry.average);
    entry.average.copy_(value);
  }
}

NamedTensors WeightAverage::state() const {
  NamedTensors state;
  for (const Entry& entry : entries_) {
    state.emplace_back(std::to_string(state.size()), entry.average);
  }
  return state;
}

void WeightAverage::load_state(const NamedTensors& state) {
  if (state.size() != entries_.size()) {
    throw TrialError(std::to_string(state.size()) + " averages were kept of " +
                     std::to_string(entries_.size()) + " tensors");
  }
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < state.size(); ++i) {
    entries_[i].average.copy_(state[i].second);
  }
}

}  // namespace qsweep
