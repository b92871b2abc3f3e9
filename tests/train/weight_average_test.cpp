#include "qsweep/train/weight_average.hpp"

#include <torch/types.h>

#include "support/catch.hpp"

using namespace qsweep;
using torch::Tensor;

TEST_CASE("an average takes its part of every step, from the first values on", "[train]") {
  const Tensor weight = torch::tensor({1.0F, -2.0F});
  WeightAverage average(0.75);
  average.follow({weight});
  weight.copy_(torch::tensor({3.0F, -2.0F}));
  average.update();  // 0.75 * 1 + 0.25 * 3 = 1.5
  weight.copy_(torch::tensor({-0.5F, 2.0F}));
  average.update();  // 0.75 * 1.5 - 0.25 * 0.5 = 1; -0.75 * 2 + 0.25 * 2 = -1
  average.swap();
  CHECK(weight.equal(torch::tensor({1.0F, -1.0F})));
  average.swap();
  CHECK(weight.equal(torch::tensor({-0.5F, 2.0F})));
}

TEST_CASE("an average of what stays is that, bit for bit", "[train]") {
  const Tensor weight = torch::tensor({0.1F, 1.0F / 3});
  const Tensor before = weight.clone();
  WeightAverage average(0.9);
  average.follow({weight});
  average.update();
  average.swap();
  CHECK(weight.equal(before));
}

TEST_CASE("tensors that are known go on being averaged, others start with their values",
          "[train]") {
  const Tensor old = torch::tensor({0.0F});
  const Tensor count = torch::tensor({4}, torch::kLong);
  WeightAverage average(0.5);
  average.follow({old, count});
  old.fill_(8);
  count.fill_(5);
  average.update();  // 4
  const Tensor fresh = torch::tensor({100.0F});
  average.follow({fresh, old});
  average.update();  // 6, and 100
  average.swap();
  CHECK(old.item<float>() == 6);
  CHECK(fresh.item<float>() == 100);
  CHECK(count.item<int64_t>() == 5);
}

TEST_CASE("a leaf of autograd stays one while its average is in its place", "[train]") {
  const Tensor weight = torch::tensor({1.0F}).requires_grad_();
  WeightAverage average(0.5);
  average.follow({weight});
  average.swap();
  CHECK(weight.is_leaf());
  CHECK(weight.requires_grad());
  (weight * 2).backward();
  CHECK(weight.grad().item<float>() == 2);
}
