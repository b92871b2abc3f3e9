#include "qsweep/model/constant_tensors.hpp"

#include "qsweep/core/error.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <mutex>

namespace qsweep {
namespace {

using torch::Tensor;

// A NaN is the same as a NaN.
bool has_same_values(const Tensor& a, const Tensor& b) {
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() &&
         torch::allclose(a, b, /*rtol=*/0, /*atol=*/0, /*equal_nan=*/true);
}

std::vector<Tensor> other_images(const InputShape& input) {
  std::vector<Tensor> images;
  for (const double largest : {1.0, 255.0}) {
    const at::Generator own = at::detail::createCPUGenerator(/*seed_val=*/1);
    images.push_back(torch::rand({1, input.channels, input.height, input.width}, own) * largest);
  }
  return images;
}

}  // namespace

const char* const kMadeOfHiddenImage =
    " with what is made of the images by a way that cannot be followed, behind a detach, an "
    "integer or a number: it would stay in float";

const char* const kComplexNumbers = ", which gives complex numbers: they would stay in float";

const char* const kNoGradientToLogits =
    "returns logits to which no gradient leads: what they are made of cannot be followed";

void ConstantTensors::keep(int op, int place, const Tensor& x) {
  kept_[{op, place}].push_back(x.detach().clone());
}

bool ConstantTensors::has_changed(int op, int place, const Tensor& x) {
  const Key key{op, place};
  const auto found = kept_.find(key);
  if (found == kept_.end()) {
    return false;
  }
  const size_t call = calls_[key]++;
  return call < found->second.size() && !has_same_values(found->second[call], x.detach());
}

RandomState::RandomState() {
  at::Generator random = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(random.mutex());
  state_ = random.get_state();
}

void RandomState::restore() const {
  at::Generator random = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(random.mutex());
  random.set_state(state_);
}

void run_with_other_images(ConstantTensors& constants,
                           const InputShape& input,
                           const RandomState& random,
                           const std::function<void(const Tensor& image)>& run) {
  if (constants.is_empty()) {
    return;
  }
  const torch::NoGradGuard no_grad;
  int taken = 0;
  for (const Tensor& image : other_images(input)) {
    random.restore();
    constants.rewind();
    try {
      run(image);
      ++taken;
    } catch (const c10::Error&) {
      continue;
    }
  }
  if (taken == 0) {
    throw IoError("takes an image of zeros, but fails on others");
  }
}

}  // namespace qsweep
