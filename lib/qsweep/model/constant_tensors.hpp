#pragma once

#include "qsweep/model/model.hpp"

#include <torch/types.h>

#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace qsweep {

/// The tensors that a listing takes for constants, because no gradient leads from them to the
/// image. A detach, an integer or a number on the way hides the image, too; so they are looked at
/// again with other images, which changes what is made of the image.
class ConstantTensors {
 public:
  /// Keeps a copy of the values. `op` and `place` are the listing's own numbers; an op that runs
  /// several times is told by the order.
  void keep(int op, int place, const torch::Tensor& x);
  bool is_empty() const { return kept_.empty(); }

  /// Before each further run.
  void rewind() { calls_.clear(); }
  /// Is it another one than that which was kept? Not if none was kept.
  bool has_changed(int op, int place, const torch::Tensor& x);

 private:
  using Key = std::pair<int, int>;
  std::map<Key, std::vector<torch::Tensor>> kept_;
  std::map<Key, size_t> calls_;
};

/// What is said of an op with such a tensor, behind "computes 'add'".
extern const char* const kMadeOfHiddenImage;
/// Of an op that gives complex numbers.
extern const char* const kComplexNumbers;
/// And of a network whose logits no gradient leads to.
extern const char* const kNoGradientToLogits;

/// The state of the CPU's random numbers, so that a run can be repeated with the same ones.
class RandomState {
 public:
  RandomState();
  void restore() const;

 private:
  torch::Tensor state_;
};

/// Runs a network, which was listed with an image of zeros, with images that are none: of numbers
/// from 0 to 1, and from 0 to 255, since integers may be made of either, and a table may have few
/// rows for them. `run` looks at `constants`; each run has the random numbers of the listing. Of
/// images that the network does not take nothing is learned; throws IoError if it takes none.
void run_with_other_images(ConstantTensors& constants,
                           const InputShape& input,
                           const RandomState& random,
                           const std::function<void(const torch::Tensor& image)>& run);

}  // namespace qsweep
