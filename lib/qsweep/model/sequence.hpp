#pragma once

#include <torch/nn/cloneable.h>
#include <torch/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qsweep {

/// Blocks one after the other, with the names "0", "1", ... as in torch.nn.Sequential. A block is
/// made from a `Block::Options`.
template <class Block>
class Sequence : public torch::nn::Cloneable<Sequence<Block>> {
 public:
  explicit Sequence(std::vector<typename Block::Options> options) : options_(std::move(options)) {
    reset();
  }

  void reset() override {
    blocks_.clear();
    for (size_t i = 0; i < options_.size(); ++i) {
      blocks_.push_back(
          this->register_module(std::to_string(i), std::make_shared<Block>(options_[i])));
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    for (const auto& block : blocks_) {
      x = block->forward(std::move(x));
    }
    return x;
  }

 private:
  std::vector<typename Block::Options> options_;
  std::vector<std::shared_ptr<Block>> blocks_;
};

}  // namespace qsweep
